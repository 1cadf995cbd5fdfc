"""Stands for a draft model's process: ready at once, and dead with the first message."""

from __future__ import annotations

import argparse
import os
import signal

import zmq

from specedge.edge.draft_messages import DraftReady, encode


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model")
    parser.add_argument("--connect", required=True)
    options, _ = parser.parse_known_args()
    if options.model == "none":
        raise SystemExit(2)
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.connect(options.connect)
        socket.send(encode(DraftReady("mortal")))
        socket.recv_multipart()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
