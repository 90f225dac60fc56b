"""Repeating, splitting and encoding by known tensors: numbers in their places."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.repeating import sized

aten = torch.ops.aten
x = torch.ones(3, 4)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(Call(aten.repeat_interleave.self_int, (x, 2), {}), id="a number of repeats"),
        pytest.param(Call(aten.tensor_split.indices, (x, [1, 2]), {}), id="places as numbers"),
        pytest.param(Call(aten.one_hot.default, (torch.zeros(0, dtype=torch.int64),), {}), id="no classes"),
    ],
)
def test_what_no_tensor_tells(call: Call) -> None:
    assert sized(call) is call


def test_what_a_known_tensor_tells() -> None:
    call = sized(Call(aten.repeat_interleave.self_Tensor, (x, torch.tensor([1, 0, 4]), 0), {}))
    assert call.kwargs == {"output_size": 1 + 0 + 4}
