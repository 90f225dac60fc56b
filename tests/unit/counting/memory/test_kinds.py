"""Which calls a deployment treats in ways of its own."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.memory import kinds
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec


def call(operator: str, **arguments: object) -> OperatorCall:
    return OperatorCall(operator, "", arguments, None)


def conv(source: tuple[int, ...], weight: tuple[int, ...], groups: int, operator: str = "aten::conv2d") -> OperatorCall:
    return call(operator, input=TensorSpec(source), weight=TensorSpec(weight), groups=groups)


X = TensorSpec((2, 8))


@pytest.mark.parametrize(
    ("made", "is_convolution", "has_weights"),
    [
        (call("aten::conv1d"), True, True),
        (call("aten::conv3d"), True, True),
        (call("aten::convolution", transposed=False), True, True),
        (call("aten::convolution", transposed=True), False, True),
        (call("aten::conv_transpose1d"), False, True),
        (call("aten::conv_transpose2d"), False, True),
        (call("aten::conv_transpose3d"), False, True),
        (call("aten::linear"), False, True),
        (call("aten::addmm"), False, True),
        (call("aten::add"), False, False),
    ],
)
def test_layers(made: OperatorCall, is_convolution: bool, has_weights: bool) -> None:
    assert (kinds.is_convolution(made), kinds.has_weights(made)) == (is_convolution, has_weights)


@pytest.mark.parametrize(
    ("made", "is_norm"),
    [
        (call("aten::batch_norm", training=False), True),
        (call("aten::batch_norm", training=True), False),
        (call("aten::_native_batch_norm_legit_no_training"), True),
        (call("aten::layer_norm"), False),
    ],
)
def test_norms(made: OperatorCall, is_norm: bool) -> None:
    assert kinds.is_fixed_norm(made) is is_norm


@pytest.mark.parametrize(
    ("made", "is_clamping"),
    [
        (call("aten::relu", self=X), True),
        (call("aten::relu6_", self=X), True),
        (call("aten::clamp", self=X, min=0), True),
        # Its bounds are computed.
        (call("aten::clamp", self=X, min=TensorSpec((8,))), False),
        (call("aten::gelu", self=X), False),
    ],
)
def test_activations(made: OperatorCall, is_clamping: bool) -> None:
    assert kinds.is_clamping(made) is is_clamping


@pytest.mark.parametrize(
    ("made", "takes"),
    [
        (call("aten::conv2d"), True),
        (call("aten::batch_norm"), True),
        (call("aten::batch_norm", training=True), False),
        (call("aten::add_"), True),
        (call("aten::mul"), False),
    ],
)
def test_what_an_activation_is_computed_with(made: OperatorCall, takes: bool) -> None:
    assert kinds.takes_activation(made) is takes


@pytest.mark.parametrize(
    ("made", "is_depthwise"),
    [
        (conv((1, 4, 9, 9), (4, 1, 3, 3), 4), True),
        (conv((4, 9, 9), (4, 1, 3, 3), 4), True),
        (conv((1, 2, 9, 9), (2, 1, 3, 3), 2), True),
        # Unbatched, a picture that is as high as it has channels.
        (conv((3, 4, 9), (3, 3, 3, 3), 1), False),
        (conv((4, 4, 9, 9), (4, 4, 3, 3), 1), False),
        (conv((1, 4, 9, 9), (8, 1, 3, 3), 4), False),
        (conv((1, 4, 9, 9), (4, 2, 3, 3), 2), False),
        # One channel is not told from any other convolution.
        (conv((1, 1, 9, 9), (1, 1, 3, 3), 1), False),
        (conv((1, 4, 9, 9), (4, 1, 3, 3), 4, "aten::conv_transpose2d"), False),
        (call("aten::conv2d", input=TensorSpec((1, 4, 9, 9)), weight=None, groups=4), False),
        (call("aten::conv2d", input=None, weight=TensorSpec((4, 1, 3, 3)), groups=4), False),
        # In a file the channels are last, and groups are not said.
        (conv((1, 9, 9, 4), (1, 3, 3, 4), 0, "tflite::DEPTHWISE_CONV_2D"), True),
        (conv((1, 9, 9, 4), (1, 3, 3, 8), 0, "tflite::DEPTHWISE_CONV_2D"), False),
        (conv((1, 9, 9, 4), (1, 3, 3, 4), 0, "tflite::CONV_2D"), False),
        (call("tflite::DEPTHWISE_CONV_2D", input=None, weight=TensorSpec((1, 3, 3, 4))), False),
        (call("tflite::DEPTHWISE_CONV_2D", input=TensorSpec((1, 9, 9, 4)), weight=None), False),
    ],
)
def test_depthwise(made: OperatorCall, is_depthwise: bool) -> None:
    assert kinds.is_depthwise(made) is is_depthwise


KERNEL = TensorSpec((4, 4, 3, 3))


@pytest.mark.parametrize(
    ("made", "padding"),
    [
        (call("aten::conv2d", weight=KERNEL, stride=(2, 2), padding=(1, 0)), (1, 0)),
        (call("aten::conv2d", weight=KERNEL, stride=(1, 2), padding=(1, 1)), (1, 1)),
        # One number is meant for each dimension.
        (call("aten::conv2d", weight=KERNEL, stride=2, padding=3), (3, 3)),
        (call("aten::conv1d", weight=TensorSpec((4, 4, 3)), stride=(2,), padding=(1,)), (1,)),
        (call("aten::conv2d", weight=KERNEL, stride=(1, 1), padding=(1, 1)), ()),
        (call("aten::conv2d", weight=KERNEL, stride=(2, 2), padding=(0, 0)), ()),
        (call("aten::conv2d", weight=KERNEL, stride=(2, 2), padding="valid"), ()),
        (call("aten::conv2d", weight=KERNEL, padding=(1, 1)), ()),
        (call("aten::conv2d", weight=None, stride=(2, 2), padding=(1, 1)), ()),
        (call("aten::conv_transpose2d", weight=KERNEL, stride=(2, 2), padding=(1, 1)), ()),
    ],
)
def test_padding(made: OperatorCall, padding: tuple[int, ...]) -> None:
    assert kinds.padding_of(made) == padding


@pytest.mark.parametrize(
    ("operator", "quantises", "dequantises"),
    [
        ("quantized_decomposed::quantize_per_tensor", True, False),
        ("quantized_decomposed::dequantize_per_channel", False, True),
        ("aten::quantize_per_tensor", False, False),
    ],
)
def test_what_marks_types(operator: str, quantises: bool, dequantises: bool) -> None:
    assert (kinds.is_quantising(operator), kinds.is_dequantising(operator)) == (quantises, dequantises)
