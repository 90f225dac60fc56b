"""Tensors without data refuse whatever would need it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from pytest_flopbudget import count
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.dataless import ReadsValuesError, dataless


class _Answers(TorchDispatchMode):
    def __torch_dispatch__(self, *_: object) -> float:
        return 0.0


def answers() -> AbstractContextManager[object]:
    """A mode of a user's that has a number for every question."""
    mode: Callable[[], AbstractContextManager[object]] = _Answers
    return mode()


@pytest.mark.parametrize("name", ["tolist", "numpy", "__array__"])
def test_values_are_handed_out_by_nobody(name: str) -> None:
    x = dataless((2,), torch.float32)
    with answers(), pytest.raises(ReadsValuesError, match=r"^reads values that depend on data$"):
        getattr(x, name)()


def test_values_of_another_shape_are_not_followed(as_model: Callable[[Callable[..., object]], nn.Module]) -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        x.data = torch.ones(4, 2)
        return x

    with pytest.raises(MeasureError) as error:
        count(as_model(forward), "2x4", backend="shapes")
    assert error.value.headline == (
        "cannot be counted on shapes: aten::_local_scalar_dense in Function reads values that depend on data"
    )
