"""Data through the relay comes late, in order and whole, and not at all while the link is down."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from specedge.emulation.child import ChildFailed
from specedge.emulation.link import LinkConditions
from specedge.emulation.relay import Relay

PATIENCE = 20.0
"""Seconds after which a test gives up; nothing is expected to take that long."""


class Echo:
    """Says back what it hears."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        try:
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._echo, args=(connection,), daemon=True).start()
        except OSError:
            return

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    connection.sendall(data)
            except OSError:
                return


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def relay(echo: Echo) -> Iterator[Relay]:
    with Relay(echo.endpoint) as relay:
        yield relay


def connect(relay: Relay) -> socket.socket:
    host, _, port = relay.endpoint.removeprefix("tcp://").rpartition(":")
    connection = socket.create_connection((host, int(port)), PATIENCE)
    connection.settimeout(PATIENCE)
    return connection


def exchange(connection: socket.socket, data: bytes) -> tuple[bytes, float]:
    """Sends data and returns what comes back for it, and after how many seconds."""
    started = time.monotonic()
    sender = threading.Thread(target=connection.sendall, args=(data,))
    sender.start()
    back = b""
    while len(back) < len(data):
        came = connection.recv(65536)
        assert came, "the connection was cut"
        back += came
    sender.join()
    return back, time.monotonic() - started


def test_data_comes_back_whole_and_in_order(relay: Relay) -> None:
    relay.set(LinkConditions(round_trip=0.01, jitter=0.01, seed=3))
    data = bytes(range(256)) * 4000
    with connect(relay) as connection:
        assert exchange(connection, data)[0] == data


def test_a_round_trip_takes_at_least_its_time(relay: Relay) -> None:
    relay.set(LinkConditions(round_trip=0.08))
    with connect(relay) as connection:
        for _ in range(3):
            assert exchange(connection, b"ping")[1] >= 0.08


def test_the_delay_changes_while_a_connection_is_open(relay: Relay) -> None:
    with connect(relay) as connection:
        for round_trip in (0.05, 0.3):
            relay.set(LinkConditions(round_trip=round_trip))
            assert exchange(connection, b"slow")[1] >= round_trip


def test_a_bandwidth_holds_back_what_is_large(relay: Relay) -> None:
    relay.set(LinkConditions(bandwidth=8e6))
    with connect(relay) as connection:
        assert exchange(connection, bytes(200_000))[1] >= 0.2


def test_a_stalled_link_delivers_what_was_sent_when_it_is_back(relay: Relay) -> None:
    with connect(relay) as connection:
        exchange(connection, b"before")
        started = time.monotonic()
        relay.interrupt(0.4)
        assert exchange(connection, b"meanwhile")[0] == b"meanwhile"
        assert time.monotonic() - started >= 0.4


def test_a_stall_also_holds_what_is_already_on_its_way(relay: Relay) -> None:
    relay.set(LinkConditions(round_trip=0.2))
    with connect(relay) as connection:
        started = time.monotonic()
        connection.sendall(b"on its way")
        relay.interrupt(0.6)
        assert connection.recv(100) == b"on its way"
        assert time.monotonic() - started >= 0.6


def test_a_cut_ends_connections_and_refuses_new_ones_until_it_is_over(relay: Relay) -> None:
    with connect(relay) as connection:
        exchange(connection, b"before")
        relay.interrupt(3600.0, cut=True)
        with pytest.raises(AssertionError, match="was cut"):
            exchange_or_reset(connection)
        with connect(relay) as refused, pytest.raises(AssertionError, match="was cut"):
            exchange_or_reset(refused)
        relay.set(LinkConditions())
        with connect(relay) as again:
            assert exchange(again, b"after")[0] == b"after"


def exchange_or_reset(connection: socket.socket) -> None:
    try:
        connection.sendall(b"anyone?")
        came = connection.recv(100)
    except OSError:
        came = b""
    assert came, "the connection was cut"


def test_a_server_that_closes_is_seen_to_close(relay: Relay, echo: Echo) -> None:
    with connect(relay) as connection:
        exchange(connection, b"hello")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""


def test_a_server_that_is_not_there_is_seen_not_to_be_there() -> None:
    nowhere = "tcp://127.0.0.1:1"
    with (
        Relay(nowhere) as relay,
        connect(relay) as connection,
        pytest.raises(AssertionError, match="was cut"),
    ):
        exchange_or_reset(connection)


def test_conditions_that_are_none_are_refused_and_change_nothing(relay: Relay) -> None:
    with pytest.raises(ChildFailed, match="rtt"):
        relay._child.ask({"rtt": 1.0})
    with connect(relay) as connection:
        assert exchange(connection, b"still there")[0] == b"still there"
