"""What tests of several parts share."""

from __future__ import annotations

import fcntl
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from specedge.ros.domain import loopback_configuration
from specedge.signals import ENDING

DOMAINS = range(1, 101)
"""DDS domains for tests; a real robot speaks on 0."""

# An example may take long where other tests use the same processors; that tells nothing.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def dds_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A DDS domain on loopback that no other test on this machine uses meanwhile.

    The environment names it, for this process and those it starts.
    """
    for domain in DOMAINS:
        path = Path(tempfile.gettempdir(), f"specedge-test-domain-{domain}.lock")
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
            monkeypatch.setenv("CYCLONEDDS_URI", loopback_configuration())
            yield domain
            return
    raise RuntimeError(f"all test domains up to {DOMAINS[-1]} are taken")


@pytest.fixture
def signals_restored() -> Iterator[None]:
    """Gives signals back after a test of what takes them for good; SIGHUP is as in a terminal."""
    before = [signal.getsignal(number) for number in ENDING]
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in zip(ENDING, before, strict=True):
        signal.signal(number, handler)
