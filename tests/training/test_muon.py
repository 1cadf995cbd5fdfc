from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from specedge.training.muon import Muon, orthogonal


@given(st.integers(2, 40), st.integers(2, 40), st.integers(0, 1000))
def test_singular_values_become_about_one(rows: int, columns: int, seed: int) -> None:
    matrix = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    before, after = (torch.linalg.svdvals(m) for m in (matrix, orthogonal(matrix)))
    # Five iterations do not lift what is all but nothing.
    grown = after[before > 0.05 * before.max()]
    assert grown.min() > 0.4
    assert grown.max() < 1.3


def test_matrices_of_one_shape_do_not_mix() -> None:
    matrices = torch.randn(3, 24, 64, generator=torch.Generator().manual_seed(0))
    alone = torch.stack([orthogonal(matrix) for matrix in matrices])
    # Where the processor has it, products are in bfloat16, of 8 bits.
    torch.testing.assert_close(orthogonal(matrices), alone, atol=0.02, rtol=0.0)


def test_steps_are_those_of_the_one_in_torch() -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = [(24, 64), (64, 24), (32, 32), (24, 64)]
    first = [torch.randn(shape, generator=generator) for shape in shapes]
    ours, theirs = ([nn.Parameter(matrix.clone()) for matrix in first] for _ in range(2))
    optimisers = (
        Muon(ours, lr=1e-2, weight_decay=0.1),
        torch.optim.Muon(theirs, lr=1e-2, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
    )
    for _ in range(3):
        for own, other in zip(ours, theirs, strict=True):
            own.grad = torch.randn(own.shape, generator=generator)
            other.grad = own.grad.clone()
        for optimiser in optimisers:
            optimiser.step()
    for own, other, matrix in zip(ours, theirs, first, strict=True):
        # It multiplies in bfloat16, of 8 bits.
        assert (own - other).norm() < 0.03 * (other - matrix).norm()


def test_its_state_is_saved_and_loaded() -> None:
    matrix = nn.Parameter(torch.eye(4))
    optimiser = Muon([matrix])
    matrix.grad = torch.ones(4, 4)
    optimiser.step()
    again = Muon([matrix])
    again.load_state_dict(optimiser.state_dict())
    assert torch.equal(again.state[matrix]["mean"], optimiser.state[matrix]["mean"])
