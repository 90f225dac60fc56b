"""The adjoints of normalisation: FLOPs an element, a group and a parameter."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((2, 6, 5, 5))  # n = 300
C = T((6,))
ALL, INPUT, WEIGHT, BIAS = (True, True, True), (True, False, False), (False, True, False), (False, False, True)
# Two means 1 each, a product before the second, the product with x', two subtractions, the product with r.
OF_INPUT = 1 + 1 + 1 + 1 + 2 + 1
NORMALISED = 1 + 1  # x', by subtracting the mean and multiplying with r

GROUPS = [
    (
        "native_layer_norm_backward",
        {"normalized_shape": (5,), "weight": T((5,)), "output_mask": INPUT},
        (2 + 7 + 1) * 300,
    ),
    ("native_layer_norm_backward", {"normalized_shape": (5,), "weight": None, "output_mask": INPUT}, (2 + 7) * 300),
    (
        "native_layer_norm_backward",
        {"normalized_shape": (5,), "weight": T((5,)), "output_mask": ALL},
        # x' once; the weight's products and sums, the bias's sums
        (NORMALISED + OF_INPUT + 1) * 300 + 300 + (300 - 5) + (300 - 5),
    ),
    (
        "native_layer_norm_backward",
        {"normalized_shape": (5, 5), "weight": T((5, 5)), "output_mask": WEIGHT},
        NORMALISED * 300 + 300 + (300 - 25),
    ),
    ("native_layer_norm_backward", {"normalized_shape": (5,), "weight": T((5,)), "output_mask": BIAS}, 300 - 5),
    (
        "native_group_norm_backward",
        {"weight": C, "N": 2, "C": 6, "HxW": 25, "group": 3, "output_mask": ALL},
        (NORMALISED + OF_INPUT + 1) * 300 + 300 + 2 * (300 - 6),
    ),
    (
        "native_batch_norm_backward",
        {"weight": C, "train": True, "output_mask": ALL},
        (NORMALISED + OF_INPUT + 1) * 300 + 300 + 2 * (300 - 6),
    ),
    # with running statistics: r, and its product with the weight, a channel; a product an element
    ("native_batch_norm_backward", {"weight": C, "train": False, "output_mask": INPUT}, (3 + 1) * 6 + 300),
    ("native_batch_norm_backward", {"weight": None, "train": False, "output_mask": INPUT}, 3 * 6 + 300),
    (
        "native_batch_norm_backward",
        {"weight": C, "train": False, "output_mask": WEIGHT},
        3 * 6 + NORMALISED * 300 + 300 + (300 - 6),
    ),
    ("native_batch_norm_backward", {"weight": C, "train": False, "output_mask": BIAS}, 300 - 6),
    (
        "batch_norm_backward",
        {"weight": C, "update": True, "output_mask": INPUT},
        (NORMALISED + OF_INPUT + 1) * 300,
    ),
    ("cudnn_batch_norm_backward", {"weight": C}, (NORMALISED + OF_INPUT + 1) * 300 + 300 + 2 * (300 - 6)),
    ("miopen_batch_norm_backward", {"weight": C}, (NORMALISED + OF_INPUT + 1) * 300 + 300 + 2 * (300 - 6)),
    # no mean: x' by a product, one mean, product before it, product with x', subtraction, product with r
    (
        "_fused_rms_norm_backward",
        {"normalized_shape": (5,), "weight": T((5,)), "output_mask": (True, True)},
        (1 + 1 + 5) * 300 + 300 + (300 - 5),
    ),
    ("_fused_rms_norm_backward", {"normalized_shape": (5,), "output_mask": (True, False)}, (1 + 5) * 300),
]


@pytest.mark.parametrize(("operator", "arguments", "flops"), GROUPS)
def test_normalisation(operator: str, arguments: Mapping[str, object], flops: int) -> None:
    call = OperatorCall(f"aten::{operator}", "", {"grad_output": X, "input": X, **arguments}, (X, None, None))
    assert FORMULAS.cost(call) == Cost(0, flops)


def test_weight_norm() -> None:
    arguments = {"grad_w": T((8, 4)), "saved_v": T((8, 4)), "saved_g": T((8, 1)), "saved_norms": T((8, 1)), "dim": 0}
    call = OperatorCall("aten::_weight_norm_interface_backward", "", arguments, (T((8, 4)), T((8, 1))))
    # a norm's gradient by 4 products and 3 sums and a division; a product, a subtraction, a product; two divisions
    assert FORMULAS.cost(call) == Cost(0, 8 * (4 + 3 + 1) + 3 * 32 + 2 * 8)
