"""Distances between vectors: their difference, then its norm, and what comes back from it."""

from __future__ import annotations

import math

from pytest_flopbudget.counting.formulas.elements import broadcast, per_element
from pytest_flopbudget.counting.formulas.reductions import vector_norm
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::dist")
def dist(self: TensorSpec, other: TensorSpec, *, out: TensorSpec, p: float = 2, **_: object) -> Cost:
    """The norm of self - other, which broadcast: a subtraction an element, then the norm"""
    sizes = broadcast(self.shape, other.shape)
    difference = TensorSpec(sizes, self.dtype)
    return per_element(1, difference) + vector_norm(difference, out=out, ord=p)


@formula("aten::_cdist_forward")
def cdist(x1: TensorSpec, *, out: TensorSpec, p: float = 2, **_: object) -> Cost:
    """[*b, n, m] = the norms of [*b, n, d] - [*b, m, d], by pairs: d subtractions a pair, then its norm

    A kernel may take the Euclidean norm by a matrix product instead; what is counted is the definition.
    """
    differences = TensorSpec((*out.shape, x1.shape[-1]), x1.dtype)
    return per_element(1, differences) + vector_norm(differences, out=out, ord=p)


@formula("aten::_euclidean_dist")
def euclidean_dist(x1: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """cdist with p = 2, by whichever kernel"""
    return cdist(x1, out=out)


@formula("aten::_pdist_forward")
def pdist(self: TensorSpec, *, out: TensorSpec, p: float = 2, **_: object) -> Cost:
    """[n * (n - 1) / 2] = the norms of all pairs of [n, d]: d subtractions a pair, then its norm"""
    return cdist(self, out=out, p=p)


@formula("aten::_cdist_backward")
def cdist_backward(x1: TensorSpec, p: float, cdist: TensorSpec, **_: object) -> Cost:
    """[*b, n, d] = the gradient of the first of [*b, n, d], [*b, m, d], from that of the pairs' distances [*b, n, m]

    By p, for each difference x of a pair and the pair's distance r. 2, g / r * x: a division a pair; subtract,
    multiply, add up: 3. 1, g * sign(x): subtract, sign, multiply, add: 4. Infinite, the same where |x| = r: 6. 0,
    nothing. Any other, g / r ** (p - 1) * x * |x| ** (p - 2): 2 a pair; subtract, absolute value, power, two
    products, add: 6.
    """
    return _spread(TensorSpec((*cdist.shape, x1.shape[-1]), cdist.dtype), cdist, p)


@formula("aten::_pdist_backward")
def pdist_backward(self: TensorSpec, p: float, pdist: TensorSpec, **_: object) -> Cost:
    """[n, d] = the gradient of [n, d] from that of all pairs, as of cdist, and subtracted from the other: 1 more"""
    differences = TensorSpec((pdist.numel, self.shape[-1]), pdist.dtype)
    return _spread(differences, pdist, p) + per_element(int(p != 0), differences)


def _spread(differences: TensorSpec, pairs: TensorSpec, p: float) -> Cost:
    pair, each = {0: (0, 0), 1: (0, 4), 2: (1, 3), math.inf: (0, 6)}.get(p, (2, 6))
    return per_element(pair, pairs) + per_element(each, differences)
