"""Dropout and random draws: the drawing itself is no arithmetic of the model and not counted."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import Output, first, in_place_too, per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*in_place_too("dropout"), "aten::native_dropout")
def dropout(*, out: Output, p: float, train: bool | None, **_: object) -> Cost:
    """x * (draw < 1 - p) / (1 - p) in training: compare, divide, multiply: 3 an element; nothing otherwise

    A p of 1 draws nothing and multiplies by 0. ``native_dropout`` trains unless ``train`` is False.
    """
    if train is False or p == 0:
        return Cost()
    return per_element(1 if p == 1 else 3, first(out))


@formula("aten::_fused_dropout")
def fused_dropout(self: TensorSpec, **_: object) -> Cost:
    """x * (draw < p) / p, where p is what is kept: compare, divide, multiply: 3"""
    return per_element(3, self)


@formula("aten::_masked_scale")
def masked_scale(self: TensorSpec, **_: object) -> Cost:
    """x * mask * scale: two products: 2"""
    return per_element(2, self)


@formula(*in_place_too("feature_dropout"))
def feature_dropout(*, out: TensorSpec, p: float, train: bool, **_: object) -> Cost:
    """dropout with one draw a channel of [n, c, *size]: compare and divide a channel, multiply an element"""
    if not train or p == 0:
        return Cost()
    mask = Cost() if p == 1 else per_element(2, TensorSpec(out.shape[:2], out.dtype))
    return mask + per_element(1, out)


@formula(*in_place_too("bernoulli"))
def bernoulli(*, out: TensorSpec, **_: object) -> Cost:
    """draw < p: compare: 1"""
    return per_element(1, out)


@formula("aten::normal")
def normal(*, out: TensorSpec, mean: object = None, std: object = None, **_: object) -> Cost:
    """mean + std * draw: multiply, add: 2; from a distribution that numbers describe a draw, as ``normal_``"""
    return per_element(2 if any(isinstance(each, TensorSpec) for each in (mean, std)) else 0, out)
