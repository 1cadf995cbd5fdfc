"""A link made by the kernel: ``tc netem`` between two network namespaces. For root on Linux.

What the relay cannot do, the kernel can: delays below TCP, so that opening a connection and
congestion control feel them too. The verifier runs in a namespace of its own, at the far end of a
pair of virtual interfaces; each end delays what it sends by half the round trip.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess

from specedge.emulation.link import LinkConditions
from specedge.errors import SpecedgeError

NEAR, FAR = "192.0.2.1", "192.0.2.2"
"""Addresses of the two ends; a network that RFC 5737 sets aside for examples."""
QUEUE = 10_000
"""Packets that netem keeps; its default of 1000 drops some of an image at long delays."""


class NetemUnavailable(SpecedgeError):
    """This machine cannot emulate a link in the kernel."""


class NetemLink:
    """A network namespace behind a slow link, until `close`.

    Attributes:
        host: Address of the far end, where a server in the namespace is reached.

    Raises:
        NetemUnavailable: not root, not Linux's ``ip`` and ``tc``, or a kernel without netem.
    """

    host = FAR

    def __init__(self, conditions: LinkConditions | None = None) -> None:
        require_netem()
        token = secrets.token_hex(3)
        self._namespace = f"specedge-{token}"
        self._near, self._far = f"spe{token}n", f"spe{token}f"
        _run("ip", "netns", "add", self._namespace)
        try:
            _run(*f"ip link add {self._near} type veth peer name {self._far}".split())
            _run(*f"ip link set {self._far} netns {self._namespace}".split())
            _run(*f"ip addr add {NEAR}/30 dev {self._near}".split())
            _run(*f"ip link set {self._near} up".split())
            self._inside(*f"ip addr add {FAR}/30 dev {self._far}".split())
            self._inside(*f"ip link set {self._far} up".split())
            self._inside(*["ip", "link", "set", "lo", "up"])
            self.set(conditions or LinkConditions())
        except BaseException:
            self.close()
            raise

    @property
    def prefix(self) -> list[str]:
        """What stands before a command to run it in the namespace."""
        return ["ip", "netns", "exec", self._namespace]

    def set(self, conditions: LinkConditions) -> None:
        """Changes the link.

        Raises:
            NetemUnavailable: outages, which netem has no word for.
        """
        if conditions.outages:
            raise NetemUnavailable("netem has no outages; take the relay for them")
        _run("tc", *_netem(self._near, conditions))
        self._inside("tc", *_netem(self._far, conditions))

    def close(self) -> None:
        """Removes interfaces and namespace; what runs in there loses its network."""
        subprocess.run(["ip", "link", "del", self._near], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", self._namespace], capture_output=True, check=False)

    def __enter__(self) -> NetemLink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _inside(self, *command: str) -> None:
        _run(*self.prefix, *command)


def require_netem() -> None:
    """Raises NetemUnavailable, with what to do about it, where the kernel cannot emulate a link."""
    missing = [tool for tool in ("ip", "tc") if shutil.which(tool) is None]
    if missing:
        raise NetemUnavailable(
            f"--netem needs {' and '.join(missing)}; install iproute2, or go without --netem"
        )
    if os.geteuid() != 0:
        raise NetemUnavailable("--netem makes network namespaces: run it as root, or without")
    # The loopback of a fresh namespace is the one interface that nobody can miss.
    name = f"specedge-try-{secrets.token_hex(3)}"
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "netns", "exec", name, "tc", "qdisc", "add", "dev", "lo", "root", "netem")
    except NetemUnavailable as error:
        raise NetemUnavailable(
            f"the kernel makes no netem here; load sch_netem, or go without --netem ({error})"
        ) from error
    finally:
        _run("ip", "netns", "del", name)


def _netem(interface: str, conditions: LinkConditions) -> list[str]:
    """Returns tc's words for one end of a link; netem's jitter is to both sides of the delay."""
    delay = conditions.round_trip / 2.0 + conditions.jitter / 2.0
    words = f"qdisc replace dev {interface} root netem limit {QUEUE} delay {delay * 1e6:.0f}us"
    if conditions.jitter > 0.0:
        words += f" {conditions.jitter / 2.0 * 1e6:.0f}us"
    if conditions.bandwidth > 0.0:
        words += f" rate {conditions.bandwidth:.0f}bit"
    return words.split()


def _run(*command: str) -> None:
    try:
        subprocess.run(command, capture_output=True, check=True, text=True, timeout=20.0)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise NetemUnavailable(f"{' '.join(command)}: {said[-1] if said else error}") from error
