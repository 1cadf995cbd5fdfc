"""A socket with a thread of its own: send from anywhere, receive by callback."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable

import zmq

Frames = list[bytes]

BATCH = 64
"""Messages that are received before the next look at what is to be sent."""


class Channel:
    """Owns one ZeroMQ socket and the thread that alone touches it, from `start` to `close`.

    Args:
        open_socket: Makes the socket; what it raises, the constructor raises.
        on_frames: Called in the thread with each message that arrives.
        on_tick: Called in the thread about every ``period`` seconds.
        on_down: Called in the thread when the peer's connection is gone.
    """

    def __init__(
        self,
        name: str,
        open_socket: Callable[[zmq.Context[zmq.Socket[bytes]]], zmq.Socket[bytes]],
        on_frames: Callable[[Frames], None],
        on_tick: Callable[[], None] = lambda: None,
        on_down: Callable[[], None] = lambda: None,
        period: float = 0.1,
    ) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(io_threads=1)
        outbox = f"inproc://{uuid.uuid4().hex}"
        self._on_frames, self._on_tick, self._on_down = on_frames, on_tick, on_down
        self._period = period
        self._closed = threading.Event()
        self._lock = threading.Lock()
        try:
            self._socket = open_socket(self._context)
        except BaseException:
            self._context.destroy(linger=0)
            raise
        self._receiver = self._queue(zmq.PULL)
        self._receiver.bind(outbox)
        self._sender = self._queue(zmq.PUSH)
        self._sender.connect(outbox)
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Starts the thread; whoever owns the channel can be called back from now on."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread runs: false before `start`, after `close` and after an error."""
        return self._thread.is_alive()

    def send(self, frames: Frames) -> None:
        """Sends one message; safe from any thread, never blocks, without effect when closed.

        What the peer cannot take now (no connection) is dropped: whoever needs an answer has a
        deadline for it.
        """
        with self._lock:
            if not self._closed.is_set():
                self._sender.send_multipart(frames)

    def close(self) -> None:
        """Sends what is waiting, then closes the socket and joins the thread."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            self._sender.send(b"")
        self._thread.join()
        self._sender.close(linger=0)
        self._receiver.close(linger=0)
        self._context.term()

    def _queue(self, kind: int) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.set_hwm(0)  # a full queue would make `send` block
        return socket

    def _serve(self) -> None:
        socket = self._socket
        monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        poller = zmq.Poller()
        for source in (socket, monitor, self._receiver):
            poller.register(source, zmq.POLLIN)
        period = int(self._period * 1000)
        try:
            while not self._closed.is_set():
                ready = dict(poller.poll(period))
                # Outgoing first: a proposal is worth more than the next heartbeat.
                if self._receiver in ready:
                    self._flush()
                if socket in ready:
                    self._receive()
                if monitor in ready:
                    monitor.recv_multipart()
                    self._on_down()
                self._on_tick()
            self._flush()
        finally:
            socket.disable_monitor()
            monitor.close(linger=0)
            socket.close(linger=100)

    def _flush(self) -> None:
        while self._receiver.poll(0):
            frames = self._receiver.recv_multipart()
            if frames != [b""]:
                self._send_now(frames)

    def _receive(self) -> None:
        # A few at a time: a peer that floods must not keep answers from going out.
        for _ in range(BATCH):
            if not self._socket.poll(0):
                return
            self._on_frames(self._socket.recv_multipart())

    def _send_now(self, frames: Frames) -> None:
        # What nobody takes now is stale when somebody does.
        with contextlib.suppress(zmq.Again):
            self._socket.send_multipart(frames, zmq.DONTWAIT)
