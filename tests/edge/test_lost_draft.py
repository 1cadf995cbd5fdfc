"""What a turn makes of the end of its draft model."""

from __future__ import annotations

import contextlib
import threading
from typing import cast

import pytest

from specedge.commands import Context
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import DecoderSettings, DraftLost
from specedge.edge.draft_messages import DraftFailed, FromDraft
from specedge.edge.drafter import OnDraft
from specedge.edge.exchange import Inbox
from specedge.models.loading import LoadedModel
from specedge.protocol.messages import Begin, FromRobot
from tests.decoding import pair
from tests.edge.script import NUMBER, ScriptedDrafter, ScriptedLink, Stage, choices_of


@pytest.mark.parametrize("failed", [0, NUMBER], ids=["for good", "in this turn"])
@pytest.mark.parametrize("likely", [0.97, 0.0])
def test_in_streaming_it_costs_hints_and_nothing_else(
    draft: LoadedModel, likely: float, failed: int
) -> None:
    choices = choices_of(draft, "sofa: left 25 deg, 2.5 m; turn left 25 deg.")

    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        known = prefix == choices[: len(prefix)] and len(prefix) < len(choices)
        return [(choices[len(prefix)], likely)] if known else []

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            link.put(DraftFailed(failed, "the process has ended"))
            link.verdict(0, *choices[:2])
            link.verdict(2, *choices[2:])

    settings = DecoderSettings(mode="streaming", answer_timeout=10.0)
    stage = Stage(draft, say, follow, settings=settings)
    assert stage.run().state.choices == choices
    # It was asked once, before it was known to be lost.
    assert len(stage.drafter.asked) <= 1


@pytest.mark.parametrize("mode", ["speculative", "preemptive"])
def test_a_mode_that_lives_on_proposals_says_that_its_draft_is_lost(
    draft: LoadedModel, mode: str
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            link.put(DraftFailed(0, "the process has ended"))

    stage = Stage(draft, say, settings=DecoderSettings(mode=mode, answer_timeout=10.0))
    with pytest.raises(DraftLost, match="has ended"):
        stage.run()


class Telling:
    """Tells a decoder what a scripted draft says."""

    def __init__(self, on_draft: OnDraft) -> None:
        self._on_draft = on_draft

    def put(self, said: tuple[FromDraft, int]) -> None:
        self._on_draft(said[0])


class Reloading(threading.Event):
    """Set as soon as somebody waits for it; the draft has ended once more before that."""

    def __init__(self, on_draft: OnDraft) -> None:
        super().__init__()
        self._on_draft = on_draft

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._on_draft(DraftFailed(0, "the process has ended"))
            self.set()
        return super().wait(timeout)


def test_a_draft_that_was_lost_before_a_turn_began_is_not_lost_to_it(draft: LoadedModel) -> None:
    choices = choices_of(draft, "order; sit.")

    def start(on_draft: OnDraft) -> ScriptedDrafter:
        drafter = ScriptedDrafter(
            cast(Inbox, Telling(on_draft)),
            lambda prefix: [(token, 0.9) for token in choices[len(prefix) :][:1]],
        )
        drafter.settled = Reloading(on_draft)
        return drafter

    decoder = EdgeDecoder(DecoderSettings(mode="edge"), "draft", pair.commands(draft), start)
    with contextlib.closing(decoder):
        result = decoder.decode(
            b"frame",
            Context("sit"),
            seed=1,
            temperature=0.0,
            on_event=lambda event: None,
            cancel=threading.Event(),
        )
    assert result.text == "order; sit."
