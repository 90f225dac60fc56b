"""The address of a tensor without data: compared like any other, and nowhere that a kernel could write to."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.addresses import Address

AsModel = Callable[[Callable[..., object]], nn.Module]


def written_over(x: torch.Tensor) -> torch.Tensor:
    """What a kernel that is no operator does: it writes to where a tensor is."""
    y = x @ x
    (ctypes.c_float * y.numel()).from_address(y.data_ptr())[:] = [1.0] * y.numel()
    return y @ x


def as_a_number(x: torch.Tensor) -> torch.Tensor:
    return x @ x if int(x.data_ptr()) > 0 else x


def aligned(x: torch.Tensor) -> torch.Tensor:
    """Asks what only compares, and computes one product where the answers are those of real tensors."""
    y = x @ x
    same = y.data_ptr() == y[0].data_ptr() and y.data_ptr() <= y[1].data_ptr() and y.data_ptr() not in {x.data_ptr(), 0}
    return y if same and y[1].data_ptr() - y.data_ptr() == 4 * 4 and y.data_ptr() % 4 == 0 else y @ y


def test_a_kernel_gets_no_address_on_shapes_and_the_model_is_executed(as_model: AsModel) -> None:
    measurement = count(as_model(written_over), "4x4")
    assert (measurement.macs, measurement.traced) == (2 * 4 * 4 * 4, "executed")


@pytest.mark.parametrize("forward", [written_over, as_a_number])
def test_on_shapes_alone_it_is_an_error(as_model: AsModel, forward: Callable[..., object]) -> None:
    with pytest.raises(MeasureError):
        count(as_model(forward), "4x4", backend="shapes")


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_comparing_is_followed(as_model: AsModel, backend: str) -> None:
    assert count(as_model(aligned), "4x4", backend="shapes" if backend == "shapes" else "execute").macs == 4 * 4 * 4


def test_it_compares_and_is_no_integer() -> None:
    error = RuntimeError("refused")
    here, there = Address(64, error), Address(80, error)
    assert (here == Address(64, error), here == 64, here == there, hash(here) == hash(64)) == (True, True, False, True)
    assert (here < there, there - here, there % 16, bool(here)) == (True, 16, 0, True)
    with pytest.raises(RuntimeError, match="refused"):
        int(here)
