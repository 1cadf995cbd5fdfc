"""Several decoders share one draft process, and none hears what another one asked for."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from specedge.edge.draft_messages import BeginDraft, DraftFailed, Expand, Expanded, FromDraft
from specedge.emulation.child import ChildFailed
from specedge.emulation.shared_draft import SharedDraft
from tests.decoding import pair

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PATIENCE = 60.0
Heard = queue.SimpleQueue[FromDraft]


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedDraft]:
    shared = SharedDraft(str(pair.save_pair(tmp_path_factory.mktemp("pair"))[1]))
    yield shared
    shared.close()


def begin(turn: int) -> BeginDraft:
    return BeginDraft(turn, "go to the red chair", "", "", 0.0, 0, 1.0, 0)


def test_the_same_turn_of_two_decoders_is_kept_apart(draft: SharedDraft) -> None:
    heard: list[Heard] = [queue.SimpleQueue(), queue.SimpleQueue()]
    ports = [draft.port(inbox.put) for inbox in heard]
    for number, port in enumerate(ports):
        port.wait_ready(PATIENCE)
        port.send(begin(1), pair.frame(number))
        port.send(Expand(1, 100 + number, [[]], 1, 1))
        answer = heard[number].get(timeout=PATIENCE)
        assert isinstance(answer, Expanded)
        assert (answer.turn, answer.request) == (1, 100 + number)
    assert all(inbox.empty() for inbox in heard)
    # What comes for a decoder that is gone disturbs nobody.
    ports[1].send(Expand(1, 200, [[]], 1, 1))
    ports[1].close()
    ports[0].send(begin(2), pair.frame(0))
    ports[0].send(Expand(2, 300, [[]], 1, 1))
    answer = heard[0].get(timeout=PATIENCE)
    assert isinstance(answer, Expanded)
    assert answer.request == 300


def test_steps_are_stretched_and_counted_anew(draft: SharedDraft) -> None:
    heard: Heard = queue.SimpleQueue()
    port = draft.port(heard.put)
    draft.set_step(0.2)
    port.send(begin(1), pair.frame(3))
    port.send(Expand(1, 1, [[]], 1, 2))
    first, second = (heard.get(timeout=PATIENCE) for _ in range(2))
    assert isinstance(first, Expanded)
    assert isinstance(second, Expanded)
    assert second.seconds >= 0.2
    assert draft.report()["passes"] >= 2
    draft.set_step(0.0)
    assert draft.report()["passes"] == 0
    port.close()


def test_the_death_of_the_draft_is_told_to_all_that_share_it(tmp_path: Path) -> None:
    shared = SharedDraft(str(pair.save_pair(tmp_path)[1]))
    heard: Heard = queue.SimpleQueue()
    port = shared.port(heard.put)
    try:
        port.wait_ready(PATIENCE)
        os.kill(shared.pid, signal.SIGKILL)
        told = heard.get(timeout=PATIENCE)
        assert isinstance(told, DraftFailed)
        assert told.reason.startswith("the draft model has ended")
        assert port.lost == told.reason
    finally:
        shared.close()


def test_a_draft_that_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    with pytest.raises(ChildFailed, match="not a model folder"):
        SharedDraft(str(tmp_path))
