"""Tensors and costs as plain data."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.operators import Cost, TensorSpec


@pytest.mark.parametrize(
    ("shape", "numel"), [((), 1), ((3,), 3), ((2, 3, 4), 24), ((2, 0, 4), 0), ((2**40, 2**40), 2**80)]
)
def test_elements(shape: tuple[int, ...], numel: int) -> None:
    assert TensorSpec(shape).numel == numel


@pytest.mark.parametrize(("dtype", "is_complex"), [("complex64", True), ("float32", False), ("bool", False)])
def test_complex(dtype: str, is_complex: bool) -> None:
    assert TensorSpec((), dtype).is_complex is is_complex


def test_costs_add_up() -> None:
    assert Cost(1, 20) + Cost(300, 4000) == Cost(301, 4020)
    assert Cost() == Cost(0, 0)
