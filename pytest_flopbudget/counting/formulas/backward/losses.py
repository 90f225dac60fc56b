"""The adjoints of losses: FLOPs an element, by the derivatives written out; g is the gradient of the loss.

A mean's factor, 1 over the number of elements, is a product an element where no other constant takes it in.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.formulas.losses import MEAN
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula("aten::mse_loss_backward")
def mse_loss_backward(self: TensorSpec, **_: object) -> Cost:
    """c * (x - y) * g with c = 2, or 2 / n: subtract, two products: 3"""
    return per_element(3, self)


@formula("aten::smooth_l1_loss_backward")
def smooth_l1_loss_backward(self: TensorSpec, **_: object) -> Cost:
    """d = x - y; c * g or -c * g where d is beyond beta, else c * d * g / beta: subtract, two comparisons, 3: 6"""
    return per_element(6, self)


@formula("aten::huber_loss_backward")
def huber_loss_backward(self: TensorSpec, **_: object) -> Cost:
    """d = x - y; c * g or -c * g where d is beyond delta, else c * d * g: subtract, two comparisons, 2: 5"""
    return per_element(5, self)


@formula("aten::soft_margin_loss_backward")
def soft_margin_loss_backward(self: TensorSpec, **_: object) -> Cost:
    """-c * y * g * z / (1 + z) with z = exp(-y * x): negate, multiply, exp; three products, add, divide: 8"""
    return per_element(8, self)


@formula("aten::binary_cross_entropy_backward")
def binary_cross_entropy_backward(
    self: TensorSpec, *, weight: TensorSpec | None = None, reduction: int = MEAN, **_: object
) -> Cost:
    """g * (x - y) / max((1 - x) * x, eps): subtract, multiply; subtract, multiply, compare, divide: 6

    A weight is one product more, and so is a mean.
    """
    return per_element(6 + (weight is not None) + (reduction == MEAN), self)


@formula("aten::nll_loss_backward", "aten::nll_loss2d_backward")
def nll_loss_backward(
    target: TensorSpec, *, out: TensorSpec, weight: TensorSpec | None = None, reduction: int = MEAN, **_: object
) -> Cost:
    """-g at the target, 0 elsewhere: negate: 1 a target; a product with a weight, a division for a mean, 1 each"""
    each = 1 + (weight is not None) + (reduction == MEAN)
    return per_element(each, TensorSpec(target.shape, out.dtype))


@formula("aten::multi_margin_loss_backward")
def multi_margin_loss_backward(
    self: TensorSpec, *, p: float = 1, weight: TensorSpec | None = None, **_: object
) -> Cost:
    """Per class c * g where margin - x[target] + x > 0, and its sum at the target

    Subtract, add, compare, multiply, add: 5; with p = 2 times that margin, with a weight times that: 1 each.
    """
    return per_element(5 + (p != 1) + (weight is not None), self)


@formula("aten::multilabel_margin_loss_backward")
def multilabel_margin_loss_backward(self: TensorSpec, **_: object) -> Cost:
    """Per pair of a target and another class: subtract, add, compare, and a sum at either: 5; a product with g each

    How many targets a row has depends on the data: half of its classes give the most pairs.
    """
    classes = self.shape[-1] if self.shape else 1
    rows = self.numel // classes if classes else 0
    return Cost(other_flops=5 * rows * (classes * classes // 4)) + per_element(1, self)
