"""Getting ready for the first turn, before its frame is taken."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest

from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import DecoderSettings, DraftLost, TurnCancelled, VerifierLost
from specedge.edge.draft_messages import DraftFailed, DraftReady, Expanded
from specedge.edge.drafter import DraftLink, OnDraft
from specedge.models.loading import LoadedModel
from specedge.protocol.endpoint import BadEndpoint
from tests.decoding import pair

NOBODY = "tcp://127.0.0.1:1"


class SlowDraft(DraftLink):
    """A draft model that is loaded when a test says so."""

    def say(self, message: DraftReady | DraftFailed) -> None:
        if isinstance(message, DraftFailed):
            self._fail(message.reason)
        self.settled.set()


@contextlib.contextmanager
def opened(draft: LoadedModel, mode: str) -> Iterator[tuple[EdgeDecoder, SlowDraft]]:
    started: list[SlowDraft] = []

    def start(on_draft: OnDraft) -> SlowDraft:
        started.append(SlowDraft(on_draft))
        return started[0]

    settings = DecoderSettings(mode=mode, cloud=NOBODY, connect_timeout=0.05)
    decoder = EdgeDecoder(settings, "draft", pair.commands(draft), start)
    with contextlib.closing(decoder):
        yield decoder, started[0]


def test_what_is_missing_is_named_until_it_is_there(draft: LoadedModel) -> None:
    with opened(draft, "streaming") as (decoder, slow):
        assert decoder.missing == (
            f"the draft model is being loaded; no word yet from the verifier at {NOBODY}"
        )
        slow.say(DraftReady("draft"))
        assert decoder.missing == f"no word yet from the verifier at {NOBODY}"
    with opened(draft, "edge") as (decoder, slow):
        slow.say(DraftReady("draft"))
        assert decoder.missing == ""
        decoder.wait_ready()


def test_waiting_ends_with_the_error_that_a_turn_would_end_with(draft: LoadedModel) -> None:
    with opened(draft, "streaming") as (decoder, slow):
        slow.say(DraftReady("draft"))
        with pytest.raises(VerifierLost, match="is it running"):
            decoder.wait_ready()
    with opened(draft, "edge") as (decoder, slow):
        slow.say(DraftFailed(0, "no such folder"))
        with pytest.raises(DraftLost, match="no such folder"):
            decoder.wait_ready()


def test_what_is_said_between_turns_does_not_pile_up(draft: LoadedModel) -> None:
    with opened(draft, "edge") as (decoder, slow):
        slow._on_draft(Expanded(1, 1, [], [], 0.0))
        assert decoder._inbox.empty()


def test_an_endpoint_that_is_none_is_named_and_starts_nothing(draft: LoadedModel) -> None:
    def start(on_draft: OnDraft) -> SlowDraft:
        raise AssertionError("a draft was started")

    with pytest.raises(BadEndpoint, match="nowhere is no endpoint"):
        EdgeDecoder(DecoderSettings(cloud="nowhere"), "draft", pair.commands(draft), start)


def test_waiting_for_a_model_can_be_cancelled(draft: LoadedModel) -> None:
    cancel = threading.Event()
    cancel.set()
    with opened(draft, "edge") as (decoder, _), pytest.raises(TurnCancelled):
        decoder.wait_ready(cancel=cancel)
