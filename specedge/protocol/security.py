"""CURVE keys of either end; without any, a link is neither secret nor authenticated.

A verifier has a pair of keys in two files, as pyzmq's own tools write them. Its public key is what
admits a robot: a robot that has it knows its verifier, and the verifier takes nobody else. A
robot's own keys are made anew each time, for nobody asks for them.
"""

from __future__ import annotations

import os
import string
from dataclasses import dataclass
from pathlib import Path

import zmq

from specedge.errors import SpecedgeError

_NAME = "verifier"
_Z85 = frozenset(string.ascii_letters + string.digits + ".-:+=^!/*?&<>()[]{}@%$#")
"""ZeroMQ RFC 32."""


class BadKey(SpecedgeError):
    """A file holds no key, or may not be written."""


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
            if len(key) != 40 or not set(key) <= _Z85:
                raise ValueError("a CURVE key has 40 characters of Z85")

    def apply(self, socket: zmq.Socket[bytes]) -> None:
        """Puts the keys on a socket before it binds or connects."""
        socket.curve_publickey = self.public.encode()
        socket.curve_secretkey = self.secret.encode()
        if self.verifier:
            socket.curve_serverkey = self.verifier.encode()
        else:
            socket.curve_server = True


def make_keys(folder: Path) -> tuple[Path, Path]:
    """Writes a verifier's new keys and returns the files: for robots, and for the verifier alone.

    Raises:
        BadKey: there are keys already, or they cannot be written.
    """
    from zmq.auth import create_certificates

    for name in (f"{_NAME}.key", f"{_NAME}.key_secret"):
        if (folder / name).exists():
            raise BadKey(
                f"{folder / name} is there already, and robots may have its key: move it away, or "
                "give another folder with --out"
            )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Nobody else may read the secret key, not even for a moment.
        before = os.umask(0o077)
        try:
            public, secret = create_certificates(folder, _NAME)
        finally:
            os.umask(before)
    except OSError as error:
        raise BadKey(f"no keys can be written to {folder}: {error.strerror}") from error
    return Path(public), Path(secret)


def verifier_keys(path: Path) -> CurveKeys:
    """Reads the keys of a verifier from the file that is for it alone.

    Raises:
        BadKey: there is no secret key in it.
    """
    public, secret = _read(path)
    if secret is None:
        raise BadKey(
            f"{path} holds no secret key; the verifier's is the file that ends in .key_secret"
        )
    return CurveKeys(public, secret)


def robot_keys(path: Path) -> CurveKeys:
    """Returns new keys of a robot that knows its verifier by the key in a file.

    Raises:
        BadKey: there is no key in it.
    """
    known, _ = _read(path)
    public, secret = (key.decode() for key in zmq.curve_keypair())
    return CurveKeys(public, secret, known)


def _read(path: Path) -> tuple[str, str | None]:
    from zmq.auth import load_certificate

    try:
        public, secret = load_certificate(path)
        # What is no key at all would otherwise be told by ZeroMQ, and too late.
        return CurveKeys(public.decode(), (secret or public).decode()).public, (
            secret.decode() if secret else None
        )
    except OSError:
        raise BadKey(f"{path} cannot be read; specedge keygen makes keys") from None
    except ValueError:
        raise BadKey(f"{path} holds no CURVE key; specedge keygen makes keys") from None
