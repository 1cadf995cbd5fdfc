from __future__ import annotations

import socket
from pathlib import Path

import pytest
import zmq

from specedge.protocol.binding import PortBusy, bind, require_free


def test_an_ipc_endpoint_in_use_is_left_to_who_serves_there(tmp_path: Path) -> None:
    endpoint = f"ipc://{tmp_path / 'verifier'}"
    with zmq.Context() as context, context.socket(zmq.ROUTER) as server:
        server.linger = 0
        bind(server, endpoint)
        with pytest.raises(PortBusy, match="in use"):
            require_free(endpoint)
        with context.socket(zmq.DEALER) as robot:
            robot.linger = 0
            robot.connect(endpoint)
            robot.send(b"still there?")
            assert server.poll(5000)


def test_an_ipc_endpoint_that_a_dead_process_left_is_free(tmp_path: Path) -> None:
    path = tmp_path / "verifier"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    assert path.exists()
    require_free(f"ipc://{path}")


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine knows no IPv6")
def test_an_ipv6_address_is_served() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as server:
        server.linger = 0
        try:
            endpoint = bind(server, "tcp://[::1]:*")
        except PortBusy:
            pytest.skip("this machine has no IPv6 address")
        with context.socket(zmq.DEALER) as robot:
            robot.linger, robot.ipv6 = 0, True
            robot.connect(endpoint)
            robot.send(b"hello")
            assert server.poll(5000)


def test_a_port_in_use_is_named() -> None:
    with zmq.Context() as context, context.socket(zmq.ROUTER) as server:
        server.linger = 0
        endpoint = bind(server, "tcp://127.0.0.1:*")
        with pytest.raises(PortBusy, match=endpoint):
            require_free(endpoint)
