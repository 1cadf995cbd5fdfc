"""What a turn makes of the end of its draft model."""

from __future__ import annotations

import pytest

from specedge.edge.decoder import DecoderSettings, DraftLost
from specedge.edge.draft_messages import DraftFailed
from specedge.models.loading import LoadedModel
from specedge.protocol.messages import Begin, FromRobot
from tests.edge.script import ScriptedLink, Stage, choices_of


@pytest.mark.parametrize("likely", [0.97, 0.0])
def test_in_streaming_it_costs_hints_and_nothing_else(draft: LoadedModel, likely: float) -> None:
    choices = choices_of(draft, "sofa: left 25 deg, 2.5 m; turn left 25 deg.")

    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        known = prefix == choices[: len(prefix)] and len(prefix) < len(choices)
        return [(choices[len(prefix)], likely)] if known else []

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            link.put(DraftFailed(0, "the process has ended"))
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
