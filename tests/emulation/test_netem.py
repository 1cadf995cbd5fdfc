"""A link made by the kernel, where there is one to be had."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time

import pytest

from specedge.emulation.link import LinkConditions, Outage
from specedge.emulation.netem import NetemLink, NetemUnavailable, _netem, require_netem


def namespaces() -> str:
    return subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout


def why_not() -> str:
    try:
        require_netem()
    except NetemUnavailable as error:
        return str(error)
    return ""


def test_both_ends_together_make_the_round_trip() -> None:
    words = " ".join(_netem("veth0", LinkConditions(0.12, 0.02, 1e7)))
    assert "delay 70000us 10000us" in words
    assert "rate 10000000bit" in words


def test_who_is_not_root_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda tool: f"/usr/sbin/{tool}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NetemUnavailable, match="root"):
        NetemLink()


def test_missing_tools_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda tool: None if tool == "tc" else f"/sbin/{tool}")
    with pytest.raises(NetemUnavailable, match="tc; install iproute2"):
        NetemLink()


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip"), reason="namespaces are for root with iproute2"
)
def test_nothing_is_left_behind() -> None:
    before = namespaces()
    why_not()
    assert namespaces() == before


@pytest.mark.slow
def test_a_round_trip_takes_at_least_its_time() -> None:
    if reason := why_not():
        pytest.skip(reason)
    server = (
        "import socket; s = socket.create_server(('0.0.0.0', 7001)); print('ready', flush=True);"
        "c, _ = s.accept(); c.sendall(c.recv(9))"
    )
    before = namespaces()
    with NetemLink(LinkConditions(round_trip=0.1)) as link:
        command = [*link.prefix, sys.executable, "-c", server]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            started = time.monotonic()
            with socket.create_connection((link.host, 7001), 20.0) as connection:
                connection.sendall(b"ping")
                assert connection.recv(9) == b"ping"
            # One round trip to open the connection, one for the echo.
            assert time.monotonic() - started >= 0.2
        with pytest.raises(NetemUnavailable, match="outages"):
            link.set(LinkConditions(outages=(Outage(0.0, 1.0),)))
    assert namespaces() == before
