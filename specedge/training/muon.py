"""Muon: momentum whose matrices are made orthogonal before each step.

Learns the same with about two thirds of AdamW's examples here. torch.optim.Muon multiplies its
matrices in bfloat16, which a processor without instructions for it emulates some thirty times
slower than float32; this one multiplies in whichever of the two is faster.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024; the size of
a step, which lets it share AdamW's learning rate, is that of Liu et al., arXiv 2502.16982.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import overload

import torch
from torch import Tensor, nn

from specedge.training.precision import fastest_dtype

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic that drives singular values towards one (Jordan et al.)."""
ITERATIONS = 5
ADAMW_STEP = 0.2
"""Root mean square of an entry of AdamW's usual step (Liu et al., section 2.2)."""


def orthogonal(matrices: Tensor) -> Tensor:
    """Returns matrices of the same shapes and singular vectors with singular values near one.

    Args:
        matrices: [..., rows, columns]; many small ones at once keep all cores busy.
    """
    first, third, fifth = NEWTON_SCHULZ
    tall = matrices.shape[-2] > matrices.shape[-1]
    wide = matrices.mT if tall else matrices
    wide = (wide / (wide.norm(dim=(-2, -1), keepdim=True) + 1e-7)).to(fastest_dtype())
    for _ in range(ITERATIONS):
        square = wide @ wide.mT
        wide = first * wide + (third * square + fifth * (square @ square)) @ wide
    return (wide.mT if tall else wide).to(matrices.dtype)


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
            by_shape: dict[torch.Size, list[Tensor]] = {}
            for matrix in group["params"]:
                if matrix.grad is not None:
                    by_shape.setdefault(matrix.shape, []).append(matrix)
            for matrices in by_shape.values():
                self._step_alike(matrices, **group)
        return loss

    def _step_alike(
        self,
        matrices: list[Tensor],
        lr: float,
        momentum: float,
        weight_decay: float,
        **_: object,
    ) -> None:
        """Takes the step of matrices of one shape."""
        gradients = []
        for matrix in matrices:
            state = self.state[matrix]
            if "mean" not in state:
                state["mean"] = torch.zeros_like(matrix)
            assert matrix.grad is not None
            mean = state["mean"].lerp_(matrix.grad, 1 - momentum)
            gradients.append(matrix.grad.lerp(mean, momentum))
        for matrix, step in zip(matrices, orthogonal(torch.stack(gradients)), strict=True):
            matrix.mul_(1 - lr * weight_decay)
            matrix.add_(step, alpha=-lr * ADAMW_STEP * max(matrix.shape) ** 0.5)
