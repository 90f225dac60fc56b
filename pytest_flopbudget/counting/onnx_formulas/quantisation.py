"""Quantising and back: FLOPs an element, by the affine map in ONNX's documentation of the operators."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import first, per_element
from pytest_flopbudget.counting.formulas.quantisation import DEQUANTISE, QUANTISE
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("QuantizeLinear"))
def quantise(*, out: TensorSpec, **_: object) -> Cost:
    """round(x / scale) + zero_point between two bounds: divide, round, add, two comparisons: 5"""
    return per_element(QUANTISE, out)


@formula(*onnx("DequantizeLinear"))
def dequantise(*, out: TensorSpec, **_: object) -> Cost:
    """(q - zero_point) * scale: subtract, multiply: 2"""
    return per_element(DEQUANTISE, out)


@formula(*onnx("DynamicQuantizeLinear"))
def dynamically(*, out: tuple[TensorSpec, ...], **_: object) -> Cost:
    """The least and the greatest element: 2; then as QuantizeLinear 5"""
    return per_element(2 + QUANTISE, first(out))


def requantised(out: TensorSpec) -> Cost:
    """What bringing sums of 32 bits to an output's scale costs: as quantising them."""
    return per_element(QUANTISE, out)
