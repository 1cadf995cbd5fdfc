"""Episodes in several processes; which of them runs one changes nothing about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from specedge.bench.robot.driver import Driver, EpisodeReport
from specedge.errors import SpecedgeError
from specedge.motion.clearance import MARGIN
from specedge.training.goals import Goal


class WorkerLost(SpecedgeError):
    """A process that ran episodes ended before it was told to."""


def run_episodes(
    goals: Sequence[Goal], model: Path | None, processes: int, clearance: float = MARGIN
) -> Iterator[EpisodeReport]:
    """Runs episodes side by side and yields them as they end.

    Args:
        goals: What is asked for.
        model: Folder of a model; None for the expert.
        processes: How many; each with one thread of torch and a model of its own.
        clearance: As of `Driver`.

    Raises:
        WorkerLost: a process died.
        SpecedgeError: what kept a process from running, such as a folder without a model.
    """
    waiting = iter(goals)
    # A process forked from one with threads, as torch and OpenGL have, may wait for ever.
    context = get_context("spawn")
    with ExitStack() as stack:
        links: list[Connection] = []
        for goal in list(islice(waiting, processes)):
            ours, theirs = context.Pipe()
            process = context.Process(target=_drive, args=(theirs, model, clearance), daemon=True)
            process.start()
            theirs.close()
            # Last in, first out: a process ends when its link does, and is then waited for.
            stack.callback(process.join)
            stack.callback(ours.close)
            ours.send(goal)
            links.append(ours)
        while links:
            for link in wait(links):
                assert isinstance(link, Connection)
                yield _received(link)
                following = next(waiting, None)
                if following is None:
                    links.remove(link)
                else:
                    link.send(following)


def _received(link: Connection) -> EpisodeReport:
    try:
        answer = link.recv()
    except EOFError as error:
        raise WorkerLost("a process that ran episodes died; what it said is above") from error
    if isinstance(answer, SpecedgeError):
        raise answer
    assert isinstance(answer, EpisodeReport)
    return answer


def _drive(link: Connection, model: Path | None, clearance: float) -> None:
    """Runs episodes until the other end of the link is closed."""
    import torch

    torch.set_num_threads(1)
    try:
        with Driver(model, clearance) as driver:
            while True:
                link.send(driver.run(link.recv()))
    except SpecedgeError as error:
        link.send(error)
    except (EOFError, BrokenPipeError):
        return
