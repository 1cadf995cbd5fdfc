"""Distilling a draft from what its target answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from specedge.decoding.grammar import CommandGrammar
from specedge.models.loading import LoadedModel
from specedge.models.tokenizer import locate
from specedge.training.pairs.answers import MOST_MEASURED, Answer, Asked
from specedge.training.pairs.forward import AnswerForward, allowed_mask
from specedge.training.pairs.loop import Course, Schedule, train
from specedge.training.pairs.samples import Sample

LEAST_SHARE = 1e-4
"""Below this, what a target gives to all unnamed tokens is rounding."""
_COMPANIONS = ("*.json", "*.jinja", "*.txt", "*.model")
_NOT_COMPANIONS = ("config.json", "model.safetensors.index.json", "exits.json", "ahead.json")


class DraftTraining:
    """Trains a draft in place to choose what its target chooses.

    The loss is the cross entropy of the target's choices and the divergence from its probabilities
    (Hinton et al. 2015), both among the tokens that the grammar allows, as the draft is used.

    Args:
        draft: Trained in place; loaded in float32.
        grammar: The command grammar.
        training, held_out: Samples with the target's answers.
        schedule: How long and how fast.
        save_memory: Leaves the vision tower as it is, and computes activations twice rather than
            keeping them.
    """

    def __init__(
        self,
        draft: LoadedModel,
        grammar: CommandGrammar,
        training: Sequence[Asked],
        held_out: Sequence[Asked],
        schedule: Schedule,
        *,
        save_memory: bool = False,
    ) -> None:
        self._draft = draft
        self._grammar = grammar
        self._training = training
        # How often drafted tokens will stand is told by the texts that the target writes.
        self._held_out = [asked for asked in held_out if asked[1].own][:MOST_MEASURED]
        self._schedule = schedule
        self._part = " but for its vision tower" if save_memory else ""
        self._forward = AnswerForward(draft)
        if save_memory:
            draft.network.requires_grad_(False)
            draft.network.get_decoder().requires_grad_(True)
            draft.lm_head.requires_grad_(True)
            draft.network.gradient_checkpointing_enable({"use_reentrant": False})

    def run(self, checkpoint: Path, target: str) -> int:
        """Trains to the end of the schedule; returns the steps that this call took."""
        network = self._draft.network
        course = Course(
            "draft",
            network,
            [answer.digest for _, answer in self._training],
            self._loss,
            lambda: f"acceptance {self.acceptance():.3f}",
            self._draft.device,
            checkpoint,
            f"draft {self._draft.name}{self._part} of {target}",
        )
        network.train()
        try:
            return train(course, self._schedule)
        finally:
            network.eval()

    @torch.no_grad()
    def acceptance(self) -> float:
        """Returns the share of the target's held-out choices that the draft would draft."""
        network, was_training = self._draft.network, self._draft.network.training
        network.eval()
        right = total = 0
        for sample, answer in self._held_out:
            choices = torch.tensor(answer.choices)
            right += int((self._logits(sample, answer).argmax(-1).cpu() == choices).sum())
            total += len(choices)
        network.train(was_training)
        return right / total

    def _logits(self, sample: Sample, answer: Answer) -> Tensor:
        prompt = self._draft.prompts.make(sample.frame, sample.context)
        with self._schedule.autocast(self._draft.device):
            logits, _ = self._forward.read(prompt, answer)
        return logits.float() + allowed_mask(self._grammar, answer, logits)

    def _loss(self, index: int) -> Tensor:
        sample, answer = self._training[index]
        said = functional.log_softmax(self._logits(sample, answer), -1)
        choices = torch.tensor(answer.choices, device=said.device)
        return functional.nll_loss(said, choices) + divergence(said, answer)


def divergence(said: Tensor, answer: Answer) -> Tensor:
    """Returns the mean Kullback-Leibler divergence from a target's choices to a draft's.

    All tokens that the answer does not name count as one.

    Args:
        said: [places, vocabulary] log-probabilities of the draft.
        answer: What the target says there.
    """
    places = []
    for row, likely, shares in zip(said, answer.likely, answer.shares, strict=True):
        wanted = torch.tensor(shares, device=said.device)
        named = row[torch.tensor(likely, device=said.device)]
        loss = torch.xlogy(wanted, wanted).sum() - (wanted * named).sum()
        rest = 1.0 - wanted.sum()
        if rest > LEAST_SHARE:
            other = (1.0 - named.exp().sum()).clamp(min=LEAST_SHARE).log()
            loss = loss + rest * (rest.log() - other)
        places.append(loss)
    return torch.stack(places).mean()


def save_draft(draft: LoadedModel, folder: Path) -> None:
    """Saves a draft as an ordinary model folder, with all that lay beside its weights."""
    source = _source(draft.name)
    folder.mkdir(parents=True, exist_ok=True)
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    stored = config.get("dtype") or config.get("torch_dtype") or "float32"
    draft.network.to(getattr(torch, stored)).save_pretrained(folder)
    for pattern in _COMPANIONS:
        for path in source.glob(pattern):
            if path.name not in _NOT_COMPANIONS:
                shutil.copyfile(path, folder / path.name)


def _source(name: str) -> Path:
    """The folder that a model was loaded from."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    locate(name, "config.json")
    return Path(snapshot_download(name, allow_patterns=list(_COMPANIONS)))
