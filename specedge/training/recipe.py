"""The nano pair from frames: target, exits, draft, in this order. `specedge train` calls these."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from transformers import PreTrainedModel, Qwen2VLConfig, Qwen2VLForConditionalGeneration

from specedge.errors import SpecedgeError
from specedge.models import nano
from specedge.models.ahead import AheadHead
from specedge.models.exits import ExitHeads
from specedge.models.fingerprint import own_fingerprint
from specedge.models.loading import load_model
from specedge.training.ahead import measure_ahead, train_ahead
from specedge.training.dataset import Frames
from specedge.training.exits import ExitQuality, calibrate, train_exits
from specedge.training.target import Learner, Schedule, deepen, train

FIRST_LAYERS = 6
"""Depth of the text model for most of its training: more of it costs examples."""
TARGET_LAYERS = 11
EXIT_LAYERS = (2, 5, 7)
"""Exits after 3, 6 and 8 of the layers (indices from zero)."""
EXIT_RANK = 64

LOOKING, LOOKING_AGAIN = 0.5, 0.1
"""Share of a draft's time for binding in which it learns to look: random weights, and trained ones,
of which only the heads that say what a cell shows are new."""
IMITATION = 0.3
"""Share of the time for commands in which a draft imitates its target, which costs three times what
the draft does; the expert's words teach it most of the language before."""
ARRIVED, DRIVEN = 0.2, 0.25
"""Shares of frames drawn from those in which something is reached, and from those where a model
drove, where commands are learnt."""


class WrongStart(SpecedgeError):
    """A saved model is not one that training can start from."""


@dataclass(frozen=True)
class TargetMinutes:
    """Wall-clock time of the four parts in which a target learns.

    Attributes:
        looking: To say what each cell of a frame shows.
        binding: To find the place of what is named.
        commands: To say whole commands.
        depth: To do so with all its layers.
    """

    looking: float = 20.0
    binding: float = 30.0
    commands: float = 60.0
    depth: float = 15.0


class _Course:
    """The parts of one training, each with a checkpoint of its own beside the folder.

    Args:
        frames, held_out: Folders of `specedge.training.frames`.
        folder: Where the model will be saved.
        start: The saved model that it begins with, if any.
    """

    def __init__(self, frames: Path, held_out: Path, folder: Path, start: Path | None) -> None:
        self._frames, self._held_out = Frames(frames), Frames(held_out)
        self._folder = folder
        self._checkpoints = folder.with_name(folder.name + "-checkpoints")
        self._checkpoints.mkdir(parents=True, exist_ok=True)
        self._origin = "random weights" if start is None else _named(start)
        self._steps = 0

    def part(
        self,
        name: str,
        learner: Learner,
        schedule: Schedule,
        seed: int,
        target: Path | None = None,
    ) -> None:
        """Trains for a schedule, and imitates a target if one is given."""
        teacher = load_model(target).network.requires_grad_(False) if target else None
        self._steps += train(
            learner,
            self._frames,
            self._held_out,
            schedule,
            self._checkpoints / f"{name}.pt",
            origin=f"{self._origin} and {_named(target)}" if target else self._origin,
            teacher=teacher,
            seed=seed,
        )

    def save(self, learner: Learner) -> None:
        """Saves what was learnt, and tells where that was nothing new."""
        nano.save_model(learner.model, self._folder)
        if not self._steps:
            print(
                f"{self._folder} was trained before, and has learnt nothing now: start from it "
                f"with another --out folder, or remove {self._checkpoints} to train it anew",
                flush=True,
            )


def train_target(
    frames: Path,
    held_out: Path,
    folder: Path,
    *,
    minutes: TargetMinutes,
    seed: int,
    start: Path | None = None,
) -> None:
    """Trains the target and saves it; an interrupted call goes on where it was.

    A finished one is not repeated, and that is said.

    Args:
        frames, held_out: Folders of `specedge.training.frames`.
        folder: Where the model is saved; checkpoints lie beside it.
        minutes: Of each part.
        seed: Of weights and questions.
        start: A saved target to start from, rather than random weights: its first layers, which
            know nearly all that the others do, or all of them where no minutes are for commands.
    """
    _prepare(seed)
    course = _Course(frames, held_out, folder, start)
    shallow = nano.target_config(nano.make_tokenizer(), layers=FIRST_LAYERS)
    learner = Learner(_first_model(start, shallow, seed))
    looking = Schedule(
        minutes=minutes.looking,
        learning_rate=1.2e-3,
        last_rate=8e-4,
        compact=1.0,
        batch=64,
        questions=0,
    )
    course.part("looking", learner, looking, seed)
    binding = Schedule(
        minutes=minutes.binding, last_rate=7e-4, compact=1.0, batch=48, questions=8, tokens=128
    )
    course.part("binding", learner, binding, seed + 1)
    commands = Schedule(
        minutes=minutes.commands,
        learning_rate=8e-4,
        last_rate=4e-4,
        compact=0.2,
        blind=0.25,
        arrived=ARRIVED,
        driven=DRIVEN,
    )
    course.part("commands", learner, commands, seed + 2)
    deeper = Learner(deepen(learner.model, TARGET_LAYERS))
    if start is not None and not minutes.commands:
        _take_layers(deeper.model, load_model(start).network, FIRST_LAYERS)
    deeper.cells.load_state_dict(learner.cells.state_dict())
    depth = Schedule(
        minutes=minutes.depth,
        learning_rate=6e-4,
        compact=0.3,
        blind=0.15,
        arrived=ARRIVED,
        driven=DRIVEN,
        batch=16,
    )
    course.part("depth", deeper, depth, seed + 3)
    course.save(deeper)


def train_draft(
    frames: Path,
    held_out: Path,
    target: Path,
    folder: Path,
    *,
    binding_minutes: float,
    minutes: float,
    seed: int,
    start: Path | None = None,
) -> None:
    """Trains a draft that imitates a target, and saves it.

    Args:
        frames, held_out, folder, seed: As above.
        target: Folder of the target.
        binding_minutes: Wall-clock time of looking and binding, `LOOKING` or `LOOKING_AGAIN` of
            it for the former.
        minutes: Of learning to say whole commands, the last `IMITATION` of them the target's.
        start: A saved draft to start from, rather than random weights.
    """
    _prepare(seed)
    course = _Course(frames, held_out, folder, start)
    learner = Learner(_first_model(start, nano.draft_config(nano.make_tokenizer()), seed))
    look = LOOKING if start is None else LOOKING_AGAIN
    looking = Schedule(
        minutes=binding_minutes * look, learning_rate=3e-3, last_rate=2e-3, compact=1.0, questions=0
    )
    course.part("looking", learner, looking, seed)
    binding = Schedule(
        minutes=binding_minutes * (1 - look),
        learning_rate=2e-3,
        last_rate=1.5e-3,
        compact=1.0,
        questions=8,
    )
    course.part("binding", learner, binding, seed)
    commands = Schedule(
        minutes=minutes * (1 - IMITATION),
        learning_rate=1.5e-3,
        last_rate=5e-4,
        compact=0.25,
        blind=0.2,
        arrived=ARRIVED,
        driven=DRIVEN,
    )
    course.part("commands", learner, commands, seed + 1)
    imitation = replace(commands, minutes=minutes * IMITATION, learning_rate=5e-4, last_rate=0.0)
    course.part("imitation", learner, imitation, seed + 2, target)
    course.save(learner)


def train_target_exits(
    frames: Path, held_out: Path, target: Path, *, minutes: float, seed: int, ahead: bool = True
) -> dict[int, ExitQuality]:
    """Trains exits and drafting head of a saved target, calibrates them and saves them with it.

    ``minutes`` for each of the two; without ``ahead`` there is no drafting head.
    """
    _prepare(seed)
    loaded = load_model(target)
    hidden = int(loaded.lm_head.weight.shape[1])
    exits = ExitHeads(hidden, EXIT_LAYERS, EXIT_RANK)
    loaded.network.requires_grad_(False)
    train_exits(loaded, exits, Frames(frames), minutes=minutes, seed=seed)
    quality = calibrate(loaded, exits, Frames(held_out))
    exits.save(target)
    for layer, measured in quality.items():
        print(f"exit after layer {layer}: {json.dumps(asdict(measured))}", flush=True)
    if ahead:
        head = AheadHead(hidden)
        train_ahead(loaded, head, Frames(frames), minutes=minutes, seed=seed)
        drafted = measure_ahead(loaded, head, Frames(held_out))
        print(f"drafting head: {json.dumps(asdict(drafted))}", flush=True)
        head.save(target)
    return quality


def _named(model: Path) -> str:
    """Says which model is meant, wherever it lies, and whatever was trained beside it."""
    return f"{model.name} {own_fingerprint(model)[:8]}"


def _first_model(
    start: Path | None, config: Qwen2VLConfig, seed: int
) -> Qwen2VLForConditionalGeneration:
    model = nano.make_model(config, seed)
    if start is not None:
        weights = load_model(start).network.state_dict()
        try:
            missing, _ = model.load_state_dict(weights, strict=False)
        except RuntimeError as error:
            raise WrongStart(
                f"{start} cannot be started from: its weights are larger or smaller"
            ) from error
        if missing:
            raise WrongStart(f"{start} lacks weights that training starts from: {missing[0]}, …")
    return model.train()


def _take_layers(
    model: Qwen2VLForConditionalGeneration, source: PreTrainedModel, first: int
) -> None:
    """Copies the text layers from index ``first`` on of a model of the same shape."""
    try:
        for own, other in zip(
            model.model.language_model.layers[first:],
            source.model.language_model.layers[first:],
            strict=True,
        ):
            own.load_state_dict(other.state_dict())
    except (RuntimeError, ValueError) as error:
        raise WrongStart(
            f"with no minutes for commands, training starts from a target of {TARGET_LAYERS} layers"
        ) from error


def _prepare(seed: int) -> None:
    torch.manual_seed(seed)
    torch.set_num_threads(max(1, torch.get_num_threads()))
    # One graph per padded length and layer width.
    torch._dynamo.config.recompile_limit = 128
