"""The operators of transformers by which a mixture of experts multiplies where torch has no products in groups."""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import real_products
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("transformers::grouped_mm_fallback")
def grouped_mm_fallback(input: TensorSpec, weight: TensorSpec, **_: object) -> Cost:
    """[n, p] = rows [n, m], each met by one of [g, m, p]

    MACs: n × m × p, whichever row goes to which group.
    """
    return Cost(real_products(input) * math.prod(input.shape) * weight.shape[-1])


@formula("transformers::grouped_mm_fallback_backward")
def grouped_mm_fallback_backward(input: TensorSpec, weight: TensorSpec, **_: object) -> Cost:
    """The gradients of rows [n, m] and of weights [g, m, p]

    MACs: as the forward, for each of the two.
    """
    return grouped_mm_fallback(input, weight) + grouped_mm_fallback(input, weight)
