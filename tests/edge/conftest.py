from __future__ import annotations

from tests.decoding.conftest import draft, folders, target

__all__ = ["draft", "folders", "target"]
