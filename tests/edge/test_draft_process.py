"""The draft's service: branches in one step, cancelled between steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
import zmq

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.decoding.draft import DraftedToken, DraftEngine, DraftTurn
from specedge.edge.draft_messages import (
    BeginDraft,
    DraftFailed,
    DraftReady,
    Expand,
    Expanded,
    FromDraft,
    StopDraft,
    ToDraft,
    decode_from_draft,
    encode,
)
from specedge.edge.draft_process import DraftService
from specedge.models.loading import LoadedModel
from tests.decoding import pair

TURN = 3
PATIENCE = 60_000
"""Milliseconds to wait for an answer that must come."""
ENDPOINT = "inproc://draft"


class WatchedSocket(zmq.Socket[bytes]):
    """Says when its owner has read everything and waits for more; one at a time."""

    idle = threading.Event()

    def poll(self, timeout: int | None = None, flags: int = zmq.POLLIN) -> int:
        if timeout != 0 and not super().poll(0, flags):
            self.idle.set()
        return super().poll(timeout, flags)


class SteppedService(DraftService):
    """Makes a step only when a test lets it."""

    def __init__(self, engine: DraftEngine, socket: zmq.Socket[bytes]) -> None:
        super().__init__(engine, socket)
        self.allowed = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.steps: list[list[list[int]]] = []
        self.prompts: list[str] = []

    def expand(
        self, turn: DraftTurn, prefixes: Sequence[Sequence[int]], width: int
    ) -> list[list[DraftedToken]]:
        self.steps.append([list(prefix) for prefix in prefixes])
        self.begun.release()
        assert self.allowed.acquire(timeout=PATIENCE / 1000)
        return super().expand(turn, prefixes, width)

    def begin(self, frame: bytes, context: Context, sampling: Sampling) -> DraftTurn:
        self.prompts.append(context.goal)
        return super().begin(frame, context, sampling)


class Client:
    def __init__(
        self, socket: zmq.Socket[bytes], service: SteppedService, idle: threading.Event
    ) -> None:
        self._socket = socket
        self.idle = idle
        self.service = service

    def say(self, message: ToDraft, *frames: bytes) -> None:
        self._socket.send_multipart([encode(message), *frames])

    def begin(self, turn: int, frame: bytes | None = None) -> None:
        begin = BeginDraft(turn, f"goal {turn}", "", "", 0.0, 0, 1.0, 0)
        self.say(begin, pair.frame(0) if frame is None else frame)

    def hear(self) -> FromDraft:
        assert self._socket.poll(PATIENCE), "the draft is silent"
        return decode_from_draft(self._socket.recv())

    def hear_step(self) -> Expanded:
        message = self.hear()
        assert isinstance(message, Expanded)
        return message

    def allow(self, steps: int) -> None:
        self.service.allowed.release(steps)


@pytest.fixture
def client(draft: LoadedModel) -> Iterator[Client]:
    ended = threading.Event()
    with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
        socket.bind(ENDPOINT)
        with WatchedSocket(context, zmq.PAIR) as other:
            other.connect(ENDPOINT)
            service = SteppedService(DraftEngine(draft, pair.commands(draft)), other)
            thread = threading.Thread(target=service.serve, args=(ended,))
            thread.start()
            client = Client(socket, service, other.idle)
            assert isinstance(client.hear(), DraftReady)
            client.begin(TURN)
            yield client
            ended.set()
            service.allowed.release(1000)
            thread.join()


def test_a_line_goes_on_with_the_drafts_own_choice(client: Client) -> None:
    client.allow(3)
    client.say(Expand(TURN, 1, [[]], 2, 3))
    text: list[int] = []
    for _ in range(3):
        step = client.hear_step()
        assert step.prefixes == [text]
        assert step.seconds > 0.0
        likely = [candidate.probability for candidate in step.candidates[0]]
        assert likely == sorted(likely, reverse=True)
        text.append(step.candidates[0][0].token)


def test_branches_are_gone_on_with_in_the_same_step(client: Client) -> None:
    client.allow(2)
    client.say(Expand(TURN, 1, [[]], 2, 1))
    first, second = (candidate.token for candidate in client.hear_step().candidates[0])
    client.say(Expand(TURN, 2, [[first], [second]], 2, 1))
    step = client.hear_step()
    assert step.prefixes == [[first], [second]]
    assert client.service.steps == [[[]], [[first], [second]]]


def test_a_new_request_ends_the_one_before_between_two_steps(client: Client) -> None:
    client.say(Expand(TURN, 1, [[]], 1, 30))
    assert client.service.begun.acquire(timeout=PATIENCE / 1000)
    client.say(Expand(TURN, 2, [[]], 1, 1))
    client.allow(30)
    # The step that was under way is answered, and is not made again.
    assert [client.hear_step().request for _ in range(2)] == [1, 2]
    client.say(Expand(TURN, 3, [[]], 1, 1))
    assert client.hear_step().request == 3
    assert client.service.steps == [[[]]]


def test_stop_drops_what_is_being_drafted(client: Client) -> None:
    client.say(Expand(TURN, 1, [[]], 1, 30))
    assert client.service.begun.acquire(timeout=PATIENCE / 1000)
    client.say(StopDraft())
    client.allow(30)
    assert client.hear_step().request == 1
    client.say(Expand(TURN, 2, [[]], 1, 1))
    assert client.hear_step().request == 2
    assert len(client.service.steps) == 1


def test_what_was_drafted_before_costs_no_time(client: Client) -> None:
    client.allow(2)
    client.say(Expand(TURN, 1, [[]], 1, 2))
    made = [client.hear_step() for _ in range(2)]
    client.say(Expand(TURN, 2, [[]], 1, 2))
    again = [client.hear_step() for _ in range(2)]
    assert [step.candidates for step in again] == [step.candidates for step in made]
    assert [step.seconds for step in again] == [0.0, 0.0]
    assert len(client.service.steps) == 2


def test_requests_of_another_turn_are_dropped(client: Client) -> None:
    client.allow(2)
    client.say(Expand(TURN - 1, 1, [[]], 1, 1))
    client.say(Expand(TURN, 2, [[]], 1, 1))
    assert client.hear_step().request == 2


def test_a_text_that_the_grammar_does_not_allow_fails_the_turn(client: Client) -> None:
    client.allow(1)
    client.say(Expand(TURN, 1, [[0, 0, 0]], 1, 1))
    failure = client.hear()
    assert isinstance(failure, DraftFailed)
    assert failure.turn == TURN


@pytest.fixture
def busy(client: Client) -> Client:
    """At work on a step: what it is told waits until that is over."""
    client.say(Expand(TURN, 1, [[]], 1, 30))
    assert client.service.begun.acquire(timeout=PATIENCE / 1000)
    client.idle.clear()
    return client


def test_the_prompts_of_turns_that_are_over_are_not_read(busy: Client) -> None:
    for turn in range(TURN + 1, TURN + 8):
        busy.begin(turn)
        busy.say(Expand(turn, 1, [[]], 1, 2))
        busy.say(StopDraft())
    busy.begin(TURN + 8)
    busy.say(Expand(TURN + 8, 1, [[]], 1, 2))
    busy.allow(30)
    assert [busy.hear_step().turn for _ in range(3)] == [TURN, TURN + 8, TURN + 8]
    assert busy.service.prompts == [f"goal {TURN}", f"goal {TURN + 8}"]


def test_the_prompt_of_a_turn_that_was_stopped_is_read_when_a_draft_is_wanted(
    busy: Client,
) -> None:
    busy.begin(TURN + 1)
    busy.say(Expand(TURN + 1, 1, [[]], 1, 2))
    busy.say(StopDraft())
    busy.allow(30)
    assert busy.hear_step().turn == TURN
    assert busy.idle.wait(PATIENCE / 1000)
    assert busy.service.prompts == [f"goal {TURN}"]
    busy.say(Expand(TURN + 1, 2, [[]], 1, 1))
    step = busy.hear_step()
    assert (step.turn, step.request) == (TURN + 1, 2)
    assert busy.service.prompts == [f"goal {TURN}", f"goal {TURN + 1}"]


def test_a_prompt_is_read_before_a_draft_of_it_is_asked_for(busy: Client) -> None:
    busy.begin(TURN + 1)
    busy.allow(1)
    assert busy.hear_step().turn == TURN
    assert busy.idle.wait(PATIENCE / 1000)
    assert busy.service.prompts == [f"goal {TURN}", f"goal {TURN + 1}"]


def test_a_frame_that_cannot_be_read_fails_its_turn_and_none_after_it(busy: Client) -> None:
    busy.begin(TURN + 1, b"no picture")
    busy.say(Expand(TURN + 1, 1, [[]], 1, 2))
    busy.allow(30)
    assert busy.hear_step().turn == TURN
    failure = busy.hear()
    assert isinstance(failure, DraftFailed)
    assert failure.turn == TURN + 1
    busy.begin(TURN + 2)
    busy.say(Expand(TURN + 2, 1, [[]], 1, 1))
    assert busy.hear_step().turn == TURN + 2
