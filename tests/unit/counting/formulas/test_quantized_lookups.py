"""Quantized tables: each row that is looked up is dequantised."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

INDICES, TABLE = T((6,), "int64"), T((10, 8))
BAGS = T((3, 4))

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("quantized::embedding_byte", {"indices": INDICES}, T((6, 8)), 0, 2 * 48),
    ("quantized::embedding_4bit", {"indices": INDICES}, T((6, 8)), 0, 2 * 48),
    # A sum of rows of 4: an addition and 2 for each element of the six rows.
    ("quantized::embedding_bag_byte", {"indices": INDICES}, BAGS, 0, (1 + 2) * 24),
    ("quantized::embedding_bag_4bit", {"indices": INDICES, "mode": 1}, BAGS, 0, (1 + 2) * 24 + 12),
    (
        "quantized::embedding_bag_byte_rowwise_offsets",
        {"indices": INDICES, "per_sample_weights": T((6,))},
        BAGS,
        24,
        2 * 24,
    ),
    ("quantized::embedding_bag_byte_prepack", {"weight": TABLE}, T((10, 16), "uint8"), 0, (5 + 2) * 80),
    ("quantized::embedding_bag_byte_unpack", {"weight": T((10, 16), "uint8")}, TABLE, 0, 2 * 80),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_quantized_lookups(
    operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int
) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
