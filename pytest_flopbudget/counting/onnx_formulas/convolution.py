"""Convolutions: their kernels are laid out as torch's, so that torch's formulas count them."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas import convolution
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.onnx_formulas.naming import onnx
from pytest_flopbudget.counting.onnx_formulas.quantisation import requantised
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(*onnx("Conv"))
def conv(W: TensorSpec, *, out: TensorSpec, B: TensorSpec | None = None, **_: object) -> Cost:
    """[n, c_out, *out] = Conv([n, c_in, *in], [c_out, c_in / group, *kernel])

    MACs: output elements × c_in / group × kernel elements.
    """
    return convolution.conv(W, out=out, bias=B)


@formula(*onnx("ConvTranspose"))
def conv_transpose(X: TensorSpec, W: TensorSpec, *, out: TensorSpec, B: TensorSpec | None = None, **_: object) -> Cost:
    """[n, c_out, *out] = ConvTranspose([n, c_in, *in], [c_in, c_out / group, *kernel])

    MACs: input elements × c_out / group × kernel elements.
    """
    return convolution.conv_transpose(X, W, out=out, bias=B)


@formula(*onnx("ConvInteger"))
def conv_integer(w: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """Conv of integers, into 32 bits"""
    return convolution.conv(w, out=out)


@formula(*onnx("QLinearConv"))
def quantized_conv(w: TensorSpec, *, out: TensorSpec, B: TensorSpec | None = None, **_: object) -> Cost:
    """Conv of integers, its result brought to its own scale"""
    return convolution.conv(w, out=out, bias=B) + requantised(out)
