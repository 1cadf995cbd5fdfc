"""A model that takes as long as a bigger one elsewhere would."""

from __future__ import annotations

import math
import time
from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

from specedge.models.loading import LoadedModel

SLACK = 1.05
"""A pass may take this many times what was asked before it counts as an overrun: the LM head comes
after the last layer, and a processor that is shared wakes a sleeper late."""


class Stretch:
    """Stretches every pass of a model to a given time by hooks on its decoder layers.

    Layer i of N ends no earlier than (i + 1) / N of the time after the pass began, so that exits
    answer at their share of it. Every pass takes the same time, however many tokens it runs: that
    is how a large model on a GPU behaves, which reads its weights once per pass. The model sleeps;
    it does not burn a processor that others need.

    Args:
        model: What is stretched; others may hook it before or after.

    Attributes:
        seconds: Time of one pass; 0 for the model's own. See `set`.
        passes: How many passes have been stretched.
        overruns: How many of them took longer than asked by themselves, beyond `SLACK`.
        worst: The longest of them, seconds.
        excess: Mean of what passes took beyond what was asked, as a share of that; 0 before any.
    """

    def __init__(self, model: LoadedModel) -> None:
        self.seconds = 0.0
        self.passes = self.overruns = 0
        self.worst = self.excess = 0.0
        self._began = self._asked = 0.0
        self._share = 1.0 / len(model.layers)
        self._model = model
        self._handles: list[RemovableHandle] = []

    def set(self, seconds: float) -> None:
        """Changes the time of a pass, and counts afresh.

        At any time, from any thread; a pass that has begun keeps its time. Until a time is asked
        for, the model has no hooks: even idle ones take 1 to 2 % of a small model's pass.

        Raises:
            ValueError: it is not a time.
        """
        if not (math.isfinite(seconds) and seconds >= 0.0):
            raise ValueError(f"a pass takes some time or its own (0), not {seconds} s")
        if seconds > 0.0 and not self._handles:
            self._hook()
        self.seconds = seconds
        self.passes = self.overruns = 0
        self.worst = self.excess = 0.0

    def report(self) -> dict[str, float]:
        """Returns passes, overruns, worst and excess by name."""
        return {
            "passes": self.passes,
            "overruns": self.overruns,
            "worst": self.worst,
            "excess": self.excess,
        }

    def remove(self) -> None:
        """Takes the hooks off the model."""
        for handle in self._handles:
            handle.remove()

    def _hook(self) -> None:
        # In front of everyone else's: an exit that reads layer i must not read it too early.
        self._handles = [
            self._model.network.register_forward_pre_hook(self._begin, prepend=True),
            self._model.network.register_forward_hook(self._end, prepend=True),
            *(
                layer.register_forward_hook(self._after(index), prepend=True)
                for index, layer in enumerate(self._model.layers)
            ),
        ]

    def _begin(self, _network: nn.Module, _inputs: object) -> None:
        self._began, self._asked = time.monotonic(), self.seconds

    def _after(self, index: int) -> Any:
        def wait(_layer: nn.Module, _inputs: object, _output: object) -> None:
            if self._asked > 0.0:
                end = self._began + self._asked * (index + 1) * self._share
                if (left := end - time.monotonic()) > 0.0:
                    time.sleep(left)

        return wait

    def _end(self, _network: nn.Module, _inputs: object, _output: object) -> None:
        if self._asked <= 0.0:
            return
        took = time.monotonic() - self._began
        self.passes += 1
        self.worst = max(self.worst, took)
        self.excess += (took / self._asked - 1.0 - self.excess) / self.passes
        self.overruns += took > self._asked * SLACK
