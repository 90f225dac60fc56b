"""Which attributes of modules may hold tensors, beside those that torch keeps for them."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque

import pytest
import torch
from torch import nn

from pytest_flopbudget.trace.snapshots import Snapshots

TENSOR = torch.zeros(2)


class Plain:
    """An object that is neither a container nor a module."""

    def __init__(self) -> None:
        self.tensor = TENSOR


def holding(value: object, module: nn.Module, name: str = "held") -> nn.Module:
    vars(module)[name] = value
    return module


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(TENSOR, id="tensor"),
        pytest.param((1, TENSOR), id="tuple"),
        pytest.param(((1,), 2), id="nested tuple"),
        pytest.param([TENSOR], id="list"),
        pytest.param({"a": TENSOR}, id="dict"),
        pytest.param(OrderedDict(a=[TENSOR]), id="ordered"),
        pytest.param(defaultdict(None, {"a": TENSOR}), id="default"),
        pytest.param(Plain(), id="object"),
    ],
)
def test_what_may_hold_tensors_is_found(value: object) -> None:
    module = holding(value, nn.Linear(2, 3))

    assert Snapshots([module]).attributes == [(module, "held", value)]


@pytest.mark.parametrize("value", [None, 1, "a", (1, 2.5), [1, 2], {"a": "b"}, {}, [], (), torch.float32, torch.relu])
def test_what_holds_none_is_passed_by(value: object) -> None:
    module = holding(value, nn.Conv2d(2, 3, 1))

    assert Snapshots([module]).attributes == []


def test_parameters_buffers_and_modules_are_none_of_them() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))

    state = Snapshots(model.modules())

    assert state.modules == (model, model[0], model[1])
    assert state.attributes == []


def test_modules_of_one_class_with_other_attributes_are_told_apart() -> None:
    first, second = holding(1, nn.ReLU()), holding(TENSOR, nn.ReLU())
    third = holding([TENSOR], nn.ReLU(), "other")

    attributes = Snapshots([first, second, third]).attributes

    assert [(each.module, each.name) for each in attributes] == [(second, "held"), (third, "other")]


def test_what_was_empty_is_emptied_and_what_was_filled_is_as_it_was() -> None:
    empty: list[object] = []
    filled: deque[object] = deque([1])
    nested: tuple[dict[str, list[int]]] = ({"a": []},)
    module = nn.ReLU()
    vars(module).update(empty=empty, filled=filled, nested=nested)
    before = dict(vars(module))
    state = Snapshots([module])

    empty.append(TENSOR)
    filled.append(2)
    nested[0]["a"].append(3)
    nested[0]["b"] = [4]
    vars(module).update(more=5, empty=None)
    state.put_back()

    assert vars(module) == before
    assert (empty, filled, nested) == ([], deque([1]), ({"a": []},))


def test_what_lies_deeper_than_very_many_values_is_left_alone() -> None:
    deepest = [1]
    deeper: list[object] = [deepest]
    module = holding([[0] * 50_000, deeper], nn.ReLU())
    state = Snapshots([module])

    deepest.append(2)
    deeper.append(3)
    state.put_back()

    assert (deeper, deepest) == ([[1, 2]], [1, 2])
