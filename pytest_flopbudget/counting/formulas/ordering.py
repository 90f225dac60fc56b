"""Sorting and searching: comparisons only. How many a sort takes depends on the data; merge sort's bound is counted.

A row of n is sorted in n * ceil(log2(n)) comparisons (Knuth, The Art of Computer Programming 3, 5.2.4).
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element, rows
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::sort")
def sort(self: TensorSpec, *, dim: int = -1, **_: object) -> Cost:
    """n * ceil(log2(n)) comparisons for each row of n"""
    count, length = rows(self, dim)
    return Cost(other_flops=count * length * _log2(length))


@formula("aten::kthvalue")
def kthvalue(self: TensorSpec, *, dim: int = -1, **_: object) -> Cost:
    """Counted as a sort of each row"""
    return sort(self, dim=dim)


@formula("aten::median", "aten::nanmedian")
def median(self: TensorSpec, *, dim: int | None = None, **_: object) -> Cost:
    """Counted as a sort of each row, of all elements where no dim is given"""
    return sort(TensorSpec((self.numel,), self.dtype) if dim is None else self, dim=-1 if dim is None else dim)


@formula("aten::mode")
def mode(self: TensorSpec, *, dim: int = -1, **_: object) -> Cost:
    """A sort of each row, then each element meets the one before it and the longest run: two comparisons"""
    return sort(self, dim=dim) + per_element(2, self)


@formula("aten::_unique", "aten::_unique2")
def unique(self: TensorSpec, **_: object) -> Cost:
    """A sort of all elements, then each meets the one before it: a comparison"""
    return sort(TensorSpec((self.numel,), self.dtype)) + per_element(1, self)


@formula("aten::unique_dim")
def unique_slices(self: TensorSpec, dim: int, **_: object) -> Cost:
    """A sort of the n slices along dim, each comparison one of m elements: n * ceil(log2(n)) * m, and n * m beside"""
    slices = self.shape[dim]
    return Cost(other_flops=self.numel * (_log2(slices) + 1))


@formula("aten::unique_dim_consecutive")
def unique_consecutive_slices(self: TensorSpec, **_: object) -> Cost:
    """Each slice meets the one before it: a comparison an element"""
    return per_element(1, self)


@formula("aten::unique_consecutive")
def unique_consecutive(self: TensorSpec, **_: object) -> Cost:
    """Each element meets the one before it: a comparison"""
    return per_element(1, self)


@formula("aten::isin")
def isin(*, elements: TensorSpec | None = None, test_elements: TensorSpec | None = None, **_: object) -> Cost:
    """Each element is compared with each of the others, of which one or the other may be a number

    A kernel may sort both instead; what is counted is the definition.
    """
    one = TensorSpec(())
    return Cost(other_flops=(elements or one).numel * (test_elements or one).numel)


@formula("aten::topk")
def topk(self: TensorSpec, k: int, *, dim: int = -1, **_: object) -> Cost:
    """Each of a row's n elements meets the least of a heap of k and sinks into it: n * (1 + ceil(log2(k)))"""
    count, length = rows(self, dim)
    return Cost(other_flops=count * length * (1 + _log2(k)))


@formula("aten::searchsorted")
def searchsorted(sorted_sequence: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """Binary search among n: ceil(log2(n + 1)) comparisons an output element"""
    return per_element(_log2(sorted_sequence.shape[-1] + 1), out)


@formula("aten::bucketize")
def bucketize(boundaries: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """Binary search among n boundaries: ceil(log2(n + 1)) comparisons an output element"""
    return per_element(_log2(boundaries.numel + 1), out)


@formula("aten::multinomial")
def multinomial(self: TensorSpec, num_samples: int, **_: object) -> Cost:
    """Draws from rows of n weights: n - 1 running sums a row; a product with the sum and a binary search a draw

    The search takes ceil(log2(n + 1)) comparisons; drawing the random numbers is not counted.
    """
    count, length = rows(self, -1)
    return Cost(other_flops=count * (max(length - 1, 0) + num_samples * (1 + _log2(length + 1))))


def _log2(count: int) -> int:
    """log2 rounded up; 0 for 0 and 1."""
    return max(count - 1, 0).bit_length()
