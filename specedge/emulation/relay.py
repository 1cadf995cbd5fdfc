"""A TCP relay that is as slow and as unreliable as a link elsewhere.

``python -m specedge.emulation.relay --target HOST:PORT`` listens at a free port of this machine and
hands everything on, late. It runs in a process of its own, so that nobody's interpreter lock adds
to the delays, and takes new `LinkConditions` as JSON lines on stdin while connections are open.

Delays are right to about half a millisecond on a machine with a processor to spare; on a busy one
data is later, never earlier. It cannot do what lies below TCP: there is no packet loss (use jitter
and stalls for what TCP makes of it, or `specedge.emulation.netem`), no reordering, no congestion
control that reacts to the bandwidth, and opening a connection costs no round trip by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import selectors
import socket
import sys
import time
from dataclasses import asdict, replace
from typing import Any

from specedge.emulation.child import ControlledChild, answer, say
from specedge.emulation.link import Direction, LinkConditions, Outage

PIECE = 16 * 1024
"""Bytes that travel together; at a bandwidth, none of them arrives before the last."""
QUEUE = 512
"""Pieces in flight each way of a connection, beyond which the sender has to wait: 8 MiB."""
LOOK = 0.02
"""Seconds between looks at whether the conditions have changed, while data waits."""

Flying = asyncio.Queue[tuple[float, bytes]]


class Relay:
    """A relay in a child process.

    Args:
        endpoint: ``tcp://HOST:PORT`` of what lies behind it.
        conditions: How the link behaves at first.

    Attributes:
        endpoint: ``tcp://127.0.0.1:PORT`` to connect to instead.

    Raises:
        ChildFailed: it does not start.
    """

    def __init__(self, endpoint: str, conditions: LinkConditions | None = None) -> None:
        self.conditions = conditions or LinkConditions()
        command = [sys.executable, "-m", "specedge.emulation.relay"]
        command += ["--target", endpoint.removeprefix("tcp://")]
        self._child = ControlledChild("the relay", command, timeout=30.0)
        self.endpoint = str(self._child.first["endpoint"])
        self.set(self.conditions)

    def set(self, conditions: LinkConditions) -> None:
        """Changes the link; returns when data that is sent from now on meets the new conditions."""
        self._child.ask(asdict(conditions))
        self.conditions = conditions

    def interrupt(self, duration: float, *, cut: bool = False) -> None:
        """Lets nothing through for so many seconds; with ``cut`` the connections are gone."""
        self.set(replace(self.conditions, outages=(Outage(0.0, duration, cut),)))

    def close(self) -> None:
        """Ends the process, and with it the connections."""
        self._child.close()

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class RelayServer:
    """The relay itself, within one event loop.

    Args:
        host, port: What lies behind it.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._open: set[asyncio.StreamWriter] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._up = self._down = Direction(LinkConditions(), 0.0, 0)

    async def start(self) -> str:
        """Listens at a free port; returns its endpoint."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        return f"tcp://127.0.0.1:{port}"

    def set(self, content: dict[str, Any]) -> dict[str, Any]:
        """Takes new conditions; what is already on its way keeps its time, outages aside."""
        conditions, now = LinkConditions.from_json(content), time.monotonic()
        self._up, self._down = (Direction(conditions, now, stream) for stream in (0, 1))
        loop = asyncio.get_running_loop()
        for timer in self._timers:
            timer.cancel()
        cuts = [outage for outage in conditions.outages if outage.cut]
        self._timers = [loop.call_later(cut.start, self._cut) for cut in cuts]
        return {"set": True}

    def _cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends, tasks = [writer], list[asyncio.Task[None]]()
        try:
            if self._up.is_cut(time.monotonic()):
                return
            far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
            ends.append(far_writer)
            self._open.update(ends)
            for end in ends:
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for source, sink, upwards in ((reader, far_writer, True), (far_reader, writer, False)):
                flying: Flying = asyncio.Queue(QUEUE)
                tasks.append(asyncio.ensure_future(self._take(source, flying, upwards)))
                tasks.append(asyncio.ensure_future(self._deliver(flying, sink, upwards)))
            await asyncio.gather(*tasks)
        except OSError:
            pass  # one end is gone, or was never there: the other one shall see it
        finally:
            self._open.difference_update(ends)
            for task in tasks:
                task.cancel()
            for end in ends:
                end.transport.abort()

    async def _take(self, reader: asyncio.StreamReader, flying: Flying, upwards: bool) -> None:
        """Takes what one end says until it says no more, and notes when it will arrive."""
        last, data = 0.0, b"-"
        while data:
            data = await reader.read(PIECE)
            last = max(last, self._direction(upwards).arrival(time.monotonic(), len(data)))
            await flying.put((last, data))

    async def _deliver(self, flying: Flying, writer: asyncio.StreamWriter, upwards: bool) -> None:
        """Hands each piece to the other end at its time."""
        while True:
            arrival, data = await flying.get()
            while True:
                now = time.monotonic()
                wait = max(arrival, self._direction(upwards).resumes(now)) - now
                if wait <= 0.0:
                    break
                await asyncio.sleep(min(wait, LOOK))
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.write_eof()

    def _direction(self, upwards: bool) -> Direction:
        return self._up if upwards else self._down


async def _serve(host: str, port: int) -> None:
    relay = RelayServer(host, port)
    say({"endpoint": await relay.start()})
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
    )
    while line := await lines.readline():
        answer(line.decode(), relay.set)


def main() -> int:
    """Relays until stdin ends."""
    parser = argparse.ArgumentParser(prog="python -m specedge.emulation.relay")
    parser.add_argument("--target", required=True, help="HOST:PORT")
    host, _, port = parser.parse_args().target.rpartition(":")
    # epoll, which asyncio would take, rounds its timeouts up to whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    with contextlib.suppress(KeyboardInterrupt):
        loop.run_until_complete(_serve(host, int(port)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
