"""Losses: FLOPs an element, then the reduction (0 none, 1 mean: n, 2 sum: n - 1)."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import Output, elements, first, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

MEAN = 1
SUM = 2


@formula("aten::mse_loss")
def mse_loss(self: TensorSpec, *, reduction: int = MEAN, **_: object) -> Cost:
    """(x - y) ** 2: subtract, square: 2"""
    return _reduced(2, self, reduction)


@formula("aten::smooth_l1_loss")
def smooth_l1_loss(self: TensorSpec, *, reduction: int = MEAN, **_: object) -> Cost:
    """d = |x - y|; d * d / 2 / beta if d < beta else d - beta / 2: subtract, absolute value, compare, 3: 6"""
    return _reduced(6, self, reduction)


@formula("aten::huber_loss")
def huber_loss(self: TensorSpec, *, reduction: int = MEAN, **_: object) -> Cost:
    """d = |x - y|; d * d / 2 if d < delta else delta * (d - delta / 2): subtract, absolute value, compare, 2: 5"""
    return _reduced(5, self, reduction)


@formula("aten::soft_margin_loss")
def soft_margin_loss(self: TensorSpec, *, reduction: int = MEAN, **_: object) -> Cost:
    """log1p(exp(-y * x)): negate, multiply, exp, log1p: 4"""
    return _reduced(4, self, reduction)


@formula("aten::binary_cross_entropy")
def binary_cross_entropy(
    self: TensorSpec, *, weight: TensorSpec | None = None, reduction: int = MEAN, **_: object
) -> Cost:
    """-(y * log(x) + (1 - y) * log(1 - x)): log, multiply, two subtractions, log, multiply, add, negate: 8

    A weight is one multiplication more.
    """
    return _reduced(8 + (weight is not None), self, reduction)


@formula("aten::binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(
    self: TensorSpec,
    *,
    weight: TensorSpec | None = None,
    pos_weight: TensorSpec | None = None,
    reduction: int = MEAN,
    **_: object,
) -> Cost:
    """(1 - y) * x + l * (log1p(exp(-|x|)) + max(-x, 0))

    Subtract, multiply, add; absolute value, negate, exp, log1p; negate, compare, add: 10. A pos_weight makes
    l = 1 + (pos_weight - 1) * y: subtract, multiply, add, and the product with l: 4 more. A weight is one more.
    """
    return _reduced(10 + 4 * (pos_weight is not None) + (weight is not None), self, reduction)


@formula("aten::nll_loss_forward", "aten::nll_loss2d_forward")
def nll_loss(
    target: TensorSpec, *, out: Output, weight: TensorSpec | None = None, reduction: int = MEAN, **_: object
) -> Cost:
    """-x[target]: negate: 1 a target; with a weight, multiply: 2, and the weights are added up for a mean"""
    weighted = weight is not None
    loss = _reduced(1 + weighted, TensorSpec(target.shape, first(out).dtype), reduction)
    divisor = max(target.numel - 1, 0) if weighted and reduction == MEAN else 0
    return loss + Cost(other_flops=divisor)


@formula("aten::multi_margin_loss")
def multi_margin_loss(
    self: TensorSpec,
    *,
    p: float = 1,
    weight: TensorSpec | None = None,
    reduction: int = MEAN,
    out: TensorSpec,
    **_: object,
) -> Cost:
    """The mean over classes of max(0, margin - x[target] + x) ** p: subtract, add, compare, and the mean: 4 an element

    A p of 2 and a weight are one product more each.
    """
    classes = self.shape[-1] if self.shape else 1
    samples = TensorSpec((self.numel // classes if classes else 0,), out.dtype)
    return per_element(4 + (p != 1) + (weight is not None), self) + _reduced(0, samples, reduction)


@formula("aten::multilabel_margin_loss_forward")
def multilabel_margin_loss(self: TensorSpec, *, reduction: int = MEAN, **_: object) -> Cost:
    """The sum over pairs of a target and another class of max(0, 1 - x[target] + x) / classes

    Subtract, add, compare, add a pair: 4; a division a sample. How many targets a sample has depends on the data:
    half of its classes give the most pairs.
    """
    classes = self.shape[-1] if self.shape else 1
    samples = TensorSpec((self.numel // classes if classes else 0,), self.dtype)
    return Cost(other_flops=4 * samples.numel * (classes * classes // 4)) + _reduced(1, samples, reduction)


def _reduced(flops: int, tensor: TensorSpec, reduction: int) -> Cost:
    each = per_element(flops, tensor)
    if reduction == MEAN:
        return each + per_element(1, tensor)
    if reduction == SUM:
        return each + Cost(other_flops=max(elements(tensor) - 1, 0))
    return each
