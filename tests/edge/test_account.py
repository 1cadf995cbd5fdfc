from __future__ import annotations

from specedge.edge.account import Account
from specedge.protocol.messages import Verified


def test_every_token_that_a_pass_ran_over_counts() -> None:
    """Two passes over a forced token each, then one that comes to a choice."""
    account = Account()
    account.verdict(Verified("0123456789abcdef", 1, 2, [5], 0, [0], 3, 1, 0.0, 0.3), [5], [0])
    assert account.target_tokens == 3
    account.verdict(Verified("0123456789abcdef", 1, 3, [6, 7], 1, [1, 0], 1, 4, 0.0, 0.1), [6], [1])
    assert account.target_tokens == 7


def test_the_prompt_counts_for_no_pass() -> None:
    account = Account()
    account.verdict(Verified("0123456789abcdef", 1, 0, [5], 0, [0], 0, 0, 0.0, 0.3), [5], [0])
    assert account.target_tokens == 0
