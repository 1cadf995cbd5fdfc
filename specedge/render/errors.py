"""What can be wrong with a run that is to be shown."""

from __future__ import annotations

from specedge.errors import SpecedgeError


class RenderError(SpecedgeError):
    """A video or picture cannot be made."""
