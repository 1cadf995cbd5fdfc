"""Verifier, draft and client in three processes over TCP, and what happens when one dies."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from specedge.commands import Context, parse
from specedge.edge.client import EdgeDecoder, open_decoder
from specedge.edge.decoder import (
    DecoderSettings,
    TokenEvent,
    TurnCancelled,
    TurnResult,
    VerifierLost,
    VerifierRefused,
)
from specedge.edge.local_verifier import LocalVerifier
from specedge.models import nano
from tests.decoding import pair

LOAD = 100.0
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def verifier(folders: tuple[Path, Path]) -> Iterator[LocalVerifier]:
    with LocalVerifier(folders[0]) as verifier:
        yield verifier


@contextlib.contextmanager
def client(mode: str, cloud: str, draft: Path, silence: float = 20.0) -> Iterator[EdgeDecoder]:
    settings = DecoderSettings(
        mode=mode, cloud=cloud, draft=str(draft), silence=silence, connect_timeout=LOAD
    )
    with contextlib.closing(open_decoder(settings)) as decoder:
        decoder.wait_ready(LOAD)
        yield decoder


def decode(
    decoder: EdgeDecoder,
    seed: int = 0,
    on_event: object = None,
    cancel: threading.Event | None = None,
) -> TurnResult:
    return decoder.decode(
        pair.frame(seed),
        Context("go to the red chair"),
        seed=seed,
        temperature=0.8,
        on_event=on_event if callable(on_event) else lambda event: None,
        cancel=cancel or threading.Event(),
    )


def draft_process() -> psutil.Process | None:
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "specedge.edge.draft_process" in child.cmdline():
                return child
    return None


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + LOAD, threading.Event()
    while not is_so():
        assert time.monotonic() < deadline
        pause.wait(0.02)


def test_processes_of_their_own_give_the_same_text_in_every_mode(
    verifier: LocalVerifier, folders: tuple[Path, Path]
) -> None:
    texts: dict[str, list[str]] = {}
    for mode in ("cloud", "speculative", "preemptive", "streaming"):
        with client(mode, verifier.endpoint, folders[1]) as decoder:
            results = [decode(decoder, seed) for seed in range(3)]
        texts[mode] = [result.text for result in results]
        assert max(result.bytes_up for result in results) < 4000
    assert all(text == texts["cloud"] for text in texts.values())
    for text in texts["cloud"]:
        parse(text)


def test_a_killed_verifier_is_noticed_at_once_and_a_new_one_is_found(
    folders: tuple[Path, Path],
) -> None:
    with LocalVerifier(folders[0]) as doomed:
        port = doomed.endpoint
        with client("cloud", port, folders[1]) as decoder:
            died: list[float] = []

            def on_event(_: TokenEvent) -> None:
                if not died:
                    doomed.kill()
                    died.append(time.monotonic())

            with pytest.raises(VerifierLost, match="connection is gone"):
                decode(decoder, on_event=on_event)
            # The silence that would have told, too, is 20 s long.
            assert time.monotonic() - died[0] < 15.0
            assert not decoder.connected
            with LocalVerifier(folders[0], bind=port):
                assert parse(decode(decoder).text)
                assert decoder.connected


def test_a_killed_draft_costs_no_text_and_the_next_turns_draft_again(
    verifier: LocalVerifier, folders: tuple[Path, Path]
) -> None:
    with client("streaming", verifier.endpoint, folders[1]) as decoder:
        expected = [decode(decoder, seed).text for seed in range(2)]
        doomed = draft_process()
        assert doomed is not None

        def kill(event: TokenEvent) -> None:
            # Events follow one another faster than a process ends.
            with contextlib.suppress(psutil.NoSuchProcess):
                doomed.kill()

        assert decode(decoder, 0, on_event=kill).text == expected[0]
        # Without a draft, for as long as that takes to load.
        assert decode(decoder, 1).text == expected[1]
        wait_until(lambda: draft_process() not in (None, doomed) and not decoder.impairment)
        again: list[TurnResult] = []

        def drafts_again() -> bool:
            # The first steps of a process are slow, and the verifier may be done before them.
            again.append(decode(decoder, 0))
            return again[-1].hints_sent > 0

        wait_until(drafts_again)
        assert {turn.text for turn in again} == {expected[0]}


def test_a_cancelled_turn_ends_and_the_next_one_is_served(
    verifier: LocalVerifier, folders: tuple[Path, Path]
) -> None:
    with client("streaming", verifier.endpoint, folders[1]) as decoder:
        cancel = threading.Event()
        with pytest.raises(TurnCancelled):
            decode(decoder, on_event=lambda event: cancel.set(), cancel=cancel)
        assert parse(decode(decoder, 1).text)


def test_a_pair_without_a_shared_tokenizer_is_refused_by_name(
    verifier: LocalVerifier, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    tokenizer = nano.make_tokenizer()
    tokenizer.add_tokens(["zebra"])
    tokenizer.save_pretrained(tmp_path)
    with contextlib.closing(
        open_decoder(DecoderSettings(mode="cloud", cloud=verifier.endpoint, draft=str(tmp_path)))
    ) as decoder:
        with pytest.raises(VerifierRefused, match="do not share a tokenizer") as refusal:
            decoder.wait_ready(LOAD)
        assert str(tmp_path) in str(refusal.value)
        assert str(folders[0]) in str(refusal.value)


def test_without_a_verifier_a_turn_fails_within_its_time(folders: tuple[Path, Path]) -> None:
    settings = DecoderSettings(
        mode="cloud", cloud="tcp://127.0.0.1:1", draft=str(folders[1]), connect_timeout=0.3
    )
    with contextlib.closing(open_decoder(settings)) as decoder:
        started = time.monotonic()
        with pytest.raises(VerifierLost, match="is it running"):
            decode(decoder)
        assert time.monotonic() - started < DecoderSettings().connect_timeout
        assert not decoder.connected
