"""Decodes a recorded run again: does it say the same, and can every motion be explained?"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from specedge.edge.decoder import Decoder, TurnCancelled, TurnFailed, VerifierLost
from specedge.models.fingerprint import fingerprint
from specedge.replay.bags import Bag
from specedge.replay.decoders import Models, open_decoders
from specedge.replay.errors import ReplayError
from specedge.replay.recorded import RecordedTurn, recorded_turns
from specedge.replay.replay import Watcher
from specedge.replay.topics import image_topic
from specedge.replay.trace_records import Difference, Verification
from specedge.replay.tracing import Tracer
from specedge.replay.turns import Frame, Selection, Turns
from specedge.stack.report import SUMMARY_FILE


class OtherModels(ReplayError):
    """The models here are not those of the recording, which is all that can be wrong."""


def verify(path: Path, models: Models, cancel: threading.Event, watcher: Watcher) -> Verification:
    """Decodes every turn of a recorded run again with the same models, seeds and contexts.

    Args:
        path: A run folder, or its bag, converted or not.
        models: Which models to use; without a folder those that the recording names.
        cancel: Ends it early when set; the result is then partial.
        watcher: Told how many turns there are.

    Raises:
        ReplayError: it is no recording of this stack, or one of other models.
        SpecedgeError: nothing could be decoded.
    """
    summary = read_summary(path)
    models = _recorded_models(models, summary)
    known = _check_models(models, summary)
    with Bag(path) as bag:
        recorded = {
            key: turn for key, turn in recorded_turns(bag).items() if turn.context is not None
        }
        if not recorded:
            raise ReplayError(
                f"{bag.path} is no recording that can be verified: it has no command that tells "
                "what it was decoded with"
            )
        camera = image_topic(bag.types, bag.counts)
        tracer = Tracer(bag, camera)
        traces = tracer.traces()
        watcher.begun(len(recorded))
        turns = Turns(bag, Selection(camera), recorded)
        modes = tuple(dict.fromkeys(turn.command.mode for turn in recorded.values()))
        with open_decoders(modes, models) as decoders:
            same, differences = _decode(turns, decoders, cancel, watcher)
        return Verification(
            bag=str(path),
            turns=len(recorded),
            same=same,
            motions=tracer.motions,
            differences=tuple(differences),
            untraced=tuple(tracer.untraced),
            models_known=known,
            partial=cancel.is_set(),
            problems=(*turns.problems, *bag.endings()),
            traces=traces,
        )


def read_summary(path: Path) -> Mapping[str, Any]:
    """Returns the summary of the run that a bag belongs to; empty when there is none by it."""
    for file in (path / SUMMARY_FILE, path.parent / SUMMARY_FILE):
        if file.is_file():
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
            except ValueError as error:
                raise ReplayError(f"{file} is damaged: {error}") from None
            return content if isinstance(content, dict) else {}
    return {}


def _recorded_models(models: Models, summary: Mapping[str, Any]) -> Models:
    named = Path(summary.get("models") or "")
    if models.folder is None and (named / "draft").is_dir():
        return replace(models, folder=named)
    return models


def _check_models(models: Models, summary: Mapping[str, Any]) -> bool:
    """Compares the models with those of the recording; returns whether it tells them."""
    recorded = summary.get("model_fingerprints") or {}
    for role, expected in recorded.items():
        if expected and fingerprint(models.pair / role) != expected:
            raise OtherModels(
                f"{models.pair / role} is not the {role} that the run was recorded with; "
                "give the folder of its pair with --models"
            )
    return any(recorded.values())


def _decode(
    turns: Turns, decoders: Mapping[str, Decoder], cancel: threading.Event, watcher: Watcher
) -> tuple[int, list[Difference]]:
    same, differences = 0, []
    for frame in turns:
        turn = frame.recorded
        if turn is None:
            continue
        try:
            difference = _difference(frame, turn, decoders[turn.command.mode], cancel)
        except TurnCancelled:
            break
        watcher.advanced(turn.command.text)
        if difference is None:
            same += 1
        else:
            differences.append(difference)
    return same, differences


def _difference(
    frame: Frame, turn: RecordedTurn, decoder: Decoder, cancel: threading.Event
) -> Difference | None:
    assert turn.context is not None
    recorded, replayed, error = turn.command.text, "", ""
    try:
        replayed = decoder.decode(
            frame.jpeg,
            turn.context,
            seed=turn.seed,
            temperature=turn.temperature,
            on_event=lambda event: None,
            cancel=cancel,
        ).text
    except (TurnFailed, VerifierLost) as failure:
        error = str(failure)
    # Of a turn that was cut short, the recording has the beginning.
    compared = replayed if turn.complete else replayed[: len(recorded)]
    if compared == recorded:
        return None
    pairs = zip(recorded, compared, strict=False)
    place = next((index for index, (one, two) in enumerate(pairs) if one != two), len(compared))
    return Difference(turn.command.turn, frame.number, place, recorded, replayed, error)
