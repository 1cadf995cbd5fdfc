"""Exits, drafting head and draft of a pair named on the command line, from reading to saving."""

from __future__ import annotations

import gc
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from specedge.commands import grammar
from specedge.decoding.grammar import CommandGrammar
from specedge.errors import SpecedgeError
from specedge.models.ahead import AheadHead
from specedge.models.exits import DEFAULT_RANK, ExitHeads
from specedge.models.fingerprint import own_fingerprint
from specedge.models.loading import LoadedModel, load_model
from specedge.models.placement import Placement
from specedge.models.tokenizer import load_tokenizer
from specedge.outputs import require_folder
from specedge.training.exits import ExitQuality
from specedge.training.pairs.ahead import AheadTraining, train_pair_ahead
from specedge.training.pairs.answers import Answer, AnswerFile
from specedge.training.pairs.cost import seconds_per_token
from specedge.training.pairs.draft import DraftTraining, save_draft
from specedge.training.pairs.exits import ExitTraining, default_layers
from specedge.training.pairs.loop import Schedule
from specedge.training.pairs.samples import Sample, read_samples, split


class BadPair(SpecedgeError):
    """Two models that cannot be a pair, or a training of them that cannot be."""


@dataclass(frozen=True)
class PairData:
    """What a pair is trained on.

    Attributes:
        paths: Bags, run folders, or folders with a list of samples.
        work: Folder of the target's answers and of checkpoints, which a second call goes on from.
        every: Seconds between samples of a bag that has goals but no commands.

    Raises:
        BadPair: there are no such seconds.
    """

    paths: tuple[Path, ...]
    work: Path
    every: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.every) and self.every > 0.0):
            raise BadPair(f"--every {self.every} is not a number of seconds above 0")


@dataclass(frozen=True)
class DraftQuality:
    """What distilling a draft has given.

    Attributes:
        acceptance_before, acceptance: Share of the target's held-out choices that the draft
            drafts, before and after; tokens that the grammar forces are not counted.
        target_ms, draft_ms: Time of a pass over one token.
        cost_ratio: The draft's of these to the target's.
        parameter_ratio: The draft's parameters to the target's.
    """

    acceptance_before: float
    acceptance: float
    target_ms: float
    draft_ms: float
    cost_ratio: float
    parameter_ratio: float


def train_pair_exits(
    target: str,
    data: PairData,
    folder: Path | None,
    placement: Placement,
    schedule: Schedule,
    *,
    layers: Sequence[int] = (),
    rank: int = DEFAULT_RANK,
    ahead: bool = True,
) -> dict[int, ExitQuality]:
    """Trains exits and drafting head of a target, calibrates them and saves them.

    Args:
        target: Folder or Hugging Face name; it is not changed.
        data: What to train on.
        folder: Where they are saved; by default with the target.
        placement: Where the target is loaded.
        schedule: How long and how fast.
        layers: Decoder layers to read; by default after a quarter, half and three quarters.
        rank: Of the adapters.
        ahead: Whether the drafting head is trained too, after the exits.

    Raises:
        BadPair: a target from the hub has no folder, or has no such layers.
        CannotWrite: a folder cannot be made.
    """
    if folder is None and not Path(target).is_dir():
        raise BadPair(f"{target} is no folder to save exits in: say where, with --out FOLDER")
    folder = folder or Path(target)
    training, held_out = split(read_samples(data.paths, data.every))
    require_folder("--out", folder)
    require_folder("--work", data.work)
    loaded = load_model(target, placement.device, placement.dtype, placement.quantise)
    depth = len(loaded.layers)
    chosen = tuple(sorted(set(layers))) or default_layers(depth)
    if not all(0 <= layer < depth - 1 for layer in chosen):
        raise BadPair(f"exits of {target} lie at layers 0 to {depth - 2}, not {chosen}")
    rules = CommandGrammar(loaded.tokenizer, grammar())
    answers = _answers(loaded, rules, data.work, [*training, *held_out])
    hidden = int(loaded.lm_head.weight.shape[1])
    learnt, unseen = _asked(training, answers), _asked(held_out, answers)
    torch.manual_seed(schedule.seed)
    exits = ExitHeads(hidden, chosen, rank)
    learning = ExitTraining(loaded, exits, rules, learnt, unseen, schedule)
    before = learning.agreement()
    learning.run(data.work / "exits.pt")
    quality = learning.calibrate()
    exits.save(folder)
    for layer, measured in quality.items():
        found = {"agreement_before": before[layer], **asdict(measured)}
        print(f"exit after layer {layer}: {json.dumps(found)}", flush=True)
    if ahead:
        torch.manual_seed(schedule.seed)
        head = AheadHead(hidden)
        drafting = AheadTraining(loaded, head, rules, learnt, unseen, schedule)
        train_pair_ahead(drafting, data.work / "ahead.pt")
        head.save(folder)
    return quality


def train_pair_draft(
    target: str,
    draft: str,
    data: PairData,
    folder: Path,
    placement: Placement,
    schedule: Schedule,
    *,
    save_memory: bool = False,
) -> DraftQuality:
    """Distils a draft from what its target answers, and saves it.

    The two are loaded one after the other, never together.

    Args:
        target, draft: Folders or Hugging Face names.
        data: What to train on.
        folder: Where the draft is saved.
        placement: Where models are loaded; the draft in float32.
        schedule: How long and how fast.
        save_memory: As in `DraftTraining`.

    Raises:
        BadPair: the two do not share a tokenizer.
        CannotWrite: a folder cannot be made.
    """
    if load_tokenizer(target).fingerprint != load_tokenizer(draft).fingerprint:
        raise BadPair(
            f"{draft} cannot draft for {target}: their tokenizers differ, so their tokens mean "
            "different things; take a draft of the same family"
        )
    training, held_out = split(read_samples(data.paths, data.every))
    require_folder("--out", folder)
    require_folder("--work", data.work)
    loaded = load_model(target, placement.device, placement.dtype, placement.quantise)
    rules = CommandGrammar(loaded.tokenizer, grammar())
    answers = _answers(loaded, rules, data.work, [*training, *held_out])
    target_seconds, target_size = (
        seconds_per_token(loaded, held_out[0]),
        loaded.network.num_parameters(),
    )
    del loaded
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()

    torch.manual_seed(schedule.seed)
    learner = load_model(draft, placement.device, "float32")
    learning = DraftTraining(
        learner,
        rules,
        _asked(training, answers),
        _asked(held_out, answers),
        schedule,
        save_memory=save_memory,
    )
    before = learning.acceptance()
    learning.run(data.work / "draft.pt", target)
    after = learning.acceptance()
    size = learner.network.num_parameters()
    save_draft(learner, folder)
    del learner, learning
    saved = load_model(folder, placement.device, placement.dtype)
    draft_seconds = seconds_per_token(saved, held_out[0])
    quality = DraftQuality(
        round(before, 4),
        round(after, 4),
        round(1e3 * target_seconds, 3),
        round(1e3 * draft_seconds, 3),
        round(draft_seconds / target_seconds, 4),
        round(size / target_size, 4),
    )
    print(f"draft in {folder}: {json.dumps(asdict(quality))}", flush=True)
    return quality


def _answers(
    loaded: LoadedModel, rules: CommandGrammar, work: Path, samples: Sequence[Sample]
) -> AnswerFile:
    answers = AnswerFile(
        work / "answers.jsonl",
        loaded.name,
        loaded.tokenizer.fingerprint,
        own_fingerprint(Path(loaded.name)),
    )
    answers.add(loaded, rules, samples)
    return answers


def _asked(samples: Sequence[Sample], answers: AnswerFile) -> list[tuple[Sample, Answer]]:
    return [(sample, answer) for sample in samples for answer in answers.of(sample)]
