"""Sparse and nested tensors: their shapes tell no cost, so each is refused by name, and never counted in silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.errors import MeasureError

StateOf = Callable[[nn.Module], dict[str, object]]
Forward = Callable[[nn.Module, torch.Tensor], object]

pytestmark = [
    pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage"),
    pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta state"),
]


class Net(nn.Module):
    """A function of a layer."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.layer, self.run = nn.Linear(8, 8), forward

    def forward(self, x: torch.Tensor) -> object:
        return self.run(self.layer, x)


def sparse(layer: nn.Module, x: torch.Tensor) -> object:
    return torch.sparse.mm(torch.eye(8).to_sparse(), layer(x).t())


def compressed(layer: nn.Module, x: torch.Tensor) -> object:
    return torch.eye(8).to_sparse_csr() @ layer(x).t()


def made_sparse(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(x).to_sparse() @ x.t()


def added(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(x) + torch.eye(8)[:4].to_sparse()


def nested(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(torch.nested.nested_tensor([x, x[:1]])).to_padded_tensor(0.0)


def jagged(layer: nn.Module, x: torch.Tensor) -> object:
    return layer(torch.nested.as_nested_tensor([x, x[:1]], layout=torch.jagged)).values()


DENSE, PADDED = "a sparse tensor, which is not counted: make it dense", "a nested tensor, which is not counted: pad it"


@pytest.mark.parametrize("backend", ["auto", "execute"])
@pytest.mark.parametrize(
    ("forward", "operator", "told"),
    [
        (sparse, "aten::_sparse_addmm", DENSE),
        (compressed, "aten::matmul", DENSE),
        (added, "aten::add", DENSE),
        (nested, "aten::_nested_tensor_from_tensor_list", PADDED),
    ],
)
def test_what_shapes_do_not_tell_is_refused(
    forward: Forward, operator: str, told: str, backend: Backend, everything_of: StateOf
) -> None:
    model = Net(forward)
    before = everything_of(model)
    with pytest.raises(MeasureError) as refused:
        count(model, "4x8", backend=backend)
    assert refused.value.headline == (
        f"cannot be counted: {operator} in Net works on {told}, or give its module a @module_formula"
    )
    assert everything_of(model) == before


@pytest.mark.parametrize("backend", ["shapes", "execute", "auto"])
@pytest.mark.parametrize("mode", ["inference", "training"])
@pytest.mark.parametrize("forward", [sparse, compressed, made_sparse, added, nested, jagged])
def test_it_is_never_counted_in_silence(forward: Forward, mode: Mode, backend: Backend, everything_of: StateOf) -> None:
    model = Net(forward)
    before = everything_of(model)
    with pytest.raises(MeasureError, match=r"sparse|nested"):
        count(model, "4x8", backend=backend, mode=mode)
    assert everything_of(model) == before
