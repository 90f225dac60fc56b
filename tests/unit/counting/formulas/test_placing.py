"""Writing into places: free where a value only moves."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X = T((6, 5))
INDEX = T((4, 5), "int64")
IDS = T((4,), "int64")
MASK = T((6,), "bool")
BAGS = (T((3, 7)), T((3,), "int64"), T((3,), "int64"), T((3,), "int64"))

ROWS = [
    ("scatter", {"self": X, "dim": 0, "index": INDEX, "src": INDEX}, X, 0),
    ("scatter", {"self": X, "dim": 0, "index": INDEX, "src": INDEX, "reduce": "add"}, X, 4 * 5),
    ("scatter_add_", {"self": X, "dim": 0, "index": INDEX, "src": INDEX}, X, 4 * 5),
    ("scatter_reduce", {"self": X, "dim": 0, "index": INDEX, "src": INDEX, "reduce": "amax"}, X, 4 * 5),
    ("scatter_reduce", {"self": X, "dim": 0, "index": INDEX, "src": INDEX, "reduce": "mean"}, X, 4 * 5 + 6 * 5),
    ("index_add", {"self": X, "dim": 0, "index": IDS, "source": T((4, 5)), "alpha": 1}, X, 4 * 5),
    ("index_add", {"self": X, "dim": 0, "index": IDS, "source": T((4, 5)), "alpha": 2}, X, 2 * 4 * 5),
    ("index_reduce", {"self": X, "dim": 0, "index": IDS, "source": T((4, 5)), "reduce": "prod"}, X, 4 * 5),
    ("index_put", {"self": X, "indices": (IDS,), "values": T((5,)), "accumulate": False}, X, 0),
    # four rows of five, whatever broadcasts
    ("index_put", {"self": X, "indices": (IDS,), "values": T((5,)), "accumulate": True}, X, 4 * 5),
    ("index_put", {"self": X, "indices": (None, IDS), "values": T(()), "accumulate": True}, X, 6 * 4),
    (
        "index_put",
        {"self": X, "indices": (T((4, 1), "int64"), T((3,), "int64")), "values": T(()), "accumulate": True},
        X,
        12,
    ),
    ("index_put_", {"self": X, "indices": (MASK,), "values": T((2, 5)), "accumulate": True}, X, 2 * 5),
    ("put", {"self": X, "index": IDS, "source": T((4,)), "accumulate": True}, X, 4),
    ("put_", {"self": X, "index": IDS, "source": T((4,)), "accumulate": False}, X, 0),
    ("col2im", {"self": T((1, 8, 9))}, T((1, 2, 4, 4)), 8 * 9),
    ("nonzero", {"self": X}, T((0, 2), "int64"), 6 * 5),
    ("where", {"condition": MASK, "self": T((6,)), "other": T((6,))}, T((6,)), 0),
    ("where", {"condition": MASK}, (T((0,), "int64"),), 6),
    ("_unsafe_masked_index_put_accumulate", {"self": X, "mask": MASK, "values": T((4, 5))}, X, 4 * 5),
    ("segment_reduce", {"data": T((6, 3)), "reduce": "sum"}, T((2, 3)), 6 * 3),
    ("segment_reduce", {"data": T((6, 3)), "reduce": "mean"}, T((2, 3)), 6 * 3 + 2 * 3),
    ("bincount", {"self": IDS, "weights": None}, T((9,), "int64"), 4),
    ("histc", {"self": X, "bins": 10}, T((10,)), (2 + 1 + 1 + 1 + 1) * 30),
    # 10 rows of 7 into 3 bags
    ("embedding_bag", {"weight": T((9, 7)), "indices": T((10,), "int64"), "mode": 0}, BAGS, 10 * 7),
    ("embedding_bag", {"weight": T((9, 7)), "indices": T((10,), "int64"), "mode": 1}, BAGS, 10 * 7 + 3 * 7),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "other_flops"), ROWS)
def test_placing(operator: str, arguments: Mapping[str, object], out: object, other_flops: int) -> None:
    assert FORMULAS.cost(OperatorCall(f"aten::{operator}", "", arguments, out)) == Cost(0, other_flops)


def test_bags_of_rows_with_weights_are_a_product() -> None:
    arguments = {"indices": T((10,), "int64"), "mode": 0, "per_sample_weights": T((10,))}
    assert FORMULAS.cost(OperatorCall("aten::_embedding_bag", "", arguments, BAGS)) == Cost(10 * 7)
