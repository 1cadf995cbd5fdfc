"""A tiny pair with random weights whose texts depend on the frame, and servers for it."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
import torch
import zmq
from PIL import Image

from specedge.commands import grammar
from specedge.decoding.draft import DraftEngine
from specedge.decoding.grammar import CommandGrammar
from specedge.decoding.target import TargetEngine
from specedge.edge.draft_messages import BeginDraft, Candidate, Expand, Expanded, ToDraft
from specedge.edge.draft_process import DraftService
from specedge.edge.drafter import DraftLink, OnDraft
from specedge.models import nano
from specedge.models.exits import ExitHeads
from specedge.models.loading import LoadedModel, load_model

LAYERS = 4
EXITS = (0, 2)


def save_pair(folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """Saves a target with exits, and a draft that is the target slightly spoilt."""
    config = nano.draft_config(nano.make_tokenizer())
    config.text_config.num_hidden_layers = LAYERS
    config.text_config.layer_types = ["full_attention"] * LAYERS
    model = nano.make_model(config, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            # At the usual scale a random model hardly looks at what it reads.
            if parameter.ndim > 1:
                parameter.mul_(4.0)
    target, draft = folder / "target", folder / "draft"
    nano.save_model(model, target)
    ExitHeads(config.text_config.hidden_size, EXITS, rank=4).save(target)
    with torch.no_grad():
        for parameter in model.parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.add_(0.1 * parameter.std() * noise if parameter.ndim > 1 else 0.0 * noise)
    nano.save_model(model, draft)
    return target, draft


def load(folder: Path) -> LoadedModel:
    """Loads a model with one thread, so that times are steady."""
    torch.set_num_threads(1)
    return load_model(folder)


def commands(model: LoadedModel) -> CommandGrammar:
    """Compiles the command grammar for a model; names are short, to keep the tests so."""
    return CommandGrammar(model.tokenizer, grammar().replace("{1,16}", "{1,4}"))


def frame(seed: int) -> bytes:
    """A JPEG frame of random blocks; another one for each seed."""
    blocks = np.random.default_rng(seed).integers(0, 255, (8, 14, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(blocks).resize((nano.FRAME_WIDTH, nano.FRAME_HEIGHT), 0).save(data, "JPEG")
    return data.getvalue()


class ThreadDrafter(DraftLink):
    """The draft model's service in a thread instead of a process."""

    def __init__(self, model: LoadedModel, on_draft: OnDraft) -> None:
        super().__init__(on_draft)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(model,))
        self._thread.start()

    def _serve(self, model: LoadedModel) -> None:
        with zmq.Context() as context, context.socket(zmq.PAIR) as socket:
            socket.connect(self.endpoint)
            DraftService(DraftEngine(model, commands(model)), socket).serve(self._ended)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        super().close()


class GarbageDrafter:
    """Answers at once with whatever the dice say, allowed by the grammar or not."""

    lost = ""

    def __init__(self, vocabulary: int, on_draft: OnDraft) -> None:
        self.settled = threading.Event()
        self.settled.set()
        self._on_draft = on_draft
        self._dice = np.random.default_rng(0)
        self._vocabulary = vocabulary

    def wait_ready(self, timeout: float) -> None:
        """It always is."""

    def send(self, message: ToDraft, *frames: bytes) -> None:
        assert not frames or isinstance(message, BeginDraft)
        if isinstance(message, Expand):
            texts = [list(prefix) for prefix in message.prefixes]
            for _ in range(message.steps):
                said = [self._say(message.width) for _ in texts]
                prefixes = [list(text) for text in texts]
                self._on_draft(Expanded(message.turn, message.request, prefixes, said, 0.001))
                for text, candidates in zip(texts, said, strict=True):
                    text.append(candidates[0].token)

    def _say(self, width: int) -> list[Candidate]:
        tokens = self._dice.integers(0, self._vocabulary, width)
        return [Candidate(int(token), float(self._dice.random()), False) for token in tokens]

    def close(self) -> None:
        """There is nothing to end."""


def engine(target: LoadedModel, *, exits: bool = True) -> TargetEngine:
    """A target engine with exits that are not trained."""
    hidden = target.lm_head.weight.shape[1]
    heads = ExitHeads(hidden, EXITS, rank=4).eval().requires_grad_(False) if exits else None
    return TargetEngine(target, heads, commands(target))
