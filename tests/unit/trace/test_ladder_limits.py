"""How much may be executed of a live model, and that one without data is not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.errors import MeasureError


def refused(model: nn.Module, backend: Backend, shape: str = "8x4") -> list[str]:
    with pytest.raises(MeasureError) as error:
        count(model, shape, backend=backend)
    return str(error.value).splitlines()


class Router(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 2 if x.sum() > 0 else x


@pytest.mark.parametrize(
    ("backend", "headline"),
    [
        ("auto", "cannot be counted on shapes: aten::is_nonzero in 1 (Router) reads values that depend on data"),
        ("execute", "too large to be executed"),
    ],
)
def test_a_live_model_is_under_the_same_limit(backend: Backend, headline: str) -> None:
    lines = refused(nn.Sequential(nn.Identity(), Router()), backend, f"{2**10}x{2**20}")
    assert lines[0] == headline
    assert lines[-2:] == [
        "size      parameters, buffers and inputs take 4 GiB, more than execute_limit = '2 GiB', so it is not executed",
        'hint      execute_limit = "4 GiB" lets it be executed',
    ]


def test_a_little_too_large_does_not_look_like_the_limit() -> None:
    size = refused(nn.Sequential(nn.Identity(), Router()), "execute", f"{2**29 + 2**10}")[-2]
    room = "parameters, buffers and inputs take 2.000004 GiB"
    assert size == f"size      {room}, more than execute_limit = '2 GiB', so it is not executed"


@pytest.mark.parametrize(
    ("backend", "headline"),
    [
        ("auto", "cannot be counted on shapes: aten::is_nonzero in 1 (Router) reads values that depend on data"),
        ("execute", "without data it cannot be executed"),
    ],
)
def test_a_model_without_data_is_not_executed(backend: Backend, headline: str) -> None:
    with torch.device("meta"):
        model = nn.Sequential(nn.Linear(4, 4), Router(), nn.BatchNorm1d(4))
    lines = refused(model, backend)
    assert lines[0] == headline
    assert lines[-2:] == [
        "data      on the meta device: 0.weight, 0.bias, 2.weight, …",
        "hint      build the model on a device with data",
    ]
