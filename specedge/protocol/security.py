"""CURVE keys of either end; without any, a link is neither secret nor authenticated."""

from __future__ import annotations

from dataclasses import dataclass

import zmq


@dataclass(frozen=True)
class CurveKeys:
    """Keys in Z85, 40 characters each.

    Attributes:
        public, secret: Of this end.
        verifier: The verifier's public key; empty on the verifier itself.
    """

    public: str
    secret: str
    verifier: str = ""

    def __post_init__(self) -> None:
        for key in (self.public, self.secret, self.verifier or self.public):
            if len(key) != 40:
                raise ValueError("a CURVE key has 40 characters of Z85")

    def apply(self, socket: zmq.Socket[bytes]) -> None:
        """Puts the keys on a socket before it binds or connects."""
        socket.curve_publickey = self.public.encode()
        socket.curve_secretkey = self.secret.encode()
        if self.verifier:
            socket.curve_serverkey = self.verifier.encode()
        else:
            socket.curve_server = True
