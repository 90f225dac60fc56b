"""Modules that are shared, tied, parametrized, recursive, generators, hooked: counted by hand, on shapes and executed.

The input is 3x4 throughout.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_live
from pytest_flopbudget.trace.nests import leaves
from pytest_flopbudget.trace.parts import subject_of

StateOf = Callable[[nn.Module], dict[str, object]]

BACKENDS = pytest.mark.parametrize("backend", ["shapes", "execute"])
# What a layer from 4 to 4 costs at three rows, and what it puts out.
SQUARE, OUT = 3 * 4 * 4, 3 * 4


@dataclass(frozen=True, slots=True)
class Kind:
    """A model, and what it costs: by module the MACs of those that have any, and the calls of those not called once."""

    make: Callable[[], nn.Module]
    macs: Mapping[str, int]
    activations: int
    params: int
    calls: Mapping[str, int] = field(default_factory=dict)


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(x)
        return out

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(self.layer(x))
        return out


class Net(nn.Module):
    """Calls a function with itself and its input; its children are given by name."""

    layer: nn.Module
    held: list[nn.Module]

    def __init__(self, function: Callable[..., object], **children: nn.Module) -> None:
        super().__init__()
        self.function = function
        for name, child in children.items():
            self.add_module(name, child)

    def forward(self, x: torch.Tensor) -> object:
        return self.function(self, x)


def two_parents() -> nn.Module:
    block = Block()
    return nn.Sequential(nn.Sequential(block), nn.Sequential(block, nn.Linear(4, 2)))


def twice() -> nn.Module:
    layer = nn.Linear(4, 4)
    return nn.Sequential(layer, layer)


def tied() -> nn.Module:
    first, second = nn.Linear(4, 4), nn.Linear(4, 4, bias=False)
    second.weight = first.weight
    return nn.Sequential(first, second)


class Matrix(nn.Module):
    """Returns its parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 4))

    def forward(self) -> torch.Tensor:
        return self.weight


@dataclass
class Record:
    logits: object
    rest: object = None


class Pair(NamedTuple):
    first: object
    second: object


def nested_outputs(net: Net, x: torch.Tensor) -> object:
    return Record(net.layer(x), {"pair": Pair(net.layer(x), (net.layer(y) for y in [x]))})


def steps(net: Net, x: torch.Tensor) -> Iterator[torch.Tensor]:
    yield x @ x.T @ x
    yield net.layer(x)


def held_in_a_list() -> nn.Module:
    model = Net(lambda net, x: net.held[0](net.layer(x)), layer=nn.Linear(4, 4))
    model.held = [nn.Linear(4, 2)]
    return model


class Hooked(nn.Module):
    """Hooks that compute, before and after a child."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.layer.register_forward_pre_hook(lambda _, inputs: (inputs[0] @ torch.ones(4, 4),))
        self.layer.register_forward_hook(lambda _, inputs, out: out @ torch.ones(4, 5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(x)
        return out


class Recursive(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor, depth: int = 3) -> torch.Tensor:
        out: torch.Tensor = self.layer(x) if depth == 0 else self(self.layer(x), depth - 1)
        return out


KINDS: dict[str, Kind] = {
    "under two parents": Kind(
        two_parents,
        # What is shared stands where it was called.
        {"": 2 * SQUARE + 3 * 4 * 2, "0": SQUARE, "0.0": SQUARE, "0.0.layer": SQUARE}
        | {"1": SQUARE + 3 * 4 * 2, "1.0": SQUARE, "1.0.layer": SQUARE, "1.1": 3 * 4 * 2},
        2 * OUT + 3 * 2,
        (4 * 4 + 4) + (4 * 2 + 2),
    ),
    "called twice": Kind(twice, {"": 2 * SQUARE, "0": 2 * SQUARE}, 2 * OUT, 4 * 4 + 4, {"0": 2}),
    "tied": Kind(tied, {"": 2 * SQUARE, "0": SQUARE, "1": SQUARE}, 2 * OUT, 4 * 4 + 4),
    "returns a parameter": Kind(
        lambda: Net(lambda net, x: (x @ net.matrix(), net.matrix()), matrix=Matrix()),
        {"": SQUARE},
        OUT,
        4 * 4,
        {"matrix": 2},
    ),
    "nested outputs": Kind(
        lambda: Net(nested_outputs, layer=nn.Linear(4, 4)),
        {"": 3 * SQUARE, "layer": 3 * SQUARE},
        3 * OUT,
        4 * 4 + 4,
        {"layer": 3},
    ),
    "yields": Kind(
        lambda: Net(steps, layer=nn.Linear(4, 4)),
        {"": 2 * 3 * 4 * 3 + SQUARE, "layer": SQUARE},
        3 * 3 + 3 * 4 + OUT,
        4 * 4 + 4,
    ),
    "a child yields": Kind(
        # Between two yields a generator's own operators belong to whoever asks it; those of its children to them.
        lambda: Net(
            lambda net, x: [net.head(y) for y in net.inner(x)],
            inner=Net(steps, layer=nn.Linear(4, 4)),
            head=nn.Linear(4, 2),
        ),
        {"": 2 * 3 * 4 * 3 + SQUARE + 2 * 3 * 4 * 2, "inner": SQUARE, "inner.layer": SQUARE, "head": 2 * 3 * 4 * 2},
        3 * 3 + 3 * 4 + OUT + 2 * 3 * 2,
        (4 * 4 + 4) + (4 * 2 + 2),
        {"head": 2},
    ),
    "called by index": Kind(
        lambda: Net(lambda net, x: net.layers[-1](net.layers[0](x)), layers=nn.ModuleList([Block(), nn.Linear(4, 2)])),
        {"": SQUARE + 3 * 4 * 2, "layers": SQUARE + 3 * 4 * 2, "layers.0": SQUARE, "layers.0.layer": SQUARE}
        | {"layers.1": 3 * 4 * 2},
        OUT + 3 * 2,
        (4 * 4 + 4) + (4 * 2 + 2),
        {"layers": 0},
    ),
    "held in a list": Kind(held_in_a_list, {"": SQUARE + 3 * 4 * 2, "layer": SQUARE}, OUT + 3 * 2, 4 * 4 + 4),
    "a partial function": Kind(
        lambda: Net(
            lambda net, x: functools.partial(net.layer)(
                functools.partial(nn.functional.linear, weight=net.layer.weight)(x)
            ),
            layer=nn.Linear(4, 4),
        ),
        {"": 2 * SQUARE, "layer": SQUARE},
        2 * OUT,
        4 * 4 + 4,
    ),
    "called by forward": Kind(
        lambda: Net(lambda net, x: net.block.forward(x), block=Block()),
        {"": SQUARE, "block": SQUARE, "block.layer": SQUARE},
        OUT,
        4 * 4 + 4,
        {"block": 0},
    ),
    "a method of a child": Kind(
        lambda: Net(lambda net, x: net.block.encode(x), block=Block()),
        {"": 2 * SQUARE, "block": 2 * SQUARE, "block.layer": 2 * SQUARE},
        2 * OUT,
        4 * 4 + 4,
        {"block": 0, "block.layer": 2},
    ),
    "hooks that compute": Kind(
        # What comes before a forward belongs to the module, what comes after it to the caller.
        Hooked,
        {"": 2 * SQUARE + 3 * 4 * 5, "layer": 2 * SQUARE},
        2 * OUT + 3 * 5,
        4 * 4 + 4,
    ),
    "recursive": Kind(Recursive, {"": 4 * SQUARE, "layer": 4 * SQUARE}, 4 * OUT, 4 * 4 + 4, {"": 4, "layer": 4}),
}


def macs(measurement: Measurement) -> dict[str, int]:
    return {path: cost.macs for path, cost in measurement.by_module().items() if cost.macs}


@BACKENDS
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_of_module(kind: Kind, backend: Backend, state_of: StateOf) -> None:
    model = kind.make()
    before = state_of(model)
    measurement = count(model, "3x4", backend=backend)
    assert state_of(model) == before
    assert macs(measurement) == kind.macs
    assert (measurement.activations, measurement.params) == (kind.activations, kind.params)
    assert (measurement.uncounted, measurement.notes) == ({}, ())
    assert {node.path: node.calls for node in measurement.modules if node.calls != 1} == kind.calls


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_training_step_works_afterwards(kind: Kind) -> None:
    model = kind.make()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    for backend in ("shapes", "execute"):
        count(model, "3x4", backend=backend)
    out = model(torch.randn(3, 4))
    outs = [leaf for leaf in leaves(list(out) if isinstance(out, Iterator) else out) if isinstance(leaf, torch.Tensor)]
    torch.cat([tensor.flatten() for tensor in outs]).sum().backward()
    optimizer.step()
    assert not any(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))


@BACKENDS
def test_a_module_held_in_a_list_keeps_its_statistics(backend: Backend) -> None:
    norm = nn.BatchNorm1d(4)
    model = Net(lambda net, x: net.held[0](x))
    model.held = [norm]
    before = [buffer.clone() for buffer in norm.buffers()]
    count(model, "3x4", backend=backend)
    assert all(torch.equal(*pair) for pair in zip(before, norm.buffers(), strict=True))
    assert norm.training


@BACKENDS
def test_a_bound_method(backend: Backend, state_of: StateOf) -> None:
    block = Block()
    before = state_of(block)
    measurement = count(block.encode, "3x4", backend=backend)
    assert macs(measurement) == {"": 2 * SQUARE, "layer": 2 * SQUARE}
    assert {node.path: node.calls for node in measurement.modules} == {"": 1, "layer": 2}
    assert state_of(block) == before


@BACKENDS
def test_a_method_of_a_part(backend: Backend, state_of: StateOf) -> None:
    model = nn.Sequential(nn.Linear(5, 5), Block())
    before = state_of(model)
    subject = subject_of(model, given("3x4", None), part="1", call="encode")
    measurement = Measurement.of(trace_live(subject, FORMULAS, Request(backend=backend)), FORMULAS)
    assert macs(measurement) == {"": 2 * SQUARE, "layer": 2 * SQUARE}
    assert measurement.params == 4 * 4 + 4
    assert state_of(model) == before
