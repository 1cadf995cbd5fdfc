"""Taking an endpoint, with an error that says what to do when it is taken."""

from __future__ import annotations

import socket as sockets

import zmq

from specedge.errors import SpecedgeError
from specedge.protocol.endpoint import is_ipv6


class PortBusy(SpecedgeError):
    """The verifier cannot bind its endpoint."""


def bind(socket: zmq.Socket[bytes], endpoint: str) -> str:
    """Binds a socket; returns the endpoint with the port that it got.

    Raises:
        PortBusy: the endpoint is in use, or is none of this machine.
    """
    socket.ipv6 = is_ipv6(endpoint)
    try:
        socket.bind(endpoint)
    except zmq.ZMQError as error:
        raise PortBusy(
            f"cannot serve at {endpoint}: {zmq.strerror(error.errno or zmq.EADDRINUSE)}; "
            "give another --bind, or end what uses it"
        ) from error
    return socket.get_string(zmq.LAST_ENDPOINT).rstrip("\0")


def require_free(endpoint: str) -> None:
    """Raises PortBusy when an endpoint cannot be bound now; before a model is loaded for it."""
    if endpoint.startswith("ipc://") and _is_served(endpoint.removeprefix("ipc://")):
        raise PortBusy(f"cannot serve at {endpoint}: it is in use; give another --bind")
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.linger = 0
        bind(socket, endpoint)


def _is_served(path: str) -> bool:
    # Binding would not fail: ZeroMQ takes the path away from who serves there.
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as client:
        try:
            client.connect(path)
        except OSError:
            return False
    return True
