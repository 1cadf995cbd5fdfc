"""Mode streaming between a scripted verifier and a scripted draft."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from specedge.edge.decoder import DecoderSettings, TokenKind
from specedge.models.loading import LoadedModel
from specedge.protocol.link import LinkBack, LinkLost
from specedge.protocol.messages import Begin, FromRobot, Hint, Resume
from tests.edge.script import ScriptedLink, Stage, choices_of

STREAMING = DecoderSettings(mode="streaming", answer_timeout=10.0)


@pytest.fixture(scope="module")
def choices(draft: LoadedModel) -> list[int]:
    return choices_of(draft, "sofa: left 25 deg, 2.5 m; turn left 25 deg.")


def drafting(choices: list[int], likely: float = 0.97) -> Callable[..., list[tuple[int, float]]]:
    """A draft that knows the text."""

    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        known = prefix == choices[: len(prefix)] and len(prefix) < len(choices)
        return [(choices[len(prefix)], likely)] if known else []

    return follow


class Heard:
    """Understands hints as a verifier does."""

    def __init__(self) -> None:
        self.texts: dict[int, list[int]] = {}
        self.verified: list[int] = []
        self.repeated = 0

    def take(self, hint: Hint) -> None:
        for index, (parent, token) in enumerate(zip(hint.parents, hint.tokens, strict=True)):
            text = self.texts[parent] if parent >= 0 else self.verified[: -parent - 1]
            assert parent >= 0 or -parent - 1 <= len(self.verified)
            self.repeated += [*text, token] in self.texts.values()
            self.texts[hint.first + index] = [*text, token]


def test_hints_spell_the_draft_each_choice_once(draft: LoadedModel, choices: list[int]) -> None:
    heard = Heard()

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Hint):
            heard.take(message)
            if choices in heard.texts.values():
                link.verdict(0, *choices, sources=[1] * len(choices))

    stage = Stage(draft, say, drafting(choices), settings=STREAMING)
    result = stage.run().result()
    assert heard.repeated == 0
    assert sorted(heard.texts.values()) == [choices[: end + 1] for end in range(len(choices))]
    assert result.hints_sent == result.accepted == len(choices)
    assert result.wasted == 0


def test_the_likeliest_choice_after_a_likely_text_is_a_hint_however_unlikely_it_is(
    draft: LoadedModel, choices: list[int]
) -> None:
    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        return [(choices[1], 0.0), (choices[2], 0.0)] if prefix else drafting(choices)(prefix)

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Hint) and choices[1] in message.tokens:
            link.verdict(0, *choices)

    stage = Stage(draft, say, follow, settings=STREAMING)
    assert stage.run().result().hints_sent == 2


def test_a_contradiction_moves_the_draft_at_once(draft: LoadedModel, choices: list[int]) -> None:
    astray = choices_of(draft, "order; sit.")
    assert astray[0] != choices[0]

    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        return drafting(astray)(prefix) or drafting(choices)(prefix)

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            link.verdict(0, choices[0])
        elif isinstance(message, Hint) and -2 in message.parents:
            # It drafts on from the first verified choice now.
            link.verdict(1, *choices[1:])

    stage = Stage(draft, say, follow, settings=STREAMING)
    result = stage.run().result()
    assert result.token_ids == tuple(stage.turn.state.tokens)
    asked = [prefix for request in stage.drafter.asked for prefix in request.prefixes]
    assert [choices[0]] in asked
    assert astray[:2] not in asked


def test_what_an_exit_is_sure_of_is_drafted_on_from_before_the_verdict(
    draft: LoadedModel, choices: list[int]
) -> None:
    astray = choices_of(draft, "order; sit.")

    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        return drafting(choices)(prefix) if prefix else [(astray[0], 0.6)]

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Hint) and message.first == 0:
            link.guess(0, choices[0])
        elif isinstance(message, Hint) and choices[1] in message.tokens:
            link.verdict(0, *choices)

    stage = Stage(draft, say, follow, settings=STREAMING)
    result = stage.run().result()
    assert result.exit_agreement == {1: 0.0}
    asked = [prefix for request in stage.drafter.asked for prefix in request.prefixes]
    assert [choices[0]] in asked
    kinds = [event.kind for event in stage.events]
    assert TokenKind.REJECTED in kinds


def test_an_unsure_draft_goes_on_from_several_choices_in_one_step(
    draft: LoadedModel, choices: list[int]
) -> None:
    astray = choices_of(draft, "order; sit.")

    def follow(prefix: list[int]) -> list[tuple[int, float]]:
        if prefix:
            return drafting(choices)(prefix) or drafting(astray)(prefix)
        return [(astray[0], 0.5), (choices[0], 0.4)]

    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Hint) and choices[1] in message.tokens:
            link.verdict(0, *choices)

    stage = Stage(draft, say, follow, settings=STREAMING)
    stage.drafter.most_steps = 1
    stage.run()
    assert stage.drafter.asked[1].prefixes == [[astray[0]], [choices[0]]]


def test_hints_are_made_again_when_the_link_is_back(draft: LoadedModel, choices: list[int]) -> None:
    heard = Heard()

    def say(link: ScriptedLink, message: FromRobot) -> None:
        resumed = any(isinstance(before, Resume) for before in link.sent)
        if isinstance(message, Hint) and message.first == 0:
            link.put(LinkLost("silence"))
            link.put(LinkBack())
        elif isinstance(message, Hint) and resumed:
            heard.take(message)
            if choices in heard.texts.values():
                link.verdict(0, *choices)

    stage = Stage(draft, say, drafting(choices), settings=STREAMING)
    assert stage.run().result().resumes == 1
    assert sorted(heard.texts.values()) == [choices[: end + 1] for end in range(len(choices))]


def test_without_the_robots_draft_nothing_is_drafted(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            assert message.sources == ["forced", "history"]
            link.verdict(0, *choices)

    settings = DecoderSettings(mode="streaming", sources=frozenset({"history", "forced"}))
    stage = Stage(draft, say, settings=settings)
    stage.run()
    assert stage.drafter.asked == []
