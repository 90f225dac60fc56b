"""Windows, frequencies and powers: FLOPs an element."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

ROWS = [
    ("fft_fftfreq", 1),
    ("fft_rfftfreq", 1),
    ("logspace", 1),
    ("hann_window", 1 + 1 + 1 + 1),
    ("hamming_window", 1 + 1 + 1 + 1),
    ("bartlett_window", 1 + 1 + 1 + 1),
    ("blackman_window", 2 * (1 + 1 + 1 + 1)),
    ("kaiser_window", 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1),
]


@pytest.mark.parametrize(("operator", "flops"), ROWS)
def test_flops_an_element(operator: str, flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", {}, T((20,)))) == Cost(0, flops * 20)
