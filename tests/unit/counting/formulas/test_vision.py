"""torchvision's own operators."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

MAP = T((2, 16, 20, 30))
BINS = {"pooled_height": 7, "pooled_width": 7}
DEFORMED = {"input": T((2, 8, 6, 6)), "weight": T((4, 4, 3, 3)), "offset": T((2, 18, 6, 6))}

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("nms", {"dets": T((8, 4)), "scores": T((8,))}, T((3,), "int64"), 0, 8 * 3 + 3 * 8 + 13 * (8 * 7 // 2)),
    ("nms", {"dets": T((1, 4)), "scores": T((1,))}, T((1,), "int64"), 0, 3),
    ("nms", {"dets": T((0, 4)), "scores": T((0,))}, T((0,), "int64"), 0, 0),
    (
        "roi_align",
        {"input": MAP, "rois": T((5, 5)), **BINS, "sampling_ratio": 2},
        T((5, 16, 7, 7)),
        0,
        5 * 49 * 4 * 14 + 5 * 16 * 49 * 4 * 8,
    ),
    (
        "roi_align",
        {"input": MAP, "rois": T((5, 5)), **BINS, "sampling_ratio": -1},
        T((5, 16, 7, 7)),
        0,
        5 * 49 * (3 * 5) * 14 + 5 * 16 * 49 * (3 * 5) * 8,
    ),
    (
        "ps_roi_align",
        {"input": T((1, 49, 20, 30)), "rois": T((5, 5)), **BINS, "sampling_ratio": 1},
        (T((5, 1, 7, 7)), T((5, 1, 7, 7), "int32")),
        0,
        5 * 49 * 14 + 5 * 49 * 8,
    ),
    ("roi_pool", {"input": MAP, **BINS}, (T((5, 16, 7, 7)), T((5, 16, 7, 7), "int32")), 0, 5 * 16 * 49 * 3 * 5),
    ("ps_roi_pool", {"input": T((1, 49, 7, 7)), **BINS}, (T((5, 1, 7, 7)), T((5, 1, 7, 7))), 0, 5 * 49),
    ("roi_pool", {"input": MAP, **BINS}, (T((0, 16, 7, 7)), T((0, 16, 7, 7), "int32")), 0, 0),
    (
        "deform_conv2d",
        {**DEFORMED, "use_mask": False},
        T((2, 4, 6, 6)),
        2 * 4 * 36 * 4 * 9,
        2 * 4 * 36 + 16 * 2 * 9 * 36 + 7 * 2 * 36 * 8 * 9,
    ),
    (
        "deform_conv2d",
        {**DEFORMED, "use_mask": True},
        T((2, 4, 6, 6)),
        2 * 4 * 36 * 4 * 9,
        2 * 4 * 36 + 16 * 2 * 9 * 36 + 8 * 2 * 36 * 8 * 9,
    ),
    (
        "deform_conv2d",
        {**DEFORMED, "weight": T((4, 8, 3, 3)), "use_mask": True},
        T((2, 4, 6, 6)),
        2 * 4 * 36 * 8 * 9,
        2 * 4 * 36 + 16 * 2 * 9 * 36 + 8 * 2 * 36 * 8 * 9,
    ),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_vision(operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"torchvision::{operator}", "", arguments, out)) == Cost(macs, other_flops)
