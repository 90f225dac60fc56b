"""Writing into places: free where a value only moves, an operation where it meets what stands there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import zip_longest

from pytest_flopbudget.counting.formulas.elements import (
    Output,
    broadcast,
    first,
    in_place_too,
    per_element,
    real_numbers,
)
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

SUM_BAG = 0
MEAN_BAG = 1


@formula(*in_place_too("scatter_add"))
def scatter_add(self: TensorSpec, index: TensorSpec, **_: object) -> Cost:
    """self[index] += src: an addition for each index"""
    return Cost(other_flops=real_numbers(self) * index.numel)


@formula(*in_place_too("scatter"))
def scatter(self: TensorSpec, index: TensorSpec, *, reduce: str | None = None, **_: object) -> Cost:
    """self[index] = src, a copy; with ``reduce``, a sum or product for each index"""
    return Cost() if reduce is None else scatter_add(self, index)


@formula(*in_place_too("scatter_reduce"))
def scatter_reduce(self: TensorSpec, index: TensorSpec, reduce: str, *, out: TensorSpec, **_: object) -> Cost:
    """self[index] combined with src: an operation for each index; a mean divides each output element"""
    return scatter_add(self, index) + per_element(int(reduce == "mean"), out)


@formula(*in_place_too("index_add"))
def index_add(source: TensorSpec, *, alpha: complex = 1, **_: object) -> Cost:
    """self[index] += alpha * source: add 1, and multiply 1 unless alpha is 1"""
    return per_element(1 + (alpha != 1), source)


@formula(*in_place_too("index_reduce"))
def index_reduce(source: TensorSpec, reduce: str, *, out: TensorSpec, **_: object) -> Cost:
    """self[index] combined with source: an operation an element; a mean divides each output element"""
    return per_element(1, source) + per_element(int(reduce == "mean"), out)


@formula(*in_place_too("index_put", "_index_put_impl"), "aten::_unsafe_index_put")
def index_put(
    self: TensorSpec,
    indices: Sequence[TensorSpec | None],
    values: TensorSpec,
    *,
    accumulate: bool = False,
    **_: object,
) -> Cost:
    """self[indices] = values, a copy; with ``accumulate``, an addition for each place that is named

    How many places a mask names is not known from shapes: then an addition for each value.
    """
    if not accumulate:
        return Cost()
    if any(index is not None and index.dtype in ("bool", "uint8") for index in indices):
        return per_element(1, values)
    named = broadcast(*(index.shape for index in indices if index is not None))
    kept = [size for size, index in zip_longest(self.shape, indices) if index is None]
    return Cost(other_flops=real_numbers(self) * math.prod((*named, *kept)))


@formula("aten::_unsafe_masked_index_put_accumulate")
def masked_index_put(values: TensorSpec, **_: object) -> Cost:
    """self[indices] += values where a mask lets them: an addition for each value"""
    return per_element(1, values)


@formula(*in_place_too("put"))
def put(source: TensorSpec, *, accumulate: bool = False, **_: object) -> Cost:
    """self[index] = source over the flattened elements, a copy; with ``accumulate``, an addition for each"""
    return per_element(int(accumulate), source)


@formula("aten::col2im")
def col2im(self: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = col2im([n, c * kernel, windows]): each element is added to its place"""
    return per_element(1, self)


@formula("aten::nonzero", "aten::nonzero_static")
def nonzero(self: TensorSpec, **_: object) -> Cost:
    """The places of the elements that are not 0: a comparison an element"""
    return per_element(1, self)


@formula("aten::where")
def where(condition: TensorSpec, *, self: object = None, **_: object) -> Cost:
    """Choosing between two values that are there is free; the condition alone asks for its places: nonzero"""
    return nonzero(condition) if self is None else Cost()


@formula("aten::segment_reduce")
def segment_reduce(data: TensorSpec, reduce: str, *, out: TensorSpec, **_: object) -> Cost:
    """Each element is combined with what its segment has so far: 1; a mean divides each output element"""
    return per_element(1, data) + per_element(int(reduce == "mean"), out)


@formula("aten::bincount")
def bincount(self: TensorSpec, **_: object) -> Cost:
    """counts[self] += 1, or a weight: an addition for each element"""
    return Cost(other_flops=self.numel)


@formula("aten::embedding_bag", "aten::_embedding_bag", "aten::_embedding_bag_forward_only")
def embedding_bag(
    indices: TensorSpec,
    *,
    out: Output,
    mode: int = SUM_BAG,
    per_sample_weights: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[bags, d] = the sum (mode 0), mean (1) or maximum (2) of the rows that each bag looks up

    Each row meets the bag's result so far: d operations an index. A mean divides each output element. Rows with
    weights are a product of matrices, of which one is given by its indices: d MACs an index.
    """
    bags = first(out)
    met = indices.numel * bags.shape[-1]
    if per_sample_weights is not None:
        return Cost(met)
    return Cost(other_flops=met) + per_element(int(mode == MEAN_BAG), bags)
