"""The operators of TensorFlow Lite by their names in its schema, and which of them do what an ATen operator does.

Source: ``BuiltinOperator`` in TensorFlow Lite's ``schema.fbs``, as far as TensorFlow Lite Micro registers a kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_flopbudget.counting.memory.kinds import is_convolution, is_depthwise
from pytest_flopbudget.counting.operators import OperatorCall

_NAMES = """
    ABS ADD ADD_N ARG_MAX ARG_MIN ASSIGN_VARIABLE AVERAGE_POOL_2D BATCH_MATMUL BATCH_TO_SPACE_ND BROADCAST_ARGS
    BROADCAST_TO CALL_ONCE CAST CEIL CONCATENATION CONV_2D COS CUMSUM DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE DIV
    ELU EMBEDDING_LOOKUP EQUAL EXP EXPAND_DIMS FILL FLOOR FLOOR_DIV FLOOR_MOD FULLY_CONNECTED GATHER GATHER_ND GREATER
    GREATER_EQUAL HARD_SWISH IF L2_NORMALIZATION L2_POOL_2D LEAKY_RELU LESS LESS_EQUAL LOG LOGICAL_AND LOGICAL_NOT
    LOGICAL_OR LOGISTIC LOG_SOFTMAX MAXIMUM MAX_POOL_2D MEAN MINIMUM MIRROR_PAD MUL NEG NOT_EQUAL PACK PAD PADV2 PRELU
    QUANTIZE READ_VARIABLE REDUCE_MAX REDUCE_MIN RELU RELU6 RESHAPE RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR ROUND RSQRT
    SELECT_V2 SHAPE SIN SLICE SOFTMAX SPACE_TO_BATCH_ND SPACE_TO_DEPTH SPLIT SPLIT_V SQRT SQUARE SQUARED_DIFFERENCE
    SQUEEZE STRIDED_SLICE SUB SUM SVDF TANH TRANSPOSE TRANSPOSE_CONV UNIDIRECTIONAL_SEQUENCE_LSTM UNPACK VAR_HANDLE
    WHILE ZEROS_LIKE
"""
NAMES = tuple(_NAMES.split())

# One that stands alone does it whatever the arguments; of several, any does, for some of them.
_SAME: Mapping[str, tuple[str, ...]] = {
    "abs": ("ABS",),
    "adaptive_avg_pool2d": ("AVERAGE_POOL_2D", "MEAN"),
    "adaptive_max_pool2d": ("MAX_POOL_2D", "REDUCE_MAX"),
    "add": ("ADD",),
    "addmm": ("FULLY_CONNECTED",),
    "amax": ("REDUCE_MAX",),
    "amin": ("REDUCE_MIN",),
    "argmax": ("ARG_MAX",),
    "argmin": ("ARG_MIN",),
    "avg_pool1d": ("AVERAGE_POOL_2D",),
    "avg_pool2d": ("AVERAGE_POOL_2D",),
    "bmm": ("BATCH_MATMUL",),
    "cat": ("CONCATENATION",),
    "clamp": ("RELU6", "MINIMUM", "MAXIMUM"),
    "concat": ("CONCATENATION",),
    "constant_pad_nd": ("PAD", "PADV2"),
    "cumsum": ("CUMSUM",),
    "div": ("DIV",),
    "elu": ("ELU",),
    "embedding": ("EMBEDDING_LOOKUP", "GATHER"),
    "exp": ("EXP",),
    "floor": ("FLOOR",),
    "hardswish": ("HARD_SWISH",),
    "hardtanh": ("RELU6", "MINIMUM", "MAXIMUM"),
    "leaky_relu": ("LEAKY_RELU",),
    "linear": ("FULLY_CONNECTED",),
    "log": ("LOG",),
    "log_softmax": ("LOG_SOFTMAX",),
    "lstm": ("UNIDIRECTIONAL_SEQUENCE_LSTM",),
    "matmul": ("BATCH_MATMUL", "FULLY_CONNECTED"),
    "max_pool1d": ("MAX_POOL_2D",),
    "max_pool2d": ("MAX_POOL_2D",),
    "maximum": ("MAXIMUM",),
    "mean": ("MEAN", "AVERAGE_POOL_2D"),
    "minimum": ("MINIMUM",),
    "mm": ("FULLY_CONNECTED", "BATCH_MATMUL"),
    "mul": ("MUL",),
    "neg": ("NEG",),
    "pad": ("PAD", "PADV2", "MIRROR_PAD"),
    "permute": ("TRANSPOSE",),
    "pixel_shuffle": ("DEPTH_TO_SPACE",),
    "pixel_unshuffle": ("SPACE_TO_DEPTH",),
    "prelu": ("PRELU",),
    "relu": ("RELU",),
    "relu6": ("RELU6",),
    "rsqrt": ("RSQRT",),
    "sigmoid": ("LOGISTIC",),
    "softmax": ("SOFTMAX",),
    "split": ("SPLIT", "SPLIT_V"),
    "sqrt": ("SQRT",),
    "square": ("SQUARE",),
    "stack": ("PACK",),
    "sub": ("SUB",),
    "sum": ("SUM",),
    "tanh": ("TANH",),
    "transpose": ("TRANSPOSE",),
    "upsample_bilinear2d": ("RESIZE_BILINEAR",),
    "upsample_nearest2d": ("RESIZE_NEAREST_NEIGHBOR",),
    "where": ("SELECT_V2",),
}
_OTHERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("conv1d", "conv2d", "convolution"), ("CONV_2D", "DEPTHWISE_CONV_2D")),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d"), ("TRANSPOSE_CONV",)),
    **dict.fromkeys(("flatten", "reshape", "view"), ("RESHAPE",)),
    "dequantize": ("DEQUANTIZE",),
    "quantize_per_tensor": ("QUANTIZE",),
}
_TRANSPOSED = ("conv_transpose1d", "conv_transpose2d")


def in_tflite(names: Iterable[str]) -> frozenset[str]:
    """The operators of TensorFlow Lite that some names stand for: its own, and those that ATen's are done by."""
    found: set[str] = set()
    for name in names:
        namespace, _, short = name.rpartition("::")
        found.update(_SAME.get(short, _OTHERS.get(short, ())) if namespace else (short,))
    return frozenset(found)


def same_in_tflite(call: OperatorCall) -> tuple[str, ...]:
    """The operators of TensorFlow Lite any of which does what a call does; empty where none is known to.

    A convolution whose groups are its channels is a depthwise one.
    """
    namespace, _, name = call.operator.partition("::")
    # What writes over its input is the same operator on a device.
    name = name.rstrip("_") if not name.startswith("__") else name
    if namespace != "aten":
        return ()
    if name in _TRANSPOSED or call.arguments.get("transposed") is True:
        return ("TRANSPOSE_CONV",)
    if is_convolution(call):
        return ("DEPTHWISE_CONV_2D",) if is_depthwise(call) else ("CONV_2D",)
    return _SAME.get(name, ())
