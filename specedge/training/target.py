"""Training the target: looking first, then binding of names to places, then whole commands.

Straight to commands, a model of this size learns to search, approach and stop, but not which object
was named. So each visual token is first taught what its own cell shows, in the embeddings of the
very words that an answer uses; then compact questions teach which token a name means; then come
whole commands; and at the end the text model is deepened by layers that change nothing until they
have learnt something.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Qwen2VLForConditionalGeneration

from specedge.models import nano
from specedge.training.checkpoints import load_checkpoint, save_checkpoint
from specedge.training.dataset import CELL_WORDS, NOTHING, Batch, Frames
from specedge.training.forward import FramesForward
from specedge.training.measure import measure
from specedge.training.muon import Muon
from specedge.training.packing import IGNORED, Packer
from specedge.training.precision import autocast
from specedge.training.questions import Asker

PLACING_LAYER = 1
"""Decoder layer after which an image's token knows its own place, and so the bearing it shows.

The vision tower's rotary positions are relative; in the decoder, the vision-start token at position
zero is an anchor from which a layer can tell absolute ones.
"""
CELL_WEIGHT = 0.5
"""Weight of the loss on what each cell shows; dense, and it teaches the vision tower fastest."""
KIND_WEIGHT = 3.0
"""Of a cell's kind among its words: shapes take longer to learn than colours."""


@dataclass(frozen=True)
class Schedule:
    """One part of training.

    Attributes:
        minutes: Wall-clock time of this part.
        learning_rate: Peak, reached after ``warm_up`` steps and lowered by a cosine.
        compact, blind: Shares of batches of these forms of questions.
        arrived, driven: Shares of frames drawn from those in which something is reached, and from
            those where a model drove.
        batch, questions: Frames a step and questions a frame; without questions only what each
            cell shows is learnt.
        tokens: Of a frame and its questions, at most; those that do not fit are left out.
    """

    minutes: float
    learning_rate: float = 1e-3
    last_rate: float = 0.0
    compact: float = 0.0
    blind: float = 0.0
    arrived: float = 0.0
    driven: float = 0.0
    batch: int = 32
    questions: int = 8
    tokens: int = 256
    warm_up: int = 20

    @property
    def pace(self) -> str:
        """All of it but the minutes, of which a later call may give more."""
        return ", ".join(f"{k} {v}" for k, v in asdict(self).items() if k != "minutes")


class CellHead(nn.Module):
    """Says one word of what a cell shows, in the words' own embeddings.

    A cell that shows something red at 25 degrees is drawn towards the embeddings of both words. So
    a name in the prompt finds its place by likeness, and the answer is copied from there: binding
    is then within reach of a small text model.

    Args:
        words: Classes, as they stand in a text; without a space in front, both spellings are meant
            where both are words of the tokenizer's own list.
        nothing: Whether class 0, before the words, stands for a cell without an object.
    """

    def __init__(self, words: tuple[str, ...], hidden: int, nothing: bool) -> None:
        super().__init__()
        tokenizer = nano.make_tokenizer()
        spellings = [words]
        if nothing:
            spellings.append(tuple(f" {word}" for word in words))
        self._ids = [[tokenizer(word).input_ids for word in spelling] for spelling in spellings]
        if any(len(ids) != 1 for spelling in self._ids for ids in spelling):
            raise ValueError(f"some of {words} is more than one token")
        self.nothing = nn.Parameter(torch.zeros(int(nothing), hidden))
        self.scale = nn.Parameter(torch.tensor(2.0))

    def forward(self, visual: Tensor, embedding: Tensor, classes: Tensor) -> Tensor:
        """Mean loss of [B, cells, hidden] visual tokens on [B, cells] classes."""
        seen = functional.rms_norm(visual.float(), visual.shape[-1:]) * self.scale
        total = visual.new_zeros(())
        for ids in self._ids:
            rows = torch.cat((self.nothing, embedding[torch.tensor(ids)[:, 0]]))
            total = total + functional.cross_entropy(
                functional.linear(seen, rows).flatten(0, 1), classes.flatten(), reduction="sum"
            )
        return total / len(self._ids) / (classes != IGNORED).sum().clamp(min=1)


class Learner(nn.Module):
    """A model in training with the heads that say what each cell shows."""

    def __init__(self, model: Qwen2VLForConditionalGeneration) -> None:
        super().__init__()
        # The fused attention's gradient is slow on a CPU; weights and outputs are the same.
        model.set_attn_implementation("eager")
        self.model = model
        hidden = model.config.text_config.hidden_size
        self.cells = nn.ModuleDict(
            {word: CellHead(words, hidden, word in NOTHING) for word, words in CELL_WORDS.items()}
        )

    def losses(
        self,
        forward: FramesForward,
        batch: Batch,
        teacher: FramesForward | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Returns the mean loss on answers and the summed one on what each cell shows.

        A teacher is imitated as well.
        """
        packed = batch.packed
        visual = forward.visual_tokens(batch.frames)
        asked = packed.labels != IGNORED
        states = forward.layer_states(
            visual,
            packed.tokens,
            packed.positions,
            packed.mask,
            layers=None if asked.any() else PLACING_LAYER + 1,
        )
        # The image's places follow the vision-start token, whose place anchors theirs.
        placed = states[min(PLACING_LAYER, len(states) - 1)][:, 1 : 1 + visual.shape[1]]
        with torch.autocast("cpu", enabled=False):
            words = self.model.model.language_model.embed_tokens.weight
            cells = [
                head(visual if word in NOTHING else placed, words, batch.cells[word])
                * (KIND_WEIGHT if word == "kind" else 1.0)
                for word, head in self.cells.items()
            ]
        if not asked.any():
            return visual.new_zeros(()), torch.stack(cells).sum()
        logits = forward.logits(states[-1][asked])
        each = functional.cross_entropy(logits.float(), packed.labels[asked], reduction="none")
        answers = (each * packed.weights[asked]).sum() / packed.weights[asked].sum()
        if teacher is not None:
            answers = answers + distance(logits, teacher, batch, asked)
        return answers, torch.stack(cells).sum()


def distance(logits: Tensor, teacher: FramesForward, batch: Batch, asked: Tensor) -> Tensor:
    """Mean Kullback-Leibler divergence from a teacher's tokens to these, [places, vocabulary]."""
    packed = batch.packed
    with torch.no_grad():
        visual = teacher.visual_tokens(batch.frames)
        hidden = teacher.layer_states(visual, packed.tokens, packed.positions, packed.mask)[-1]
        wanted = functional.log_softmax(teacher.logits(hidden[asked]).float(), -1)
    said = functional.log_softmax(logits.float(), -1)
    return functional.kl_div(said, wanted, log_target=True, reduction="batchmean")


def deepen(model: Qwen2VLForConditionalGeneration, layers: int) -> Qwen2VLForConditionalGeneration:
    """Returns a model with more layers that says the same: the new ones add nothing yet.

    Each block of a transformer adds to the residual stream, so a layer whose output projections are
    zero is the identity (as in the progressive stacking of Gong et al. 2019, without the copies).
    """
    config = nano.target_config(nano.make_tokenizer(), layers=layers)
    deeper = nano.make_model(config, seed=layers)
    deeper.load_state_dict(model.state_dict(), strict=False)
    known = len(model.model.language_model.layers)
    for layer in deeper.model.language_model.layers[known:]:
        nn.init.zeros_(layer.self_attn.o_proj.weight)
        nn.init.zeros_(layer.mlp.down_proj.weight)
    return deeper.train()


CELL_RATE = 10.0
"""Learning rate of the cells' few own numbers, which have far to go, relative to the others'."""


def optimizers(learner: Learner) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Muon for the matrices of hidden layers, AdamW without decay for all else."""
    matrices: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, parameter in learner.model.named_parameters():
        hidden = parameter.ndim == 2 and "embed_tokens" not in name
        (matrices if hidden else others).append(parameter)
    groups = [
        {"params": others, "relative": 1.0},
        {"params": list(learner.cells.parameters()), "relative": CELL_RATE},
    ]
    adamw = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.98), weight_decay=0.0)
    return Muon(matrices), adamw


def train(
    learner: Learner,
    frames: Frames,
    held_out: Frames,
    schedule: Schedule,
    checkpoint: Path,
    *,
    origin: str = "random weights",
    teacher: Qwen2VLForConditionalGeneration | None = None,
    seed: int = 0,
    compiled: bool = True,
) -> int:
    """Trains for a schedule; resumes from the checkpoint when there is one.

    Args:
        learner: Trained in place.
        frames: To train on.
        held_out: To measure on, once in a while; one line each.
        schedule: What to ask and for how long.
        checkpoint: File to resume from and to save to; its name is that of this part.
        origin: What the whole training began with, and learns from beside frames.
        teacher: A model to imitate, for a draft.
        seed: Of the questions and their order.
        compiled: Whether the learner's layers are compiled.

    Returns:
        Steps that this call took; 0 when all minutes had been spent before.

    Raises:
        WrongCheckpoint: the checkpoint is of another training.
    """
    identity = f"{checkpoint.stem} of seed {seed} from {origin}, {schedule.pace}"
    tokenizer = nano.make_tokenizer()
    forward = FramesForward(learner.model, compiled)
    # Two models at every padded length take longer to compile than a draft takes to train.
    imitated = FramesForward(teacher) if teacher is not None else None
    optimisers = optimizers(learner)
    spent, step = 0.0, 0
    if checkpoint.exists():
        state = load_checkpoint(checkpoint, identity, "--out")
        learner.load_state_dict(state["learner"])
        for optimiser, saved_state in zip(optimisers, state["optimizers"], strict=True):
            optimiser.load_state_dict(saved_state)
        spent, step = state["spent"], state["step"]
    begun_at = step
    asker = Asker(seed + step, compact=schedule.compact, blind=schedule.blind)
    batches = frames.batches(
        asker,
        Packer(tokenizer, schedule.tokens),
        schedule.batch,
        schedule.questions,
        seed + step,
        schedule.arrived,
        schedule.driven,
    )
    learner.train()
    total = schedule.minutes * 60
    saved = measured = spent
    answers_mean = cells_mean = math.nan
    while spent < total:
        begun = time.monotonic()
        falling = (1 + math.cos(math.pi * spent / total)) / 2
        rate = schedule.last_rate + (schedule.learning_rate - schedule.last_rate) * falling
        rate *= min(1.0, (step + 1) / schedule.warm_up)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate * group.get("relative", 1.0)
        with autocast():
            answers, cells = learner.losses(forward, next(batches), imitated)
            loss = answers + CELL_WEIGHT * cells
        loss.backward()
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        step += 1
        answers_mean = _smooth(answers_mean, float(answers.detach()))
        cells_mean = _smooth(cells_mean, float(cells.detach()))
        # A machine that was held up for a while has not trained meanwhile.
        spent += min(time.monotonic() - begun, 60.0)
        if spent - measured > 150 or spent >= total:
            measured = spent
            found = measure(learner.model, held_out, compact=schedule.compact > 0.5)
            print(
                f"{spent / 60:6.1f} min  step {step:6d}  loss {answers_mean:.3f} "
                f"cells {cells_mean:.3f}  {found}",
                flush=True,
            )
        if spent - saved > 120 or spent >= total:
            saved = spent
            state = {
                "learner": learner.state_dict(),
                "optimizers": [optimiser.state_dict() for optimiser in optimisers],
                "spent": spent,
                "step": step,
            }
            save_checkpoint(checkpoint, identity, state)
    return step - begun_at


def _smooth(mean: float, value: float) -> float:
    return value if math.isnan(mean) else 0.98 * mean + 0.02 * value
