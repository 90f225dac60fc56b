"""Forwards that differentiate: MACs of layers, their gradients and second derivatives, counted on torch's own calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from pytest_flopbudget.counting.operators import Cost

Count = Callable[[Callable[[], object]], tuple[Cost, list[str]]]


def x(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.ones(shape, dtype=dtype, device="meta", requires_grad=True)


def gradients(module: nn.Module, *inputs: Tensor) -> None:
    """The gradients of a sum of the output, by the inputs and the parameters."""
    out = module(*inputs)
    first = out[0] if isinstance(out, tuple) else out
    torch.autograd.grad(first.abs().sum(), [*inputs, *module.parameters()], allow_unused=True)


def penalty(module: nn.Module, input: Tensor) -> None:
    """The gradient by the weight of the squared gradient by the input, as in a gradient penalty."""
    (slope,) = torch.autograd.grad(module(input).square().sum(), input, create_graph=True)
    torch.autograd.grad(slope.square().sum(), next(module.parameters()))


# One product of the forward, one for the gradient of each of its factors: three times the forward.
LAYERS: list[tuple[Callable[[], nn.Module], tuple[Tensor, ...], int]] = [
    (lambda: nn.Linear(4, 5), (x(2, 4),), 2 * 4 * 5),
    (lambda: nn.Linear(4, 5), (x(2, 3, 4),), 2 * 3 * 4 * 5),
    (lambda: nn.Linear(4, 5), (x(4),), 4 * 5),
    (lambda: nn.Conv1d(4, 6, 3, groups=2), (x(2, 4, 10),), 2 * 8 * 6 * 2 * 3),
    (lambda: nn.Conv2d(4, 6, 3, padding=1, stride=2), (x(2, 4, 10, 10),), 2 * 5 * 5 * 6 * 4 * 9),
    (lambda: nn.Conv2d(4, 6, 3), (x(4, 10, 10),), 8 * 8 * 6 * 4 * 9),
    (lambda: nn.Conv2d(4, 4, 3, groups=4), (x(2, 4, 10, 10),), 2 * 8 * 8 * 4 * 1 * 9),
    (lambda: nn.Conv2d(4, 8, 3, dilation=2), (x(1, 4, 10, 10),), 6 * 6 * 8 * 4 * 9),
    (lambda: nn.Conv3d(2, 3, 2), (x(1, 2, 4, 4, 4),), 27 * 3 * 2 * 8),
    (lambda: nn.ConvTranspose1d(4, 6, 3, groups=2), (x(2, 4, 10),), 2 * 4 * 10 * 3 * 3),
    (lambda: nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4), (x(1, 8, 10, 10),), 28_800),
    (lambda: nn.ConvTranspose3d(2, 3, 2), (x(1, 2, 4, 4, 4),), 2 * 64 * 3 * 8),
    (lambda: nn.RNNCell(4, 5), (x(2, 4), x(2, 5)), 2 * 5 * (4 + 5)),
    (lambda: nn.GRUCell(4, 5), (x(2, 4), x(2, 5)), 2 * 3 * 5 * (4 + 5)),
]


@pytest.mark.parametrize(("build", "inputs", "macs"), LAYERS)
def test_forward_and_both_gradients(
    with_gradients: Count, build: Callable[[], nn.Module], inputs: tuple[Tensor, ...], macs: int
) -> None:
    module = build().to("meta")
    cost, uncounted = with_gradients(lambda: gradients(module, *inputs))
    assert (cost.macs, uncounted) == (3 * macs, [])


# With F the forward: y = W x is F; its gradient g = W' y is F; that of g by y and W is 2 F; that of y by W is F.
PENALISED: list[tuple[Callable[[], nn.Module], Tensor, int]] = [
    (lambda: nn.Linear(4, 5), x(2, 4), 2 * 4 * 5),
    (lambda: nn.Conv1d(4, 6, 3, groups=2), x(2, 4, 10), 2 * 8 * 6 * 2 * 3),
    (lambda: nn.Conv2d(4, 6, 3, padding=1, stride=2), x(2, 4, 9, 9), 2 * 5 * 5 * 6 * 4 * 9),
    (lambda: nn.ConvTranspose2d(8, 16, 3, stride=2, groups=4), x(1, 8, 10, 10), 28_800),
]


@pytest.mark.parametrize(("build", "input", "macs"), PENALISED)
def test_second_derivatives(with_gradients: Count, build: Callable[[], nn.Module], input: Tensor, macs: int) -> None:
    module = build().to("meta")
    cost, uncounted = with_gradients(lambda: penalty(module, input))
    assert (cost.macs, uncounted) == (5 * macs, [])


@pytest.mark.parametrize(("asked", "gradients"), [((0,), 1), ((1,), 1), ((2,), 0), ((1, 2), 1), ((0, 1, 2), 2)])
def test_only_the_gradients_that_are_asked_for(with_gradients: Count, asked: tuple[int, ...], gradients: int) -> None:
    given = (x(2, 4, 10), x(6, 2, 3), x(6))
    cost, uncounted = with_gradients(
        lambda: torch.autograd.grad(functional.conv1d(*given, groups=2).sum(), [given[place] for place in asked])
    )
    assert (cost.macs, uncounted) == ((1 + gradients) * 2 * 8 * 6 * 2 * 3, [])


@pytest.mark.parametrize("device", ["meta", "cpu"])
def test_attention_in_pieces_and_fused(with_gradients: Count, device: str) -> None:
    query = torch.ones(2, 4, 5, 8, device=device, requires_grad=True)
    key = torch.ones(2, 4, 7, 8, device=device, requires_grad=True)
    cost, uncounted = with_gradients(
        lambda: torch.autograd.grad(functional.scaled_dot_product_attention(query, key, key).sum(), (query, key))
    )
    # two products forward, four backward, of 2 * 4 heads: 5 * 7 scores of 8
    assert (cost.macs, uncounted) == ((2 + 4) * 2 * 4 * 5 * 7 * 8, [])
