"""Has many robots ask one verifier at the same time."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from specedge.bench.decode.contenders import Contender
from specedge.bench.decode.frames import BenchFrame
from specedge.bench.decode.run import Sample, decode
from specedge.bench.decode.stage import Stage
from specedge.edge.client import EdgeDecoder
from specedge.stack.summary import percentile


@dataclass(frozen=True)
class Load:
    """What one verifier did for so many robots.

    Attributes:
        mode: How it decoded.
        robots: That asked all the time, each for its next command as soon as it had the last.
        commands: Of all robots.
        seconds: From the first command's begin to the last one's end.
        latencies: Of each command, s.
        identical: Whether all texts are the target's own.
    """

    mode: str
    robots: int
    commands: int
    seconds: float
    latencies: tuple[float, ...]
    identical: bool

    @property
    def throughput(self) -> float:
        """Commands a second."""
        return self.commands / self.seconds

    @property
    def median(self) -> float:
        """Seconds to a command."""
        return statistics.median(self.latencies)

    @property
    def slow(self) -> float:
        """Seconds that nine of ten commands take at most."""
        return percentile(self.latencies, 0.9)


Driven = tuple[float, list[Sample], float]
"""When a robot began, what it decoded, and when it had done so, s."""


def robot_counts(most: int) -> list[int]:
    """Returns 1, 2, 4 and so on, and ``most``."""
    return [*(1 << power for power in range((most - 1).bit_length())), most]


def measure(
    stage: Stage,
    contender: Contender,
    frames: Sequence[BenchFrame],
    robots: int,
    on_turn: Callable[[], None],
) -> Load:
    """Has every robot decode every frame, all at the same time, each from another frame on.

    Args:
        stage: The verifier.
        contender: How they decode.
        frames: What they decode, `specedge.bench.decode.run.decode` each.
        robots: How many.
        on_turn: Called after each command, by the robots' threads.

    Raises:
        SpecedgeError: a command failed.
    """
    start = threading.Barrier(robots)

    def drive(decoder: EdgeDecoder, first: int) -> Driven:
        decode(decoder, frames[first % len(frames)], first % len(frames))
        start.wait()
        begun = time.monotonic()
        samples = []
        for offset in range(len(frames)):
            index = (first + offset) % len(frames)
            samples.append(decode(decoder, frames[index], index))
            on_turn()
        return begun, samples, time.monotonic()

    with _decoders(stage, contender, robots) as decoders, ThreadPoolExecutor(robots) as pool:
        jobs = [pool.submit(drive, decoder, number) for number, decoder in enumerate(decoders)]
        for job in jobs:
            # Whoever fails before the start keeps the others from it.
            job.add_done_callback(lambda done: start.abort() if done.exception() else None)
        driven = _results(jobs)
    samples = [sample for _, of_robot, _ in driven for sample in of_robot]
    return Load(
        contender.name,
        robots,
        len(samples),
        max(ended for *_, ended in driven) - min(begun for begun, *_ in driven),
        tuple(sample.result.latency for sample in samples),
        all(sample.result.token_ids == frames[sample.frame].tokens for sample in samples),
    )


@contextlib.contextmanager
def _decoders(stage: Stage, contender: Contender, robots: int) -> Iterator[list[EdgeDecoder]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(contextlib.closing(stage.decoder(contender))) for _ in range(robots)
        ]


def _results(jobs: Sequence[Future[Driven]]) -> list[Driven]:
    """Waits for all robots, and tells why the first one failed rather than that others waited."""
    failures = [failure for job in jobs if (failure := job.exception()) is not None]
    causes = [
        failure for failure in failures if not isinstance(failure, threading.BrokenBarrierError)
    ]
    for failure in (*causes, *failures):
        raise failure
    return [job.result() for job in jobs]
