"""What can be wrong with a bag or with what is asked of it."""

from __future__ import annotations

from specedge.errors import SpecedgeError


class ReplayError(SpecedgeError):
    """A replay cannot be made."""


class BagUnreadable(ReplayError):
    """A path is no bag, or so damaged that nothing of it can be read."""


class WrongTopic(ReplayError):
    """A topic is not there, is of another type, or is one of several that would do."""


class BadImage(ReplayError):
    """An image message that holds no picture; the message names topic and frame."""
