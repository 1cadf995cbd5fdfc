"""One model's commands, decoded within this process."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
from PIL import Image

from specedge.commands import Command, Context, grammar, parse
from specedge.commands.circles import Circles
from specedge.decoding.acceptance import Sampling
from specedge.decoding.grammar import CommandGrammar
from specedge.decoding.target import TargetEngine
from specedge.models.loading import load_model

_JPEG_QUALITY = 90


class ModelPolicy:
    """One model's commands, decoded at temperature 0 within this process, or by lot in a circle.

    With the target this is the text of every mode but ``edge``; with the draft it is that of
    ``edge``.

    Raises:
        ModelNotFound: the folder is not a model.
    """

    def __init__(self, model: Path) -> None:
        loaded = load_model(model)
        self._engine = TargetEngine(loaded, None, CommandGrammar(loaded.tokenizer, grammar()))
        self._never = threading.Event()
        self._circles = Circles()
        self._turns = 0

    def __call__(self, frame: np.ndarray, context: Context) -> Command:
        """Returns the command for a frame, uint8 [height, width, 3]."""
        if not context.last_command:
            self._circles, self._turns = Circles(), 0
        sampling = Sampling(self._circles.temperature(0.0), seed=self._turns)
        jpeg = io.BytesIO()
        Image.fromarray(frame).save(jpeg, "JPEG", quality=_JPEG_QUALITY)
        turn = self._engine.begin(jpeg.getvalue(), context, sampling, self._never)
        while not turn.state.complete:
            turn.verify(turn.version, [])
        text = turn.state.text()
        self._circles.note(context.last_command, text)
        self._turns += 1
        return parse(text)

    def close(self) -> None:
        """Lets go of the model."""
        self._engine.close()

    def __enter__(self) -> ModelPolicy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
