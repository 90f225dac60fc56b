"""Which calls a deployment treats in ways of its own."""

from __future__ import annotations

from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec

_STRAIGHT = frozenset(
    ("aten::conv1d", "aten::conv2d", "aten::conv3d", "aten::mkldnn_convolution", "aten::cudnn_convolution")
)
_EITHER = frozenset(("aten::convolution", "aten::_convolution", "aten::convolution_overrideable"))
_TRANSPOSED = frozenset(f"aten::conv_transpose{dims}d" for dims in (1, 2, 3))
_DEPTHWISE_IN_A_FILE = "tflite::DEPTHWISE_CONV_2D"
_LINEAR = frozenset(("aten::linear", "aten::addmm"))
_WITH_WEIGHTS = _STRAIGHT | _EITHER | _TRANSPOSED | _LINEAR
_NORMS = frozenset(
    (
        "aten::batch_norm",
        "aten::native_batch_norm",
        "aten::cudnn_batch_norm",
        "aten::_batch_norm_impl_index",
        "aten::_native_batch_norm_legit",
        "aten::_native_batch_norm_legit_no_training",
        "aten::_batch_norm_no_update",
    )
)
_ADDITIONS = frozenset(("aten::add", "aten::add_"))
# What a kernel can do to its result before writing it: keep it within bounds.
_CLAMPING = frozenset(
    f"aten::{name}{ending}"
    for name in ("relu", "relu6", "hardtanh", "clamp", "clamp_min", "clamp_max")
    for ending in ("", "_")
)


def is_convolution(call: OperatorCall) -> bool:
    """Whether a call is a convolution that is not transposed."""
    return call.operator in _STRAIGHT or (call.operator in _EITHER and not call.arguments.get("transposed"))


def has_weights(call: OperatorCall) -> bool:
    """Whether a call is a convolution, transposed or not, or a linear layer."""
    return call.operator in _WITH_WEIGHTS


def is_fixed_norm(call: OperatorCall) -> bool:
    """Whether a call is a batch norm that goes by its running statistics."""
    return call.operator in _NORMS and not call.arguments.get("training")


def is_clamping(call: OperatorCall) -> bool:
    """Whether a call is an activation that keeps elements within fixed bounds: ReLU, ReLU6, and their like."""
    if call.operator not in _CLAMPING:
        return False
    return len([value for value in call.arguments.values() if isinstance(value, TensorSpec)]) == 1


def takes_activation(call: OperatorCall) -> bool:
    """Whether a clamping activation behind a call can be computed together with it."""
    return has_weights(call) or is_fixed_norm(call) or call.operator in _ADDITIONS


def is_depthwise(call: OperatorCall) -> bool:
    """Whether a call is a convolution of each channel by itself, one channel out for each that goes in."""
    source, weight = call.arguments.get("input"), call.arguments.get("weight")
    if call.operator == _DEPTHWISE_IN_A_FILE and isinstance(source, TensorSpec) and isinstance(weight, TensorSpec):
        return source.shape[-1:] == weight.shape[-1:]
    if not is_convolution(call) or not isinstance(source, TensorSpec) or not isinstance(weight, TensorSpec):
        return False
    unbatched = len(source.shape) < len(weight.shape)
    channels = source.shape[0 if unbatched else 1]
    return channels > 1 and call.arguments.get("groups") == channels == weight.shape[0]


def padding_of(call: OperatorCall) -> tuple[int, ...]:
    """The padding at each end of each dimension of a strided convolution; empty of any other call, or without any."""
    weight, padding = call.arguments.get("weight"), call.arguments.get("padding")
    if not is_convolution(call) or not isinstance(weight, TensorSpec):
        return ()
    dims = len(weight.shape) - 2
    strides, pads = _per_dimension(call.arguments.get("stride"), dims), _per_dimension(padding, dims)
    return pads if any(stride > 1 for stride in strides) and any(pads) else ()


def _per_dimension(value: object, dims: int) -> tuple[int, ...]:
    """A number for each dimension; a strided convolution has no padding by name but ``"valid"``, which is none."""
    numbers = value if isinstance(value, tuple) else (value,)
    whole = tuple(number if isinstance(number, int) else 0 for number in numbers)
    return whole * dims if len(whole) == 1 else whole


def is_quantising(operator: str) -> bool:
    """Whether an operator of an exported quantized graph rounds floats that a kernel puts out as integers at once."""
    return operator.startswith("quantized_decomposed::quantize_per_")


def is_dequantising(operator: str) -> bool:
    """Whether an operator of an exported quantized graph gives floats for integers that a kernel takes as they are."""
    return operator.startswith("quantized_decomposed::dequantize_per_")
