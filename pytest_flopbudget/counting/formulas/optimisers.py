"""Optimisers' steps as one operator: FLOPs an element of a parameter, by the algorithms in torch's documentation.

What is computed once a tensor (the corrections of biases, the step's own size) is not counted. A gradient that is
scaled back, or turned round to maximise, is one operation more an element each, and so is a weight decay but for its
product and sum.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.elements import in_place_too, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

Tensors = Sequence[TensorSpec]


@formula(*in_place_too("_fused_adam"))
def adam(
    self: Tensors,
    *,
    weight_decay: float,
    amsgrad: bool,
    maximize: bool,
    grad_scale: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """m += (1 - b1) * (g - m); v = b2 * v + (1 - b2) * g * g; p -= step * m / (sqrt(v) / c + eps)

    Subtract, multiply, add 3; three products, add 4; root, divide, add, multiply, divide, subtract 6: 13. A weight
    decay g + decay * p is 2, amsgrad's largest v 1.
    """
    return _steps(self, 13 + 2 * (weight_decay != 0) + amsgrad + maximize + (grad_scale is not None))


@formula(*in_place_too("_fused_adamw"))
def adamw(
    self: Tensors,
    *,
    weight_decay: float,
    amsgrad: bool,
    maximize: bool,
    grad_scale: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """Adam's 13, and p *= 1 - lr * decay: 1 with a weight decay"""
    return _steps(self, 13 + (weight_decay != 0) + amsgrad + maximize + (grad_scale is not None))


@formula(*in_place_too("_fused_sgd"))
def sgd(
    self: Tensors,
    *,
    weight_decay: float,
    momentum: float,
    nesterov: bool,
    maximize: bool,
    is_first_step: bool,
    grad_scale: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """p -= lr * g: 2; with momentum b = momentum * b + (1 - dampening) * g, 3, copied at the first step

    A weight decay g + decay * p is 2, Nesterov's g + momentum * b 2.
    """
    moved = (0 if is_first_step else 3) + 2 * nesterov if momentum else 0
    return _steps(self, 2 + moved + 2 * (weight_decay != 0) + maximize + (grad_scale is not None))


@formula(*in_place_too("_fused_adagrad"))
def adagrad(
    self: Tensors, *, weight_decay: float, maximize: bool, grad_scale: TensorSpec | None = None, **_: object
) -> Cost:
    """s += g * g; p -= lr * g / (sqrt(s) + eps): multiply, add; root, add, multiply, divide, subtract: 7; a decay 2"""
    return _steps(self, 7 + 2 * (weight_decay != 0) + maximize + (grad_scale is not None))


@formula(*in_place_too("_amp_foreach_non_finite_check_and_unscale"))
def unscale(self: Tensors, **_: object) -> Cost:
    """g * inv_scale, and whether it is finite: multiply, compare: 2"""
    return _steps(self, 2)


@formula(*in_place_too("_amp_update_scale"))
def update_scale(self: TensorSpec, **_: object) -> Cost:
    """The scale times a factor, by two comparisons: 3"""
    return per_element(3, self)


def _steps(parameters: Tensors, flops: int) -> Cost:
    return sum((per_element(flops, each) for each in parameters), Cost())
