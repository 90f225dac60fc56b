"""Quantising and back, as operators of their own: FLOPs an element, by the affine map in torch's documentation.

Quantising takes round(x / scale) + zero_point between two bounds: divide, round, add, two comparisons: 5. Going back
takes (q - zero_point) * scale: 2. In exported graphs these pairs stand around the operators, which work on floats.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import Output, first, per_element
from pytest_flopbudget.counting.marking import formula, free
from pytest_flopbudget.counting.operators import Cost, TensorSpec

QUANTISE = 5
DEQUANTISE = 2
# (greatest - least) / steps 2; the least divided by that, rounded, subtracted, between two bounds 5.
_PARAMETERS = 2 + 5
# The average of the least and of the greatest: subtract, multiply, add each.
_OBSERVE = 2 * 3

READING = free(
    "aten::int_repr",
    "aten::q_scale",
    "aten::q_zero_point",
    "aten::q_per_channel_axis",
    "aten::q_per_channel_scales",
    "aten::q_per_channel_zero_points",
    "aten::qscheme",
    reason="reads the integers of a quantized tensor, or how they are scaled",
)

MAKING = free(
    "aten::empty_quantized",
    "aten::_empty_affine_quantized",
    "aten::_empty_per_channel_affine_quantized",
    "aten::_make_per_tensor_quantized_tensor",
    "aten::_make_per_channel_quantized_tensor",
    reason="a quantized tensor of integers that are there, or of none",
)


@formula(
    "aten::quantize_per_tensor",
    "aten::quantize_per_channel",
    "quantized_decomposed::quantize_per_tensor",
    "quantized_decomposed::quantize_per_channel",
    "quantized_decomposed::quantize_per_channel_group",
    "quantized_decomposed::quantize_per_token",
)
def quantise(*, out: Output, **_: object) -> Cost:
    """round(x / scale) + zero_point between two bounds: divide, round, add, two comparisons: 5"""
    tensors = (out,) if isinstance(out, TensorSpec) else out
    return sum((per_element(QUANTISE, tensor) for tensor in tensors), Cost())


@formula(
    "aten::dequantize",
    "quantized_decomposed::dequantize_per_tensor",
    "quantized_decomposed::dequantize_per_channel",
    "quantized_decomposed::dequantize_per_channel_group",
    "quantized_decomposed::dequantize_per_token",
)
def dequantise(*, out: Output, **_: object) -> Cost:
    """(q - zero_point) * scale: subtract, multiply: 2"""
    tensors = (out,) if isinstance(out, TensorSpec) else out
    return sum((per_element(DEQUANTISE, tensor) for tensor in tensors), Cost())


@formula(
    "quantized_decomposed::choose_qparams",
    "quantized_decomposed::choose_qparams_symmetric",
    "quantized_decomposed::choose_qparams_per_token",
    "quantized_decomposed::choose_qparams_per_token_asymmetric",
    "quantized_decomposed::_choose_qparams_per_token_asymmetric_impl",
)
def choose_parameters(input: TensorSpec, *, out: Output, **_: object) -> Cost:
    """Scales and zero points [k] of [n]: the least and the greatest, 2 * (n - k); of each, the two: 7"""
    return _observed(input, first(out).numel)


@formula("aten::quantize_per_tensor_dynamic")
def quantise_dynamically(self: TensorSpec, **_: object) -> Cost:
    """The least and the greatest, scale and zero point, then 5 an element"""
    return _observed(self, 1) + per_element(QUANTISE, self)


@formula(
    "aten::fake_quantize_per_tensor_affine_cachemask",
    "aten::fake_quantize_per_channel_affine_cachemask",
    "aten::_fake_quantize_per_tensor_affine_cachemask_tensor_qparams",
    "aten::_fake_quantize_learnable_per_tensor_affine",
    "aten::_fake_quantize_learnable_per_channel_affine",
)
def fake_quantise(self: TensorSpec, **_: object) -> Cost:
    """Quantised 5 and back 2; the mask of what is within bounds is there then: 7"""
    return per_element(QUANTISE + DEQUANTISE, self)


@formula("quantized_decomposed::fake_quant_per_channel")
def fake_quantise_channels(input: TensorSpec, **_: object) -> Cost:
    """Quantised 5 and back 2: 7"""
    return fake_quantise(input)


@formula("aten::_fused_moving_avg_obs_fq_helper", "aten::_fused_moving_avg_obs_fq_helper_functional")
def observe_and_fake_quantise(self: TensorSpec, ch_axis: int, per_row_fake_quant: bool = False, **_: object) -> Cost:
    """The least and the greatest, their averages 6 a scale, scale and zero point, and 7 an element as above"""
    # A scale that was never used has one element, and grows in its first call.
    scales = self.shape[ch_axis] if per_row_fake_quant else 1
    return _observed(self, scales) + Cost(other_flops=_OBSERVE * scales) + fake_quantise(self)


@formula(
    "aten::_fake_quantize_learnable_per_tensor_affine_backward",
    "aten::_fake_quantize_learnable_per_channel_affine_backward",
)
def fake_quantise_backward(grad: TensorSpec, **_: object) -> Cost:
    """Gradients of x, scale and zero point, from q: 5. Of x, a product with the mask: 1

    Of the scale g * (q - zero_point - x / scale), and added up: 4; of the zero point -g * scale, added up: 3. 13.
    """
    return per_element(QUANTISE + 1 + 4 + 3, grad)


@formula("aten::fbgemm_linear_quantize_weight")
def quantise_weight(input: TensorSpec, **_: object) -> Cost:
    """The least and the greatest, scale and zero point, then 5 an element"""
    return quantise_dynamically(input)


@formula("aten::choose_qparams_optimized")
def search_parameters(numel: int, n_bins: int, ratio: float, **_: object) -> Cost:
    """A range narrowed n_bins * ratio times at most: two losses each, an element there and back 7, squared error 3"""
    return Cost(other_flops=2 * (QUANTISE + DEQUANTISE + 3) * numel * int(n_bins * ratio))


@formula("aten::_saturate_weight_to_fp16")
def saturate(weight: TensorSpec, **_: object) -> Cost:
    """Between the bounds of a half: two comparisons: 2"""
    return per_element(2, weight)


def observed(tensor: TensorSpec) -> Cost:
    """The scale and the zero point of a tensor's values: what dynamic quantisation asks first."""
    return _observed(tensor, 1)


def _observed(tensor: TensorSpec, scales: int) -> Cost:
    return Cost(other_flops=2 * max(tensor.numel - scales, 0) + _PARAMETERS * scales)
