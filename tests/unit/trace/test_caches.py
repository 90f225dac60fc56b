"""Caches of functions: a forward may fill them, and a later real call must not be given what has no data."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.dataless import DatalessTensor

AsModel = Callable[[Callable[..., object]], nn.Module]
Positions = Callable[[int, torch.dtype], object]
Cached = Callable[[Positions], "functools._lru_cache_wrapper[object]"]


def positions(size: int, dtype: torch.dtype) -> torch.Tensor:
    """Too large to be kept as a known value: 4 MiB."""
    return torch.arange(size * size, dtype=dtype).view(size, size)


def nested(size: int, dtype: torch.dtype) -> object:
    return ({"positions": [positions(size, dtype)]}, size)


@pytest.fixture(params=[functools.cache, functools.lru_cache(maxsize=1)], ids=["unbounded", "bounded"])
def cached(request: pytest.FixtureRequest) -> Cached:
    wrap: Cached = request.param
    return wrap


@pytest.mark.parametrize("function", [positions, nested])
def test_they_are_emptied(as_model: AsModel, cached: Cached, function: Positions) -> None:
    look_up = cached(function)
    model = as_model(lambda x: (look_up(1024, x.dtype), x @ x.t()))
    assert count(model, "3x4", backend="shapes").macs == 3 * 3 * 4
    assert look_up.cache_info().currsize == 0
    assert not isinstance(model(torch.ones(3, 4))[0], DatalessTensor)


def test_those_that_keep_nothing_of_the_trace_are_left_alone(as_model: AsModel, cached: Cached) -> None:
    other, look_up = cached(positions), cached(positions)
    before = other(2, torch.float32)
    count(as_model(lambda x: (look_up(1024, x.dtype), x @ x.t())), "3x4", backend="shapes")
    assert other(2, torch.float32) is before


def test_also_when_the_forward_goes_on_executed(as_model: AsModel, cached: Cached) -> None:
    look_up = cached(positions)

    def forward(x: torch.Tensor) -> torch.Tensor:
        table = look_up(1024, x.dtype)
        assert isinstance(table, torch.Tensor)
        return x @ table[:4, :4] if x.sum() > -1e9 else x

    measurement = count(as_model(forward), "3x4")
    assert (measurement.macs, measurement.traced) == (3 * 4 * 4, "executed")


def test_also_when_it_fails(as_model: AsModel, cached: Cached) -> None:
    look_up = cached(positions)
    with pytest.raises(MeasureError) as refused:
        count(as_model(lambda x: look_up(1024, x.dtype) @ x), "3x4", backend="shapes")
    assert not any(detail.startswith("leaks") for detail in refused.value.details)
    assert look_up.cache_info().currsize == 0
