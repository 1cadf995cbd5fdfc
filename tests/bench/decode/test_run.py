"""All contenders decode all frames, and none is always the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from specedge.bench.decode.contenders import Contender
from specedge.bench.decode.options import WARM_UP
from specedge.bench.decode.points import Point
from specedge.bench.decode.run import run_point
from specedge.bench.decode.stage import Lateness
from specedge.edge.decoder import TokenEvent, TokenKind, TokenSource, TurnResult
from tests.bench.decode import results
from tests.bench.decode.results import FRAMES, POINT

NAMES = ("cloud", "speculative", "streaming")
WHO = [Contender(name, name) for name in NAMES]


class NotedStage:
    """A stage without processes that notes who is asked for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.at: list[tuple[Point | None, float]] = []
        self.closed: list[str] = []

    def go_to(self, point: Point | None, scale: float) -> None:
        self.at.append((point, scale))

    def lateness(self) -> tuple[Lateness, Lateness]:
        return Lateness(1, 0, 0.0), Lateness(1, 0, 0.0)

    def decoder(self, contender: Contender) -> NotedDecoder:
        return NotedDecoder(self, contender.name)


class NotedDecoder:
    def __init__(self, stage: NotedStage, name: str) -> None:
        self._stage, self._name = stage, name

    def decode(
        self, frame: bytes, *_: Any, seed: int, on_event: Callable[[TokenEvent], None], **__: Any
    ) -> TurnResult:
        self._stage.asked.append((self._name, seed))
        on_event(TokenEvent(TokenKind.DRAFTED, 0, (1,), ("a",), (TokenSource.DRAFT,)))
        on_event(TokenEvent(TokenKind.VERIFIED, 0, (1,), ("a",), (TokenSource.TARGET,)))
        return results.sample(seed, 0.1).result

    def close(self) -> None:
        self._stage.closed.append(self._name)


def run(stage: NotedStage) -> tuple[Any, list[int]]:
    between: list[int] = []
    measured = run_point(
        stage,  # type: ignore[arg-type]
        POINT,
        0.5,
        WHO,
        FRAMES,
        on_turn=lambda: None,
        between=lambda frame: between.append(frame.sampling.seed),
    )
    return measured, between


def test_everyone_decodes_every_frame_once_after_warming_up() -> None:
    stage = NotedStage()
    measured, between = run(stage)
    assert between == [0, 1, 2]
    for contender in WHO:
        assert [sample.frame for sample in measured.samples[contender]] == [0, 1, 2]
    counted = stage.asked[WARM_UP * len(WHO) :]
    assert Counter(counted) == Counter((name, seed) for name in NAMES for seed in range(3))
    assert sorted(stage.closed) == sorted(NAMES)
    assert set(stage.at) == {(POINT, 0.5)}


def test_frame_by_frame_another_one_comes_first() -> None:
    stage = NotedStage()
    run(stage)
    counted = stage.asked[WARM_UP * len(WHO) :]
    assert [name for name, _ in counted[:: len(WHO)]] == list(NAMES)
    assert [seed for _, seed in counted] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
