"""Which module an operator belongs to, how often each is called, and whose a shared parameter is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost

Count = Callable[..., Measurement]


def macs(measurement: Measurement) -> dict[str, int]:
    return {path: cost.macs for path, cost in measurement.by_module().items()}


def test_a_module_has_all_below_it(count: Count) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)))
    assert macs(count(model, (3, 4))) == {
        "": 3 * (4 * 4 + 4 * 8 + 8 * 2),
        "0": 3 * 4 * 4,
        "1": 3 * (4 * 8 + 8 * 2),
        "1.0": 3 * 4 * 8,
        "1.1": 0,
        "1.2": 3 * 8 * 2,
    }


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.second = self.first
        self.tied = nn.Linear(4, 4, bias=False)
        self.tied.weight = self.first.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.tied(self.second(self.first(x)))
        return out


def test_a_module_called_twice_counts_twice_and_a_shared_parameter_once(count: Count) -> None:
    measurement = count(Twice(), (3, 4))
    assert macs(measurement) == {"": 3 * 3 * 4 * 4, "first": 2 * 3 * 4 * 4, "tied": 3 * 4 * 4}
    assert {node.path: node.calls for node in measurement.modules} == {"": 1, "first": 2, "tied": 1}
    assert measurement.params == 4 * 4 + 4
    assert measurement.params_by_module() == {"": 4 * 4 + 4, "first": 4 * 4 + 4, "tied": 0}


class Direct(nn.Module):
    """Calls one child by ``.forward()``, and holds another in a plain list, where torch does not see it."""

    def __init__(self) -> None:
        super().__init__()
        self.child = nn.Linear(4, 4)
        self.hidden = [nn.Linear(4, 4)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.hidden[0](self.child.forward(x))
        return out


def test_what_passes_no_hook_belongs_to_its_caller(count: Count) -> None:
    measurement = count(nn.Sequential(Direct()), (3, 4))
    assert macs(measurement) == {"": 2 * 3 * 4 * 4, "0": 2 * 3 * 4 * 4, "0.child": 0}
    assert measurement.params == 4 * 4 + 4


class Raising(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.inner(x)
        raise ValueError("caught by the caller")


class Fallback(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = Raising()
        self.second = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        try:
            self.first(x)
        except ValueError:
            x = x @ torch.ones(4, 4)
        out: torch.Tensor = self.second(x)
        return out


def test_a_caught_exception_leaves_no_module_behind(count: Count) -> None:
    assert macs(count(Fallback(), (3, 4))) == {
        "": 3 * 3 * 4 * 4,
        "first": 3 * 4 * 4,
        "first.inner": 3 * 4 * 4,
        "second": 3 * 4 * 4,
    }


def test_by_operator(count: Count) -> None:
    measurement = count(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2)), (3, 4))
    assert measurement.by_operator() == {
        "aten::linear": Cost(3 * 4 * 4 + 3 * 4 * 2, 3 * 4 + 3 * 2),
        "aten::relu": Cost(0, 3 * 4),
    }


class Outer(nn.Module):
    """Counts another model inside its forward."""

    def __init__(self, count: Count) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.count = count

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert self.count(nn.Linear(5, 5), (2, 5)).macs == 2 * 5 * 5
        out: torch.Tensor = self.linear(x)
        return out


def test_a_count_inside_a_count(count: Count) -> None:
    assert macs(count(Outer(count), (3, 4))) == {"": 3 * 4 * 4, "linear": 3 * 4 * 4}
