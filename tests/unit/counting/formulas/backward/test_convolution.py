"""The adjoints of convolutions: MACs of each gradient that is asked for, and the sums of the bias."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

Shape = tuple[int, ...]
ALL, INPUT, WEIGHT, BIAS = (True, True, True), (True, False, False), (False, True, False), (False, False, True)

ROWS = [
    # input, weight, gradient of the output, transposed, asked for, MACs, other FLOPs
    ((2, 4, 10, 10), (6, 4, 3, 3), (2, 6, 8, 8), False, INPUT, 2 * 8 * 8 * 6 * 4 * 9, 0),
    ((2, 4, 10, 10), (6, 4, 3, 3), (2, 6, 8, 8), False, WEIGHT, 2 * 8 * 8 * 6 * 4 * 9, 0),
    ((2, 4, 10, 10), (6, 4, 3, 3), (2, 6, 8, 8), False, BIAS, 0, (2 * 8 * 8 - 1) * 6),
    ((2, 4, 10, 10), (6, 4, 3, 3), (2, 6, 8, 8), False, ALL, 2 * (2 * 8 * 8 * 6 * 4 * 9), (2 * 8 * 8 - 1) * 6),
    # two groups: a kernel over half of the channels; depthwise: over one
    ((2, 4, 10), (6, 2, 3), (2, 6, 8), False, (True, True, False), 2 * (2 * 8 * 6 * 2 * 3), 0),
    ((2, 4, 10, 10), (4, 1, 3, 3), (2, 4, 8, 8), False, WEIGHT, 2 * 8 * 8 * 4 * 9, 0),
    # transposed: every input element meets the kernel elements of its group
    ((1, 8, 10, 10), (8, 4, 3, 3), (1, 16, 21, 21), True, INPUT, 28_800, 0),
    ((1, 8, 10, 10), (8, 4, 3, 3), (1, 16, 21, 21), True, WEIGHT, 28_800, 0),
    ((1, 8, 10, 10), (8, 4, 3, 3), (1, 16, 21, 21), True, BIAS, 0, (21 * 21 - 1) * 16),
    # no samples
    ((0, 4, 10, 10), (6, 4, 3, 3), (0, 6, 8, 8), False, ALL, 0, 0),
]


@pytest.mark.parametrize("operator", ["convolution_backward", "convolution_backward_overrideable"])
@pytest.mark.parametrize(("input", "weight", "grad_output", "transposed", "mask", "macs", "other_flops"), ROWS)
def test_convolution_backward(
    operator: str,
    input: Shape,
    weight: Shape,
    grad_output: Shape,
    transposed: bool,
    mask: tuple[bool, bool, bool],
    macs: int,
    other_flops: int,
) -> None:
    arguments = {
        "grad_output": T(grad_output),
        "input": T(input),
        "weight": T(weight),
        "transposed": transposed,
        "output_mask": mask,
    }
    gradients = tuple(T(shape) if asked else None for shape, asked in zip((input, weight, (6,)), mask, strict=True))
    call = OperatorCall(f"aten::{operator}", "", arguments, gradients)
    assert FORMULAS.cost(call) == Cost(macs, other_flops)


def test_complex_products_are_four_real_ones() -> None:
    arguments = {
        "grad_output": T((1, 6, 3, 3), "complex64"),
        "input": T((1, 4, 5, 5), "complex64"),
        "weight": T((6, 4, 3, 3), "complex64"),
        "transposed": False,
        "output_mask": WEIGHT,
    }
    call = OperatorCall("aten::convolution_backward", "", arguments, (None, arguments["weight"], None))
    assert FORMULAS.cost(call) == Cost(4 * 3 * 3 * 6 * 4 * 9)
