"""Tensors of a class that says what operators do with them: executed, with all that they compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import MeasureError

StateOf = Callable[[nn.Module], dict[str, object]]


AS_TORCH_DOES = vars(torch.Tensor)["__torch_function__"].__func__


class Twice(torch.Tensor):
    """A weight whose product is taken twice."""

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., object],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> object:
        if func is nn.functional.linear:
            with torch._C.DisableTorchFunctionSubclass():
                return nn.functional.linear(nn.functional.linear(args[0], args[1]), args[1])
        return AS_TORCH_DOES(cls, func, types, args, kwargs)


class Plain(torch.Tensor):
    """A class of one's own that says nothing."""


def layer(kind: type[torch.Tensor], *, as_buffer: bool = False) -> nn.Linear:
    made = nn.Linear(8, 8, bias=False)
    weight = made.weight.detach().as_subclass(kind)
    if as_buffer:
        del made.weight
        made.register_buffer("weight", weight)
    else:
        made.weight = nn.Parameter(weight)
    return made


@pytest.mark.parametrize("as_buffer", [False, True])
@pytest.mark.parametrize("backend", ["auto", "execute"])
def test_what_they_compute_is_counted(backend: str, as_buffer: bool, state_of: StateOf) -> None:
    model = layer(Twice, as_buffer=as_buffer)
    before = state_of(model)
    measurement = count(model, "4x8", backend="auto" if backend == "auto" else "execute")
    assert (measurement.macs, measurement.traced) == (2 * 4 * 8 * 8, "executed")
    assert not measurement.data_dependent
    assert state_of(model) == before


def test_on_shapes_they_are_refused() -> None:
    with pytest.raises(MeasureError) as error:
        count(layer(Twice), "4x8", backend="shapes")
    assert str(error.value).splitlines()[0] == (
        "cannot be counted on shapes: the forward in Linear meets a parameter or buffer of its own make, Twice"
    )


@pytest.mark.parametrize("as_buffer", [False, True])
def test_a_class_that_says_nothing_is_as_good_as_torchs(as_buffer: bool) -> None:
    measurement = count(layer(Plain, as_buffer=as_buffer), "4x8")
    assert (measurement.macs, measurement.traced) == (4 * 8 * 8, "shapes")
