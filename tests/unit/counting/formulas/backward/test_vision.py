"""The adjoints of torchvision's own operators."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

GRAD = T((5, 16, 7, 7))
BINS = {"pooled_height": 7, "pooled_width": 7, "height": 20, "width": 30}
# Four input channels a group, 3 x 3 taps, one group of offsets.
DEFORMED = {"grad": T((2, 4, 6, 6)), "input": T((2, 8, 6, 6)), "weight": T((4, 4, 3, 3)), "offset": T((2, 18, 6, 6))}
TAPS = 2 * 36 * 8 * 9

ROWS = [
    # operator, arguments, MACs, other FLOPs
    (
        "_roi_align_backward",
        {"grad": GRAD, **BINS, "sampling_ratio": 2},
        0,
        5 * 49 * 4 * 14 + 5 * 16 * 49 * (1 + 4 * (4 + 4)),
    ),
    (
        "_ps_roi_align_backward",
        {"grad": T((5, 1, 7, 7)), **BINS, "sampling_ratio": -1},
        0,
        5 * 49 * (3 * 5) * 14 + 5 * 49 * (1 + 3 * 5 * (4 + 4)),
    ),
    ("_roi_pool_backward", {"grad": GRAD, **BINS}, 0, 5 * 16 * 49),
    ("_ps_roi_pool_backward", {"grad": T((5, 1, 7, 7)), **BINS}, 0, 5 * 49 * (1 + 3 * 5)),
    (
        "_deform_conv2d_backward",
        {**DEFORMED, "use_mask": False},
        2 * (2 * 4 * 36 * 4 * 9),
        (14 + 2) * (2 * 9 * 36) + (8 + 2 * 7) * TAPS + (2 * 36 - 1) * 4,
    ),
    (
        "_deform_conv2d_backward",
        {**DEFORMED, "use_mask": True},
        2 * (2 * 4 * 36 * 4 * 9),
        (14 + 2) * (2 * 9 * 36) + (8 + 2 * 7 + 1 + 2) * TAPS + (2 * 36 - 1) * 4,
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "macs", "other_flops"), ROWS)
def test_vision(operator: str, arguments: Mapping[str, object], macs: int, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"torchvision::{operator}", "", arguments, ())) == Cost(macs, other_flops)
