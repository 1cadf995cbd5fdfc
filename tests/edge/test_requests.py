from __future__ import annotations

import queue
import threading

import pytest

from specedge.commands import Context
from specedge.decoding.acceptance import Sampling
from specedge.edge.account import Account
from specedge.edge.decoder import DecoderSettings, TurnFailed
from specedge.edge.exchange import Exchange
from specedge.edge.requests import Requests
from specedge.protocol.messages import LARGEST_IMAGE, LONGEST_FIELD, Begin, Propose, Resume
from tests.edge.script import NUMBER, SESSION, ScriptedLink


class Asked:
    def __init__(self) -> None:
        self.link = ScriptedLink(queue.SimpleQueue(), lambda link, message: None)
        account = Account()
        exchange = Exchange(
            NUMBER,
            queue.SimpleQueue(),
            self.link,
            account,
            threading.Event(),
            answer_timeout=1.0,
            resume_timeout=1.0,
        )
        self.requests = Requests(NUMBER, exchange, account, DecoderSettings())

    def begin(self, frame: bytes = b"frame", goal: str = "sit", last: str = "") -> None:
        self.requests.begin(
            frame, Context(goal, last), Sampling(), free=True, sources=[], provisional=False
        )


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("frame", b"x" * (LARGEST_IMAGE + 1), "smaller pictures"),
        ("goal", "x" * (LONGEST_FIELD + 1), "the goal has 2001 characters"),
        ("last", "x" * (LONGEST_FIELD + 1), "the last command has 2001 characters"),
    ],
)
def test_what_no_verifier_takes_is_not_sent_but_named(
    field: str, value: bytes | str, named: str
) -> None:
    asked = Asked()
    with pytest.raises(TurnFailed, match=named):
        asked.begin(**{field: value})  # type: ignore[arg-type]
    assert asked.link.sent == []


def test_a_proposal_is_repeated_until_something_new_was_heard() -> None:
    asked = Asked()
    asked.begin()
    asked.requests.propose([], [5, 6])
    asked.requests.resume([])
    asked.requests.heard(2, new=True)
    asked.requests.resume([5, 6])
    proposal = Propose(SESSION, NUMBER, 0, [5, 6])
    assert asked.link.sent[1:] == [
        proposal,
        Resume(SESSION, NUMBER, 0),
        proposal,
        Resume(SESSION, NUMBER, 2),
    ]


def test_a_turn_begun_again_proposes_from_its_beginning() -> None:
    asked = Asked()
    asked.begin()
    asked.requests.heard(2, new=True)
    asked.requests.propose([5, 6], [7])
    asked.requests.begin_again([5, 6])
    first, _, second, proposal = asked.link.sent
    assert isinstance(first, Begin)
    assert first == second
    assert proposal == Propose(SESSION, NUMBER, 0, [5, 6, 7])
