"""Turns over an encrypted link, and none for those without the key."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from specedge.commands import Context
from specedge.edge.client import EdgeDecoder
from specedge.edge.decoder import DecoderSettings, TurnResult, VerifierLost
from specedge.models.loading import LoadedModel
from specedge.protocol.security import CurveKeys, make_keys, robot_keys, verifier_keys
from specedge.verifier.server import VerifierServer
from tests.decoding import pair

PATIENT = 20.0
"""Seconds of silence that are no failure here: other tests use the same processors."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def server(target: LoadedModel, key: tuple[Path, Path]) -> Iterator[VerifierServer]:
    engine = pair.engine(target)
    with VerifierServer(engine, "tcp://127.0.0.1:*", verifier_keys(key[1])) as server:
        yield server
    engine.close()


def decode(
    cloud: str, draft: LoadedModel, keys: CurveKeys | None, patience: float = PATIENT
) -> TurnResult:
    settings = DecoderSettings(
        mode="streaming", cloud=cloud, silence=PATIENT, connect_timeout=patience, keys=keys
    )
    decoder = EdgeDecoder(
        settings,
        "draft",
        pair.commands(draft),
        lambda on_draft: pair.ThreadDrafter(draft, on_draft),
    )
    with contextlib.closing(decoder):
        return decoder.decode(
            pair.frame(0),
            Context("go to the red chair"),
            seed=0,
            temperature=0.0,
            on_event=lambda event: None,
            cancel=threading.Event(),
        )


def test_a_robot_with_the_key_is_answered(
    server: VerifierServer, draft: LoadedModel, key: tuple[Path, Path]
) -> None:
    before = server.counters.turns
    assert decode(server.endpoint, draft, robot_keys(key[0])).text.endswith(".")
    assert server.counters.turns == before + 1


@pytest.mark.parametrize("has", ["no key", "another key"])
def test_a_robot_without_it_is_not_and_is_told_what_to_look_at(
    server: VerifierServer, draft: LoadedModel, tmp_path: Path, has: str
) -> None:
    keys = robot_keys(make_keys(tmp_path)[0]) if has == "another key" else None
    before = server.counters.turns
    with pytest.raises(VerifierLost, match="key"):
        decode(server.endpoint, draft, keys, patience=1.0)
    assert server.counters.turns == before
