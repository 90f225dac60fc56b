"""Convolutions as the kernels of a library or a device compute them: the MACs are those of the definition."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.formulas.backward.convolution import convolution_backward
from pytest_flopbudget.counting.formulas.convolution import conv, conv_transpose
from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec


@formula(
    "aten::miopen_convolution",
    "aten::miopen_depthwise_convolution",
    "aten::_mps_convolution",
    "aten::_nnpack_spatial_convolution",
    "aten::_conv_depthwise2d",
    "aten::conv_depthwise3d",
    "aten::_slow_conv2d_forward",
    "aten::slow_conv3d_forward",
    "aten::slow_conv_dilated2d",
    "aten::slow_conv_dilated3d",
)
def conv_of_library(weight: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object) -> Cost:
    """[n, c_out, *out] = conv([n, c_in, *in], [c_out, c_in / groups, *kernel])"""
    # A slow kernel may be handed its weight as a matrix [c_out, c_in * kernel]: the same elements.
    return conv(weight, out=out, bias=bias)


@formula("aten::cudnn_convolution")
def conv_without_bias(weight: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, c_out, *out] = conv([n, c_in, *in], [c_out, c_in / groups, *kernel])"""
    return conv(weight, out=out)


@formula("aten::cudnn_convolution_relu", "aten::miopen_convolution_relu")
def conv_relu(weight: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object) -> Cost:
    """A convolution; compare: 1"""
    return conv(weight, out=out, bias=bias) + per_element(1, out)


@formula("aten::cudnn_convolution_add_relu", "aten::miopen_convolution_add_relu")
def conv_add_relu(
    weight: TensorSpec,
    *,
    out: TensorSpec,
    alpha: complex | None = None,
    bias: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """A convolution; z added, compare: 2, and multiply 1 unless alpha is 1"""
    return conv(weight, out=out, bias=bias) + per_element(2 + (alpha not in (None, 1)), out)


@formula("aten::cudnn_convolution_transpose", "aten::_mps_convolution_transpose")
def conv_transpose_without_bias(self: TensorSpec, weight: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    """[n, c_out, *out] = conv_transpose([n, c_in, *in], [c_in, c_out / groups, *kernel])"""
    return conv_transpose(self, weight, out=out)


@formula("aten::miopen_convolution_transpose", "aten::slow_conv_transpose2d", "aten::slow_conv_transpose3d")
def conv_transpose_of_library(
    self: TensorSpec, weight: TensorSpec, *, out: TensorSpec, bias: TensorSpec | None = None, **_: object
) -> Cost:
    """[n, c_out, *out] = conv_transpose([n, c_in, *in], [c_in, c_out / groups, *kernel])"""
    return conv_transpose(self, weight, out=out, bias=bias)


@formula("aten::mps_convolution_backward")
def mps_convolution_backward(
    self: TensorSpec, grad_output: TensorSpec, weight: TensorSpec, output_mask: Sequence[bool], **_: object
) -> Cost:
    """convolution_backward"""
    return convolution_backward(grad_output, self, weight, transposed=False, output_mask=output_mask)


@formula("aten::mps_convolution_transpose_backward")
def mps_convolution_transpose_backward(
    self: TensorSpec, grad_output: TensorSpec, weight: TensorSpec, output_mask: Sequence[bool], **_: object
) -> Cost:
    """convolution_backward of a transposed one, without a bias"""
    return convolution_backward(grad_output, self, weight, transposed=True, output_mask=(*output_mask, False))


@formula("aten::_slow_conv2d_backward")
def slow_conv_backward(
    self: TensorSpec,
    grad_output: TensorSpec,
    weight: TensorSpec,
    *,
    output_mask: Sequence[bool] = (True, True, True),
    **_: object,
) -> Cost:
    """convolution_backward; into tensors that are there, of all three"""
    return convolution_backward(grad_output, self, weight, transposed=False, output_mask=output_mask)
