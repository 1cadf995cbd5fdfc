"""The main function of a node."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from specedge import signals
from specedge.errors import SpecedgeError


def run(make_node: Callable[[], Any], arguments: Sequence[str] | None = None) -> int:
    """Makes a node, spins it until SIGINT or SIGTERM, and takes everything down in order.

    The node's ``close()``, where it has one, is called first: it ends the node's own threads. From
    then on the process ignores SIGINT and SIGTERM, to its end: what is being brought to a stop may
    be a robot, and a launcher repeats the terminal's Ctrl-C. Call it last.

    Args:
        make_node: makes the node, once the graph is there.
        arguments: the command line, with ``--ros-args``; that of the process where none is given.

    Returns:
        The exit status: 0 after a signal, 2 for an error that a message explains.
    """
    from specedge import ros

    try:
        ros.init(args=arguments)
        node = make_node()
        try:
            ros.spin(node)
        finally:
            signals.ignore()
            close = getattr(node, "close", None)
            try:
                if close is not None:
                    close()
            finally:
                node.destroy_node()
    except (KeyboardInterrupt, ros.ExternalShutdownException):
        return 0
    except SpecedgeError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    finally:
        signals.ignore()
        ros.try_shutdown()
    return 0
