"""A turn against a scripted verifier: what is dropped, what ends it, what outlives a lost link."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from specedge.edge.decoder import DecoderSettings, TurnCancelled, TurnFailed, VerifierLost
from specedge.models.loading import LoadedModel
from specedge.protocol.link import LinkBack, LinkLost
from specedge.protocol.messages import Begin, Failed, FromRobot, Lost, Propose, Resume
from tests.edge.script import NUMBER, SESSION, ScriptedLink, Stage, choices_of

TEXT = "order; sit."


@pytest.fixture(scope="module")
def choices(draft: LoadedModel) -> list[int]:
    return choices_of(draft, TEXT)


def at_begin(say: Callable[[ScriptedLink], None]) -> Callable[[ScriptedLink, FromRobot], None]:
    """Speaks once, when the turn begins."""

    def on_message(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin) and len(link.sent) == 1:
            say(link)

    return on_message


def sent(stage: Stage, kind: type[FromRobot]) -> list[FromRobot]:
    return [message for message in stage.link.sent if isinstance(message, kind)]


def test_stale_and_foreign_messages_are_dropped_and_counted(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink) -> None:
        link.verdict(0, choices[-1], turn=NUMBER - 1)
        link.put(Failed(SESSION, NUMBER - 1, "of the turn before"))
        for version, choice in enumerate(choices):
            link.verdict(version, choice)
            link.verdict(version, choice)

    result = Stage(draft, at_begin(say)).run().result()
    assert result.text == TEXT
    # Both, and each repetition but the one after the last.
    assert result.stale == 2 + len(choices) - 1


def test_a_verdict_that_overlaps_with_what_is_verified_adds_the_rest(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink) -> None:
        link.verdict(0, choices[0])
        link.verdict(0, *choices)

    result = Stage(draft, at_begin(say)).run().result()
    assert (result.text, result.stale) == (TEXT, 0)


def test_a_gap_is_asked_to_be_filled(draft: LoadedModel, choices: list[int]) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            link.verdict(1, *choices[1:])
        elif message == Resume(SESSION, NUMBER, 0):
            link.verdict(0, *choices)

    assert Stage(draft, say).run().result().text == TEXT


def test_a_verifier_that_takes_back_what_it_has_verified_fails_the_turn(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink) -> None:
        link.verdict(0, choices[0])
        link.verdict(0, choices[0] + 1, choices[1])

    with pytest.raises(TurnFailed, match="contradicts"):
        Stage(draft, at_begin(say)).run()


def test_a_verifier_that_leaves_the_grammar_fails_the_turn(draft: LoadedModel) -> None:
    with pytest.raises(TurnFailed, match="grammar"):
        Stage(draft, at_begin(lambda link: link.verdict(0, draft.tokenizer.end))).run()


def test_a_verifier_that_hides_who_was_first_fails_the_turn(
    draft: LoadedModel, choices: list[int]
) -> None:
    with pytest.raises(TurnFailed, match="who had"):
        Stage(draft, at_begin(lambda link: link.verdict(0, *choices, sources=[]))).run()


def test_verified_tokens_say_who_had_them_first(draft: LoadedModel, choices: list[int]) -> None:
    sources = [code % 4 for code in range(len(choices))]
    stage = Stage(draft, at_begin(lambda link: link.verdict(0, *choices, sources=sources)))
    result = stage.run().result()
    names = ("target", "draft", "self", "history")
    expected = {names[code]: sources.count(code) for code in set(sources)}
    assert {name: count for name, count in result.sources.items() if name != "forced"} == expected
    assert sum(result.sources.values()) == result.tokens


def test_the_verifiers_reason_reaches_the_caller(draft: LoadedModel) -> None:
    failure = Failed(SESSION, NUMBER, "the frame is not a picture")
    with pytest.raises(TurnFailed, match="not a picture"):
        Stage(draft, at_begin(lambda link: link.put(failure))).run()


def test_a_lost_link_that_does_not_come_back_ends_the_turn_with_its_reason(
    draft: LoadedModel,
) -> None:
    settings = DecoderSettings(mode="cloud", resume_timeout=0.05)
    stage = Stage(
        draft,
        at_begin(lambda link: link.put(LinkLost("its connection is gone"))),
        settings=settings,
    )
    with pytest.raises(VerifierLost, match="gone"):
        stage.run()


def test_a_turn_goes_on_where_it_was_when_the_link_is_back(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            link.verdict(0, choices[0])
            link.put(LinkLost("silence"))
            link.put(LinkBack())
        elif isinstance(message, Resume):
            link.verdict(message.version, *choices[message.version :])

    stage = Stage(draft, say)
    result = stage.run().result()
    assert (result.text, result.resumes) == (TEXT, 1)
    assert sent(stage, Resume) == [Resume(SESSION, NUMBER, 1)]
    assert len(sent(stage, Begin)) == 1


def test_nothing_new_is_told_while_the_link_is_lost(draft: LoadedModel, choices: list[int]) -> None:
    def say(link: ScriptedLink) -> None:
        link.verdict(0, choices[0])
        link.put(LinkLost("silence"))
        link.verdict(1, *choices[1:])

    settings = DecoderSettings(mode="cloud", resume_timeout=0.05)
    stage = Stage(draft, at_begin(say), settings=settings)
    with pytest.raises(VerifierLost, match="silence"):
        stage.run()
    assert stage.turn.version == 1
    assert stage.turn.account.stale == 1


def test_a_verifier_that_has_lost_the_turn_gets_the_frame_again(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin) and len(link.sent) == 1:
            link.verdict(0, choices[0])
            link.put(LinkLost("restarted"))
            link.put(LinkBack())
        elif isinstance(message, Resume):
            link.put(Lost(SESSION, NUMBER))
        elif isinstance(message, Begin):
            link.verdict(0, choices[0])
            link.verdict(1, *choices[1:])

    stage = Stage(draft, say)
    assert stage.run().result().text == TEXT
    first, second = sent(stage, Begin)
    assert first == second


def test_a_verifier_that_began_again_is_asked_only_for_what_it_may_have(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        begun = sum(isinstance(before, Begin) for before in link.sent)
        if isinstance(message, Begin):
            link.verdict(0, *choices[: 2 if begun == 1 else 1])
            link.put(LinkLost("restarted" if begun == 1 else "silence"))
            link.put(LinkBack())
        elif isinstance(message, Resume) and begun == 1:
            link.put(Lost(SESSION, NUMBER))
        elif isinstance(message, Resume):
            link.verdict(message.version, *choices[message.version :])

    stage = Stage(draft, say)
    assert stage.run().result().text == TEXT
    assert sent(stage, Resume) == [Resume(SESSION, NUMBER, 2), Resume(SESSION, NUMBER, 1)]
    assert len(sent(stage, Begin)) == 2


def test_nothing_missed_is_no_mark_against_what_an_exit_expects(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        if isinstance(message, Begin):
            link.guess(0, *choices)
            link.put(LinkLost("silence"))
            link.put(LinkBack())
        elif isinstance(message, Resume):
            link.verdict(0)
            link.verdict(0, *choices)

    assert Stage(draft, say).run().result().exit_agreement == {1: 1.0}


def test_an_exit_is_heard_once_before_each_verdict(draft: LoadedModel, choices: list[int]) -> None:
    def say(link: ScriptedLink) -> None:
        for _ in range(100):
            link.guess(0, *choices)
        link.verdict(0, *choices)

    result = Stage(draft, at_begin(say)).run().result()
    assert result.stale == 99
    assert len(result.trace) < 10


def test_a_pending_proposal_is_made_again_from_what_the_verifier_knows(
    draft: LoadedModel, choices: list[int]
) -> None:
    def say(link: ScriptedLink, message: FromRobot) -> None:
        proposals = sum(isinstance(before, Propose) for before in link.sent)
        if isinstance(message, Resume):
            link.put(Lost(SESSION, NUMBER))
        elif isinstance(message, Propose) and proposals == 1:
            link.verdict(0, choices[0])
        elif isinstance(message, Propose) and proposals == 2:
            link.put(LinkLost("restarted"))
            link.put(LinkBack())
        elif isinstance(message, Propose) and message.version == 0:
            assert message.choices[0] == choices[0]
            link.verdict(0, *choices)

    settings = DecoderSettings(mode="speculative", gamma=1)
    stage = Stage(draft, say, lambda prefix: [(3, 0.5)], settings=settings)
    assert stage.run().result().text == TEXT
    assert len(sent(stage, Begin)) == 2


def test_a_verifier_that_never_answers_is_lost_at_the_deadline(draft: LoadedModel) -> None:
    settings = DecoderSettings(mode="cloud", answer_timeout=0.2)
    started = time.monotonic()
    with pytest.raises(VerifierLost, match="has not come on"):
        Stage(draft, lambda link, message: None, settings=settings).run()
    assert time.monotonic() - started >= 0.2


def test_a_verifier_that_talks_without_coming_on_is_lost_at_the_deadline(
    draft: LoadedModel, choices: list[int]
) -> None:
    over = threading.Event()

    def talk(link: ScriptedLink) -> None:
        while not over.wait(0.02):
            link.guess(0, *choices)
            link.verdict(0)

    def say(link: ScriptedLink) -> None:
        threading.Thread(target=talk, args=(link,), daemon=True).start()

    settings = DecoderSettings(mode="cloud", answer_timeout=0.2)
    with pytest.raises(VerifierLost, match="has not come on"):
        Stage(draft, at_begin(say), settings=settings).run()
    over.set()


def test_a_cancelled_turn_ends_although_the_verifier_is_silent(draft: LoadedModel) -> None:
    cancel = threading.Event()
    with pytest.raises(TurnCancelled):
        Stage(draft, at_begin(lambda link: cancel.set()), cancel=cancel).run()
