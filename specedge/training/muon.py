"""Muon: momentum whose matrices are made orthogonal before each step.

Learns the same with about two thirds of AdamW's examples here. torch.optim.Muon multiplies its
matrices in bfloat16, which a processor without instructions for it emulates some thirty times
slower than float32; this one multiplies in the gradients' own type.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024; the size of
a step, which lets it share AdamW's learning rate, is that of Liu et al., arXiv 2502.16982.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import overload

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic that drives singular values towards one (Jordan et al.)."""
ITERATIONS = 5
ADAMW_STEP = 0.2
"""Root mean square of an entry of AdamW's usual step (Liu et al., section 2.2)."""


def orthogonal(matrix: Tensor) -> Tensor:
    """Returns the matrix of the same shape and singular vectors with singular values near one."""
    first, third, fifth = NEWTON_SCHULZ
    tall = matrix.shape[0] > matrix.shape[1]
    wide = matrix.T if tall else matrix
    wide = wide / (wide.norm() + 1e-7)
    for _ in range(ITERATIONS):
        square = wide @ wide.T
        wide = first * wide + (third * square + fifth * (square @ square)) @ wide
    return wide.T if tall else wide


class Muon(torch.optim.Optimizer):
    """For the matrices of hidden layers; embeddings, norms and biases take AdamW.

    Args:
        matrices: Parameters of two dimensions.
        lr: As AdamW's.
        momentum: Of the mean of gradients.
        weight_decay: Decoupled, as AdamW's.
    """

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        lr: float = 1e-3,
        momentum: float = 0.95,
        weight_decay: float = 0.03,
    ) -> None:
        groups = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        super().__init__(matrices, groups)

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Takes one step along Nesterov's momentum."""
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for matrix in group["params"]:
                if matrix.grad is None:
                    continue
                state = self.state[matrix]
                if "mean" not in state:
                    state["mean"] = torch.zeros_like(matrix)
                mean = state["mean"].lerp_(matrix.grad, 1 - group["momentum"])
                step = orthogonal(matrix.grad.lerp(mean, group["momentum"]))
                matrix.mul_(1 - group["lr"] * group["weight_decay"])
                matrix.add_(step, alpha=-group["lr"] * ADAMW_STEP * max(matrix.shape) ** 0.5)
        return loss
