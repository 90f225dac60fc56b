"""Models that are graphs of their own, scripted, traced, exported or symbolic: counted by hand, on shapes and executed.

The input is 3x4 throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_live
from pytest_flopbudget.trace.parts import subject_of

StateOf = Callable[[nn.Module], dict[str, object]]

BACKENDS = pytest.mark.parametrize("backend", ["shapes", "execute"])

# Newer torch would have models exported instead.
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.[a-z_]+` is ")

LAYER, HEAD = 3 * 4 * 4, 3 * 4 * 2
BLOCK_PARAMS, HEAD_PARAMS = (4 * 4 + 4) + (4 + 4), 4 * 2 + 2


class Block(nn.Module):
    """Its normalisation keeps to its statistics, so that a step changes the bias before it too."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4).eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.norm(self.layer(x))
        return out

    @torch.jit.export
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(self.layer(x))
        return out


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = nn.Linear(4, 4, bias=False)
        self.second.weight = self.first.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.second(self.first(x))
        return out


def traced(module: nn.Module) -> nn.Module:
    made: object = torch.jit.trace(module.eval(), torch.randn(3, 4))
    assert isinstance(made, nn.Module)
    return made


def scripted(module: nn.Module) -> nn.Module:
    made: object = torch.jit.script(module)
    assert isinstance(made, nn.Module)
    return made


def exported(module: nn.Module) -> nn.Module:
    return torch.export.export(module, (torch.randn(3, 4),)).module()


def net(block: nn.Module | None = None) -> nn.Module:
    return nn.Sequential(Block() if block is None else block, nn.Linear(4, 2))


@dataclass(frozen=True, slots=True)
class Graph:
    """A model, and what it costs: by module the MACs of those that have any, and how often its modules are called."""

    make: Callable[[], nn.Module]
    macs: Mapping[str, int]
    calls: Mapping[str, int]
    activations: int = 3 * 4 + 3 * 2
    params: int = BLOCK_PARAMS + HEAD_PARAMS


# What runs inside a graph belongs to it, since nothing tells where in it.
ALL_OF_IT = {"": LAYER + HEAD}
ONLY_THE_ROOT = {"": 1, "0": 0, "0.layer": 0, "0.norm": 0, "1": 0}
ITS_CHILD = {"": LAYER + HEAD, "0": LAYER, "1": HEAD}
NOT_BELOW_THE_CHILD = {"": 1, "0": 1, "0.layer": 0, "0.norm": 0, "1": 1}

GRAPHS: dict[str, Graph] = {
    "scripted": Graph(lambda: scripted(net()), ALL_OF_IT, ONLY_THE_ROOT),
    "scripted, in DataParallel": Graph(lambda: nn.DataParallel(scripted(net())), ALL_OF_IT, ONLY_THE_ROOT),
    "a scripted child": Graph(lambda: net(scripted(Block())), ITS_CHILD, NOT_BELOW_THE_CHILD),
    "traced": Graph(lambda: traced(net()), ALL_OF_IT, ONLY_THE_ROOT),
    "a traced child": Graph(lambda: net(traced(Block())), ITS_CHILD, NOT_BELOW_THE_CHILD),
    "scripted and tied": Graph(
        lambda: scripted(Tied()), {"": 2 * LAYER}, {"": 1, "first": 0, "second": 0}, 2 * 3 * 4, 4 * 4 + 4
    ),
    "exported": Graph(lambda: exported(net()), ALL_OF_IT, ONLY_THE_ROOT),
    "an exported child": Graph(lambda: net(exported(Block())), ITS_CHILD, NOT_BELOW_THE_CHILD),
    "exported and tied": Graph(
        lambda: exported(Tied()), {"": 2 * LAYER}, {"": 1, "first": 0, "second": 0}, 2 * 3 * 4, 4 * 4 + 4
    ),
    "symbolic": Graph(
        # Its graph calls the layers themselves.
        lambda: torch.fx.symbolic_trace(net()),
        ITS_CHILD | {"0.layer": LAYER},
        {"": 1, "0": 0, "0.layer": 1, "0.norm": 1, "1": 1},
    ),
    "a symbolic child": Graph(
        lambda: net(torch.fx.symbolic_trace(Block())),
        ITS_CHILD | {"0.layer": LAYER},
        {"": 1, "0": 1, "0.layer": 1, "0.norm": 1, "1": 1},
    ),
}
EACH = pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)


@BACKENDS
@EACH
def test_a_graph(graph: Graph, backend: Backend, state_of: StateOf) -> None:
    model = graph.make()
    before = state_of(model)
    measurement = count(model, "3x4", backend=backend)
    assert state_of(model) == before
    assert {path: cost.macs for path, cost in measurement.by_module().items() if cost.macs} == graph.macs
    assert (measurement.activations, measurement.params) == (graph.activations, graph.params)
    assert (measurement.uncounted, measurement.notes) == ({}, ())
    # Newer exported programs have a child that checks their inputs.
    calls = {node.path: node.calls for node in measurement.modules if not node.path.endswith("_guards_fn")}
    assert calls == graph.calls


@EACH
def test_a_training_step_works_afterwards(graph: Graph) -> None:
    model = graph.make()
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    for backend in ("shapes", "execute"):
        count(model, "3x4", backend=backend)
    (model(torch.randn(3, 4)) * torch.randn(3, 1)).pow(3).sum().backward()
    optimizer.step()
    assert not any(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))


@BACKENDS
@pytest.mark.parametrize("training", [True, False])
def test_a_scripted_module_keeps_its_flags_and_statistics(training: bool, backend: Backend, state_of: StateOf) -> None:
    model = scripted(net()).train(training)
    before = state_of(model)
    count(model, "3x4", backend=backend)
    assert state_of(model) == before
    statistics = [buffer.clone() for buffer in model.buffers()]
    model(torch.randn(3, 4))
    kept = [torch.equal(*pair) for pair in zip(statistics, model.buffers(), strict=True)]
    assert kept == [not training] * 3


@BACKENDS
def test_a_method_of_a_scripted_module(backend: Backend) -> None:
    subject = subject_of(scripted(Block()), given("3x4", None), call="encode")
    measurement = Measurement.of(trace_live(subject, FORMULAS, Request(backend=backend)), FORMULAS)
    assert measurement.macs == 2 * LAYER


def activated(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return torch.tanh(x) @ weight


@BACKENDS
def test_a_scripted_function(backend: Backend) -> None:
    class Calling(nn.Linear):
        def __init__(self) -> None:
            super().__init__(4, 4)
            self.function: Callable[..., torch.Tensor] = torch.jit.script(activated)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.function(super().forward(x), self.weight)

    measurement = count(Calling(), "3x4", backend=backend)
    assert (measurement.macs, measurement.uncounted) == (2 * LAYER, {})


class Assigning(nn.Module):
    """Assigns to all that a scripted module may keep."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.steps = 0
        self.seen = [1]
        self.last = torch.zeros(1)
        # Where a class tells the type, torch would read it as text.
        self.mean: torch.Tensor
        self.register_buffer("mean", torch.zeros(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer(x)
        self.steps += 1
        self.seen.append(self.steps)
        self.last = x
        self.mean.add_(1)
        self.mean = self.mean + 1
        return x


@BACKENDS
def test_what_a_scripted_module_assigns_is_put_back(backend: Backend, state_of: StateOf) -> None:
    model = scripted(Assigning())
    before = state_of(model)
    assert count(model, "3x4", backend=backend).macs == LAYER
    assert state_of(model) == before
    assert [getattr(model, name) for name in ("steps", "seen")] == [0, [1]]
    assert [getattr(model, name).tolist() for name in ("last", "mean")] == [[0.0], [0.0] * 4]


@BACKENDS
def test_a_frozen_module(backend: Backend) -> None:
    # Its parameters are constants of its graph.
    measurement = count(torch.jit.freeze(scripted(net()).eval()), "3x4", backend=backend)
    assert (measurement.macs, measurement.params) == (LAYER + HEAD, 0)
