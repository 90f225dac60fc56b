"""Histograms: finding each element's bin."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.counting.operators import TensorSpec as T

X, BINS = T((4, 5)), T((8,))
EDGES = T((9,))  # four comparisons find one of nine
POINTS = T((10, 2))

ROWS = [
    # operator, arguments, out, MACs, other FLOPs
    ("histc", {"self": X}, BINS, 0, (2 + 1 + 1 + 1 + 1) * 20),
    ("histogram", {"self": X, "bins": 8}, (BINS, EDGES), 0, 6 * 20),
    ("histogram", {"self": X, "bins": 8, "density": True}, (BINS, EDGES), 0, 6 * 20 + 3 * 8),
    ("histogram", {"self": X, "bins": EDGES}, (BINS, EDGES), 0, (4 + 1) * 20),
    ("_histogramdd_from_bin_cts", {"self": POINTS}, T((4, 4)), 0, 6 * 20),
    ("_histogramdd_from_bin_cts", {"self": POINTS, "density": True}, T((4, 4)), 0, 6 * 20 + 3 * 16),
    ("_histogramdd_from_bin_tensors", {"self": POINTS, "bins": (EDGES, T((3,)))}, T((8, 2)), 0, 10 * (5 + 3)),
    ("_histogramdd_bin_edges", {"self": POINTS}, (EDGES, EDGES), 0, 2 * 20 + 2 * 18),
    ("_histogramdd_bin_edges", {"self": POINTS, "range": (0, 1, 0, 1)}, (EDGES,), 0, 2 * 9),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "macs", "other_flops"), ROWS)
def test_histograms(operator: str, arguments: Mapping[str, object], out: object, macs: int, other_flops: int) -> None:
    name = operator if "::" in operator else f"aten::{operator}"
    assert FORMULAS.cost(OperatorCall(name, "", arguments, out)) == Cost(macs, other_flops)
