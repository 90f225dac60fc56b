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


class Caller(nn.Sequential):
    """Calls what it is told to, be it its own or not."""

    def __init__(self, *modules: nn.Module, calls: Callable[[nn.Sequential, torch.Tensor], torch.Tensor]) -> None:
        super().__init__(*modules)
        self.calls = calls

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.calls(self, x)


def test_a_module_that_two_hold_is_where_it_was_called(count: Count) -> None:
    shared = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    model = nn.Sequential(nn.Sequential(shared, nn.Linear(4, 4)), nn.Sequential(nn.ReLU(), shared, shared))
    measurement = count(model, (3, 4))
    one = 3 * 4 * 4
    assert macs(measurement) == {
        "": 4 * one,
        "0": 2 * one,
        "0.0": one,
        "0.0.0": one,
        "0.0.1": 0,
        "0.1": one,
        "1": 2 * one,
        "1.0": 0,
        # Under the names 1 and 2 of one module: nothing tells which.
        "1.1": 2 * one,
        "1.1.0": 2 * one,
        "1.1.1": 0,
    }
    assert [node.calls for node in measurement.modules] == [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2]
    assert measurement.params == 2 * (4 * 4 + 4)
    assert {path: params for path, params in measurement.params_by_module().items() if params} == {
        "": 2 * (4 * 4 + 4),
        "0": 2 * (4 * 4 + 4),
        "0.0": 4 * 4 + 4,
        "0.0.0": 4 * 4 + 4,
        "0.1": 4 * 4 + 4,
    }


def test_a_further_path_at_which_nothing_was_called_is_not_told(count: Count) -> None:
    shared = nn.Linear(4, 4)
    # Not by the calls of the second but by .forward(), which is its caller's.
    idle = Caller(shared, calls=lambda self, x: x)
    assert macs(count(nn.Sequential(nn.Sequential(shared), idle), (3, 4))) == {
        "": 3 * 4 * 4,
        "0": 3 * 4 * 4,
        "0.0": 3 * 4 * 4,
        "1": 0,
    }


def test_a_module_of_another_branch_is_at_the_path_nearest_to_its_caller(count: Count) -> None:
    shared = nn.Linear(4, 4)
    hidden = [shared]
    far = Caller(calls=lambda _, x: hidden[0](x))
    model = nn.Sequential(nn.Sequential(shared), nn.Sequential(nn.Sequential(far), nn.Sequential(shared)))
    assert macs(count(model, (3, 4))) == {
        "": 3 * 3 * 4 * 4,
        "0": 3 * 4 * 4,
        "0.0": 3 * 4 * 4,
        "1": 2 * 3 * 4 * 4,
        "1.0": 0,
        "1.0.0": 0,
        "1.1": 2 * 3 * 4 * 4,
        "1.1.0": 2 * 3 * 4 * 4,
    }


class Recursive(nn.Module):
    """Calls itself as often as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor, times: int = 2) -> torch.Tensor:
        out: torch.Tensor = self.layer(x)
        return self(out, times - 1) if times else out


def test_a_recursive_module_that_two_hold(count: Count) -> None:
    shared = Recursive()
    measurement = count(nn.Sequential(nn.Sequential(shared), nn.Sequential(shared)), (3, 4))
    three = 3 * 3 * 4 * 4
    assert macs(measurement) == {
        "": 2 * three,
        **dict.fromkeys(("0", "0.0", "0.0.layer", "1", "1.0", "1.0.layer"), three),
    }
    assert [node.calls for node in measurement.modules] == [1, 1, 3, 3, 1, 3, 3]


def test_modules_that_hold_each_other(count: Count) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4))
    model[0].above = model
    assert macs(count(model, (3, 4))) == {"": 2 * 3 * 4 * 4, "0": 3 * 4 * 4, "1": 3 * 4 * 4}


def test_more_paths_than_can_be_told(count: Count) -> None:
    model: nn.Module = nn.Linear(4, 4)
    for _ in range(40):
        model = nn.ModuleDict({"left": nn.Sequential(model), "right": nn.Sequential(model)})
    whole = Caller(model, calls=lambda self, x: x @ torch.ones(4, 4))
    assert macs(count(whole, (3, 4)))[""] == 3 * 4 * 4
