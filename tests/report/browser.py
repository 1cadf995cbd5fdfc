"""A headless Chromium to look at pages with; without one, the tests that need it are skipped."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
)
SECONDS = 90


def find() -> str:
    """Returns the browser's command; skips the test without one."""
    for name in NAMES:
        if command := shutil.which(name):
            return command
    pytest.skip("no Chromium on this machine; `apt install chromium` for this test")


def run(profile: Path, *arguments: str) -> tuple[str, list[str]]:
    """Runs the browser once; returns its standard output, and what pages told the console."""
    command = [find(), *FLAGS, f"--user-data-dir={profile}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if re.search(r"CONSOLE", line)]
