from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from specedge.edge.decoder import Decoder
from specedge.replay import replay, verify
from tests.replay.deciding import HashDecoder


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> HashDecoder:
    """One decoder without models that decodes every mode."""
    decoder = HashDecoder()

    @contextmanager
    def opened(modes: tuple[str, ...], _: object) -> Iterator[Mapping[str, Decoder]]:
        yield dict.fromkeys(modes, decoder)

    for module in (replay, verify):
        monkeypatch.setattr(module, "open_decoders", opened)
    return decoder
