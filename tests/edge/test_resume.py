"""Turns over a link that is cut, is late and changes, through a relay."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from specedge.commands import Context
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import DecoderSettings, TokenEvent, TokenKind, TurnResult
from specedge.emulation.link import LinkConditions
from specedge.emulation.relay import Relay
from specedge.models.loading import LoadedModel
from specedge.verifier.server import VerifierServer
from tests.decoding import pair

PATIENT = 20.0
"""Seconds of silence that are no failure here: other tests use the same processors."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server(target: LoadedModel) -> Iterator[VerifierServer]:
    engine = pair.engine(target)
    with VerifierServer(engine, "tcp://127.0.0.1:*") as server:
        yield server
    engine.close()


@pytest.fixture
def relay(server: VerifierServer) -> Iterator[Relay]:
    with Relay(server.endpoint) as relay:
        yield relay


def decoder(mode: str, cloud: str, draft: LoadedModel) -> EdgeDecoder:
    settings = DecoderSettings(
        mode=mode, cloud=cloud, silence=PATIENT, connect_timeout=PATIENT, resume_timeout=PATIENT
    )
    return EdgeDecoder(
        settings,
        "draft",
        pair.commands(draft),
        lambda on_draft: pair.ThreadDrafter(draft, on_draft),
    )


def decode(decoder: EdgeDecoder, seed: int, on_event: object = None) -> TurnResult:
    return decoder.decode(
        pair.frame(seed),
        Context("go to the red chair"),
        seed=seed,
        temperature=0.8,
        on_event=on_event if callable(on_event) else lambda event: None,
        cancel=threading.Event(),
    )


@pytest.mark.parametrize("mode", ["cloud", "speculative", "preemptive", "streaming"])
def test_a_turn_goes_on_after_its_connection_was_cut(
    server: VerifierServer, relay: Relay, draft: LoadedModel, mode: str
) -> None:
    direct = decoder("cloud", server.endpoint, draft)
    expected = [decode(direct, seed).token_ids for seed in range(3)]
    direct.close()
    cut = decoder(mode, relay.endpoint, draft)
    resumes = 0
    try:
        for seed in range(3):
            verified: list[TokenEvent] = []

            def on_event(event: TokenEvent, verified: list[TokenEvent] = verified) -> None:
                if event.kind is TokenKind.VERIFIED:
                    if not verified:
                        relay.interrupt(0.1, cut=True)
                    verified.append(event)

            result = decode(cut, seed, on_event)
            assert result.token_ids == expected[seed]
            assert tuple(token for event in verified for token in event.ids) == expected[seed]
            resumes += result.resumes
    finally:
        cut.close()
    assert resumes > 0


def test_a_verifier_that_has_forgotten_the_session_gets_the_frame_again(
    target: LoadedModel, draft: LoadedModel
) -> None:
    engine = pair.engine(target)
    first = VerifierServer(engine, "tcp://127.0.0.1:*")
    servers = [first]
    opened = decoder("cloud", first.endpoint, draft)

    def on_event(event: TokenEvent) -> None:
        if len(servers) == 1:
            first.close()
            servers.append(VerifierServer(engine, first.endpoint))

    try:
        undisturbed = decode(opened, 0).token_ids
        result = decode(opened, 0, on_event)
        assert result.token_ids == undisturbed
        assert servers[-1].counters.turns == 1
    finally:
        opened.close()
        servers[-1].close()
        engine.close()


def test_estimates_follow_a_link_that_changes(relay: Relay, draft: LoadedModel) -> None:
    opened = decoder("speculative", relay.endpoint, draft)
    try:
        decode(opened, 0)
        near = opened.estimates.round_trip
        relay.set(LinkConditions(round_trip=0.4))
        results = [decode(opened, seed) for seed in range(1, 4)]
        far = opened.estimates.round_trip
        # Half of it: heartbeats from before the change still weigh on the mean.
        assert far > near + 0.2
        assert results[-1].round_trip == pytest.approx(far, abs=0.2)
    finally:
        opened.close()
