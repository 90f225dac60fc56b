"""Calls of modules that go past torch's hooks, and those that must not."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook

from pytest_flopbudget.api import count as count_given
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.trace.shortcuts import shortcuts

Count = Callable[..., Measurement]
LINEAR = 3 * 4 * 4


def called(measurement: Measurement) -> dict[str, int]:
    return {node.path: node.calls for node in measurement.modules}


def macs(measurement: Measurement) -> dict[str, int]:
    return {path: cost.macs for path, cost in measurement.by_module().items()}


class Outer(nn.Module):
    """Does something to its child before it calls it."""

    def __init__(self, act: Callable[[nn.Module], nn.Module]) -> None:
        super().__init__()
        self.child = nn.Linear(4, 4)
        self.act = act

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.act(self.child)(x)
        return out


def test_a_hook_that_the_forward_adds_is_called(count: Count) -> None:
    seen: list[str] = []

    def act(child: nn.Module) -> nn.Module:
        child.register_forward_hook(lambda module, args, out: seen.append(type(module).__name__))
        return child

    model = Outer(act)
    measurement = count(model, (3, 4))
    assert seen == ["Linear"]
    assert macs(measurement) == {"": LINEAR, "child": LINEAR}
    assert called(measurement) == {"": 1, "child": 1}
    assert not model.child._forward_hooks


def test_a_global_hook_of_the_users_is_called(count: Count) -> None:
    seen: list[str] = []
    handle = register_module_forward_hook(lambda module, args, out: seen.append(type(module).__name__))
    try:
        measurement = count(nn.Sequential(nn.Linear(4, 4)), (3, 4))
    finally:
        handle.remove()
    assert seen == ["Linear", "Sequential"]
    assert called(measurement) == {"": 1, "0": 1}


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_belongs_to_its_caller(copied: Callable[[nn.Module], nn.Module], count: Count) -> None:
    measurement = count(Outer(copied), (3, 4))
    assert macs(measurement) == {"": LINEAR, "child": 0}
    assert called(measurement) == {"": 1, "child": 0}


class WithItsOwnState(nn.Linear):
    """Is copied with all that it has."""

    def __getstate__(self) -> dict[str, object]:
        return dict(self.__dict__)


def test_a_copy_with_all_attributes_goes_torchs_way() -> None:
    module = WithItsOwnState(4, 4)
    with shortcuts([module], lambda *_: "shortcut"):
        assert module(torch.ones(3, 4)) == "shortcut"
        for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
            assert other(torch.ones(3, 4)).shape == (3, 4)


def test_a_count_inside_a_forward_follows_the_same_modules(count: Count) -> None:
    inner: list[Measurement] = []

    def act(child: nn.Module) -> nn.Module:
        inner.append(count_given(child, (5, 4)))
        return child

    measurement = count(Outer(act), (3, 4))
    assert [macs(each) for each in inner] == [{"": 5 * 4 * 4}]
    assert [called(each) for each in inner] == [{"": 1}]
    assert macs(measurement) == {"": LINEAR, "child": LINEAR}


class OfItsOwn(nn.Linear):
    """Sees to its calls itself."""

    def _call_impl(self, *args: object, **kwargs: object) -> object:
        torchs_way: Callable[..., torch.Tensor] = super()._call_impl
        return torchs_way(*args, **kwargs) * 2


def test_a_module_that_sees_to_its_calls_itself_is_left_to_it(count: Count) -> None:
    measurement = count(nn.Sequential(OfItsOwn(4, 4)), (3, 4))
    assert [call.operator for call, _ in measurement.calls] == ["aten::linear", "aten::mul"]
    assert called(measurement) == {"": 1, "0": 1}


def test_what_stood_there_is_put_back() -> None:
    plain, other = nn.ReLU(), nn.ReLU()
    other.__dict__["_compiled_call_impl"] = kept = other.forward
    with pytest.raises(KeyError), shortcuts([plain, other], lambda module, key: {}[key]):
        plain("taken")
    assert "_compiled_call_impl" not in plain.__dict__
    assert other.__dict__["_compiled_call_impl"] is kept


class Catching(nn.Module):
    """Goes on after its first child has failed."""

    def __init__(self) -> None:
        super().__init__()
        self.fails, self.goes = Outer(self.fail), nn.Linear(4, 4)

    def fail(self, child: nn.Module) -> nn.Module:
        raise ValueError("not today")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        try:
            out: torch.Tensor = self.fails(x)
        except ValueError:
            out = self.goes(x) + 1
        return out


def test_what_a_module_raised_leaves_its_caller_where_it_was(count: Count) -> None:
    measurement = count(Catching(), (3, 4))
    assert macs(measurement) == {"": LINEAR, "fails": 0, "fails.child": 0, "goes": LINEAR}
    assert {call.operator: call.module for call, _ in measurement.calls} == {"aten::linear": "goes", "aten::add": ""}
