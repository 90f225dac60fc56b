"""Histograms: every element finds its bin among equal ones, or by binary search among the edges that are given.

A density divides each bin by the sum and its width: 3 a bin. Looking for the range where none is given is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import Output, first, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

# Two comparisons with the bounds, subtract, multiply, round, add to the count.
_EQUAL_BINS = 6
_DENSITY = 3


@formula("aten::histc")
def histc(self: TensorSpec, **_: object) -> Cost:
    """counts[floor((x - min) * scale)] += 1 within bounds: two comparisons, subtract, multiply, round, add: 6"""
    return per_element(_EQUAL_BINS, self)


@formula("aten::histogram")
def histogram(self: TensorSpec, bins: int | TensorSpec, *, out: Output, density: bool = False, **_: object) -> Cost:
    """[bins] = histogram([n]): 6 an element, or with e edges ceil(log2(e)) comparisons and an addition"""
    each = _searched(bins) if isinstance(bins, TensorSpec) else _EQUAL_BINS
    return per_element(each, self) + per_element(_DENSITY * density, first(out))


@formula("aten::_histogramdd_from_bin_cts")
def histogram_of_points(self: TensorSpec, *, out: TensorSpec, density: bool = False, **_: object) -> Cost:
    """[*bins] = histogramdd([n, d]): 6 a coordinate"""
    return per_element(_EQUAL_BINS, self) + per_element(_DENSITY * density, out)


@formula("aten::_histogramdd_from_bin_tensors")
def histogram_of_points_by_edges(
    self: TensorSpec, bins: Sequence[TensorSpec], *, out: TensorSpec, density: bool = False, **_: object
) -> Cost:
    """[*bins] = histogramdd([n, d]): of e edges ceil(log2(e)) comparisons and an addition a coordinate"""
    points = math.prod(self.shape[:-1])
    return Cost(other_flops=points * sum(map(_searched, bins))) + per_element(_DENSITY * density, out)


@formula("aten::_histogramdd_bin_edges")
def histogram_edges(self: TensorSpec, *, out: Sequence[TensorSpec], range: object = None, **_: object) -> Cost:
    """The least and the greatest of each coordinate, unless a range is given: 2 each; multiply, add: 2 an edge"""
    extremes = per_element(0 if range else 2, self)
    return extremes + sum((per_element(2, edges) for edges in out), Cost())


def _searched(edges: TensorSpec) -> int:
    return max(edges.numel - 1, 0).bit_length() + 1
