"""One text in every mode, token for token, whatever the draft says."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from specedge.commands import Context, parse
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import DecoderSettings, TokenEvent, TokenKind, TurnResult
from specedge.edge.drafter import Drafter, OnDraft
from specedge.edge.modes import MODES
from specedge.models.loading import LoadedModel
from specedge.verifier.server import VerifierServer
from tests.decoding import pair

FRAMES = 50
TEMPERATURES = (0.0, 0.8)
PATIENT = 20.0
"""Seconds of silence that are no failure here: other tests use the same processors."""


@pytest.fixture(scope="module")
def server(target: LoadedModel) -> Iterator[VerifierServer]:
    engine = pair.engine(target)
    with VerifierServer(engine, "tcp://127.0.0.1:*") as server:
        yield server
    engine.close()


@contextlib.contextmanager
def decoder(
    mode: str,
    server: VerifierServer,
    draft: LoadedModel,
    start_drafter: Callable[[OnDraft], Drafter] | None = None,
    **changes: Any,
) -> Iterator[EdgeDecoder]:
    settings = DecoderSettings(
        mode=mode, cloud=server.endpoint, silence=PATIENT, connect_timeout=PATIENT, **changes
    )
    start = start_drafter or (lambda on_draft: pair.ThreadDrafter(draft, on_draft))
    opened = EdgeDecoder(settings, "draft", pair.commands(draft), start)
    try:
        yield opened
    finally:
        opened.close()


def decode(
    decoder: EdgeDecoder,
    seed: int,
    temperature: float,
    on_event: Callable[[TokenEvent], None] = lambda event: None,
) -> TurnResult:
    last = ("", "order; sit.", "red chair: left 25 deg, 2.5 m; turn left 25 deg.")[seed % 3]
    return decoder.decode(
        pair.frame(seed),
        Context("go to the red chair", last, ("", "ok", "blocked")[seed % 3]),
        seed=seed,
        temperature=temperature,
        on_event=on_event,
        cancel=threading.Event(),
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_mode_with_a_verifier_gives_the_same_text(
    server: VerifierServer, draft: LoadedModel
) -> None:
    results: dict[str, list[TurnResult]] = {}
    for name, mode in MODES.items():
        if mode.needs_verifier:
            with decoder(name, server, draft) as opened:
                results[name] = [
                    decode(opened, seed, temperature)
                    for temperature in TEMPERATURES
                    for seed in range(FRAMES)
                ]
    cloud = results.pop("cloud")
    assert len(cloud) >= 100
    assert len({result.text for result in cloud}) > len(cloud) // 2
    for result in cloud:
        assert parse(result.text).text == result.text
    for name, others in results.items():
        texts = [result.token_ids for result in others]
        assert texts == [result.token_ids for result in cloud], name
        # Otherwise nothing was tried: drafts must stand sometimes, and fall sometimes. But
        # streaming waits for no hint, and on a busy machine all of them may come too late.
        accepted = sum(r.accepted for r in others)
        assert accepted < sum(r.drafted for r in others), name
        assert accepted > 0 or name == "streaming", name
        assert sum(r.target_passes for r in others) < sum(r.target_passes for r in cloud), name
    assert all(result.hints_sent == result.drafted for result in results["streaming"])
    preemptive = results["preemptive"]
    for result in preemptive:
        assert sum(result.miss_causes.values()) == result.cache_misses
    assert sum(result.cache_hits for result in preemptive) > 0
    assert sum(result.cache_misses for result in preemptive) > 0
    assert {layer for result in preemptive for layer in result.exit_agreement} == set(pair.EXITS)


@pytest.mark.slow
@pytest.mark.parametrize("drawing", [{"top_k": 3}, {"top_p": 0.6}, {"top_k": 20, "top_p": 0.8}])
def test_filtered_draws_are_the_same_in_every_mode(
    server: VerifierServer, draft: LoadedModel, drawing: dict[str, Any]
) -> None:
    texts = {}
    for name, mode in MODES.items():
        if mode.needs_verifier:
            with decoder(name, server, draft, **drawing) as opened:
                texts[name] = [decode(opened, seed, 0.8).token_ids for seed in range(4)]
    assert all(text == texts["cloud"] for text in texts.values())
    with decoder("cloud", server, draft) as opened:
        assert [decode(opened, seed, 0.8).token_ids for seed in range(4)] != texts["cloud"]


@pytest.mark.parametrize("mode", ["speculative", "preemptive", "streaming"])
def test_garbage_drafts_cannot_change_the_text(
    server: VerifierServer, draft: LoadedModel, mode: str
) -> None:
    def garbage(on_draft: OnDraft) -> Drafter:
        return pair.GarbageDrafter(draft.lm_head.weight.shape[0], on_draft)

    with decoder("cloud", server, draft) as opened:
        expected = [decode(opened, seed, 0.8).token_ids for seed in range(5)]
    with decoder(mode, server, draft, garbage) as opened:
        results = [decode(opened, seed, 0.8) for seed in range(5)]
    assert [result.token_ids for result in results] == expected
    assert sum(result.drafted for result in results) > 0


@pytest.mark.parametrize("sources", [[], ["client"], ["history"], ["self", "forced"]])
def test_a_source_that_is_left_out_changes_no_text_and_is_nobodys(
    server: VerifierServer, draft: LoadedModel, sources: list[str]
) -> None:
    with decoder("cloud", server, draft) as opened:
        expected = [decode(opened, seed, 0.8).token_ids for seed in range(3)]
    with decoder("streaming", server, draft, sources=frozenset(sources)) as opened:
        results = [decode(opened, seed, 0.8) for seed in range(3)]
    assert [result.token_ids for result in results] == expected
    names = {"client": "draft", "self": "self", "history": "history"}
    absent = {token for source, token in names.items() if source not in sources}
    assert absent.isdisjoint(name for result in results for name in result.sources)
    assert "client" in sources or not any(result.hints_sent for result in results)


def test_in_cloud_each_token_is_a_pass_and_no_forced_one_a_byte(
    server: VerifierServer, draft: LoadedModel
) -> None:
    with decoder("cloud", server, draft) as opened:
        result = decode(opened, 0, 0.0)
    assert result.forced > 0
    # The first choice comes with the prompt.
    assert result.target_passes == result.tokens - 1
    one_verdict = result.bytes_down / (result.tokens - result.forced)
    assert one_verdict < 70


@pytest.mark.parametrize("mode", list(MODES))
def test_verified_events_are_the_text_in_order(
    server: VerifierServer, draft: LoadedModel, mode: str
) -> None:
    events: list[TokenEvent] = []
    with decoder(mode, server, draft) as opened:
        result = decode(opened, 1, 0.8, events.append)
    verified = [event for event in events if event.kind is TokenKind.VERIFIED]
    assert "".join(text for event in verified for text in event.texts) == result.text
    assert tuple(token for event in verified for token in event.ids) == result.token_ids
    position = 0
    for event in verified:
        assert event.position == position
        position += len(event.ids)
    assert [event.time for event in events] == sorted(event.time for event in events)


def test_drafted_tokens_are_verified_or_rejected(
    server: VerifierServer, draft: LoadedModel
) -> None:
    events: list[TokenEvent] = []
    with decoder("speculative", server, draft) as opened:
        result = decode(opened, 2, 0.8, events.append)
    assert result.wasted == result.drafted - result.accepted > 0
    rejected = [event for event in events if event.kind is TokenKind.REJECTED]
    assert rejected
    for event in rejected:
        end = event.position + len(event.ids)
        assert result.token_ids[event.position : end] != event.ids
