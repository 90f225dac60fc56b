"""Fourier transforms: 5 * N * log2(N) for complex points, half of it for real ones, and no MACs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

NO_SCALE, BY_ROOT = 0, 1

ROWS = [
    ("_fft_c2c", T((3, 16), "complex64"), (1,), NO_SCALE, T((3, 16), "complex64"), 3 * 5 * 16 * 4),
    ("_fft_c2c", T((3, 16), "complex64"), (-1,), BY_ROOT, T((3, 16), "complex64"), 3 * 5 * 16 * 4 + 2 * 3 * 16),
    # two dimensions are one transform of 8 * 16 points
    ("_fft_c2c", T((3, 8, 16), "complex64"), (1, 2), NO_SCALE, T((3, 8, 16), "complex64"), 3 * 5 * 128 * (3 + 4)),
    ("_fft_r2c", T((3, 16)), (1,), NO_SCALE, T((3, 9), "complex64"), 3 * 16 * 4 * 5 // 2),
    # the other half is a copy
    ("_fft_r2c", T((3, 16)), (1,), NO_SCALE, T((3, 16), "complex64"), 3 * 16 * 4 * 5 // 2),
    ("_fft_c2r", T((3, 9), "complex64"), (1,), BY_ROOT, T((3, 16)), 3 * 16 * 4 * 5 // 2 + 3 * 16),
    # 2.5 * 400 * log2(400) = 8643.85...
    ("_fft_r2c", T((2, 7, 400)), (2,), NO_SCALE, T((2, 7, 201), "complex64"), 2 * 7 * 8_644),
    ("_fft_c2c", T((5, 1), "complex64"), (1,), NO_SCALE, T((5, 1), "complex64"), 0),
    ("_fft_c2c", T((0, 8), "complex64"), (1,), NO_SCALE, T((0, 8), "complex64"), 0),
    ("_fft_c2c", T((3, 8), "complex64"), (), NO_SCALE, T((3, 8), "complex64"), 0),
]


@pytest.mark.parametrize(("operator", "points", "dim", "normalization", "out", "flops"), ROWS)
def test_transforms(operator: str, points: T, dim: tuple[int, ...], normalization: int, out: T, flops: int) -> None:
    arguments: Mapping[str, object] = {"self": points, "dim": dim, "normalization": normalization}
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, flops)
