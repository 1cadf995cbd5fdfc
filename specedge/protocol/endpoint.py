"""What a ZeroMQ endpoint looks like; ZeroMQ itself takes some that are none."""

from __future__ import annotations

from specedge.errors import SpecedgeError

DEFAULT_ENDPOINT = "tcp://127.0.0.1:5555"
"""Where a verifier serves, and is looked for, unless told otherwise: this machine alone."""
HIGHEST_PORT = 65535


class BadEndpoint(SpecedgeError):
    """The verifier's endpoint is none."""


def require_endpoint(endpoint: str) -> None:
    """Makes sure that an endpoint is ``tcp://HOST:PORT`` or ``ipc://PATH``.

    ZeroMQ would serve at port 4464 when told 70000, and say nothing.

    Raises:
        BadEndpoint: it is neither.
    """
    scheme, _, place = endpoint.partition("://")
    host, _, port = place.rpartition(":")
    known = port == "*" or (port.isdecimal() and int(port) <= HIGHEST_PORT)
    if not (scheme == "ipc" and place) and not (scheme == "tcp" and host and known):
        raise BadEndpoint(f"{endpoint} is no endpoint; give tcp://HOST:PORT")


def is_ipv6(endpoint: str) -> bool:
    """Whether the host is an IPv6 address, such as ``tcp://[::1]:5555``.

    A socket for both would find a verifier called by its name under an address that it lacks.
    """
    return endpoint.startswith("tcp://[")
