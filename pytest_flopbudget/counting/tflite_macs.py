"""What the operators of a TensorFlow Lite file cost, by the shapes that stand in the file.

Activations are NHWC. Source of every layout: the operators' kernels in TensorFlow Lite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from pytest_flopbudget.counting.operators import Cost, TensorSpec
from pytest_flopbudget.counting.tflite import NAMES

Inputs = Sequence["TensorSpec | None"]
_Formula = Callable[[Inputs, TensorSpec], int]

_LSTM_WEIGHTS = (*range(1, 9), 16)
# They run other graphs of the file, which are not read.
_CALLING = frozenset(("IF", "WHILE"))
_MORE_WITHOUT = """
    BITCAST DYNAMIC_UPDATE_SLICE FAKE_QUANT GELU LOCAL_RESPONSE_NORMALIZATION MATRIX_DIAG MATRIX_SET_DIAG ONE_HOT POW
    RANGE RANK REDUCE_ALL REDUCE_ANY REDUCE_PROD RELU_0_TO_1 RELU_N1_TO_1 REVERSE_V2 SCATTER_ND SELECT SIGN
    SPARSE_TO_DENSE TILE TOPK_V2 WHERE
"""


def _conv(inputs: Inputs, out: TensorSpec) -> int:
    """[n, h, w, o] = CONV_2D([n, y, x, i], [o, kh, kw, i / groups])."""
    return out.numel * math.prod(_given(inputs, 1).shape[1:])


def _conv_3d(inputs: Inputs, out: TensorSpec) -> int:
    """[n, d, h, w, o] = CONV_3D([n, z, y, x, i], [kd, kh, kw, i, o])."""
    return out.numel * math.prod(_given(inputs, 1).shape[:-1])


def _depthwise(inputs: Inputs, out: TensorSpec) -> int:
    """[n, h, w, o] = DEPTHWISE_CONV_2D([n, y, x, i], [1, kh, kw, o])."""
    return out.numel * math.prod(_given(inputs, 1).shape[1:3])


def _transposed(inputs: Inputs, _out: TensorSpec) -> int:
    """[n, h, w, o] = TRANSPOSE_CONV(sizes, [o, kh, kw, i], [n, y, x, i]): each input meets the whole kernel."""
    return _given(inputs, 2).numel * math.prod(_given(inputs, 1).shape[:3])


def _linear(inputs: Inputs, out: TensorSpec) -> int:
    """[n, o] = FULLY_CONNECTED([n, i], [o, i])."""
    return out.numel * _given(inputs, 1).shape[-1]


def _matmul(inputs: Inputs, out: TensorSpec) -> int:
    """[…, m, p] = BATCH_MATMUL([…, m, k], [k, p]), either of the two transposed."""
    left = _given(inputs, 0)
    rows = math.prod(left.shape[:-2]) * out.shape[-2]
    return out.numel * (left.numel // rows) if rows else 0


def _lstm(inputs: Inputs, _out: TensorSpec) -> int:
    """[n, t, o] = UNIDIRECTIONAL_SEQUENCE_LSTM([n, t, i], weights): every weight matrix at every step."""
    data = _given(inputs, 0)
    steps = data.numel // max(data.shape[-1], 1)
    weights = (inputs[at] for at in _LSTM_WEIGHTS if at < len(inputs))
    elements: int = sum(spec.numel for spec in weights if spec is not None)
    return steps * elements


def _svdf(inputs: Inputs, _out: TensorSpec) -> int:
    """[n, o] = SVDF([n, i], [filters, i], [filters, memory])."""
    return _given(inputs, 0).shape[0] * (_given(inputs, 1).numel + _given(inputs, 2).numel)


_MACS: Mapping[str, _Formula] = {
    "CONV_2D": _conv,
    "CONV_3D": _conv_3d,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transposed,
    "FULLY_CONNECTED": _linear,
    "BATCH_MATMUL": _matmul,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    "SVDF": _svdf,
}
_WITHOUT = frozenset((*NAMES, *_MORE_WITHOUT.split())) - _MACS.keys() - _CALLING


def has_macs(operator: str) -> bool:
    """Whether an operator, by its name in the schema, is one of those with multiply–accumulates."""
    return operator in _MACS


def cost_of(operator: str, inputs: Inputs, outputs: Sequence[TensorSpec]) -> Cost | None:
    """What one operator of a file costs in MACs; None where that is not known, and uncounted. Other FLOPs are not told.

    Args:
        operator: Its name in TensorFlow Lite's schema, such as ``"CONV_2D"``.
        inputs: Its inputs in their order; None for one that is left out.
        outputs: Its outputs.

    Raises:
        ValueError: It does not have the inputs or outputs, or their dimensions, that it is defined with.
    """
    formula = _MACS.get(operator)
    if formula is None:
        return Cost() if operator in _WITHOUT else None
    try:
        return Cost(formula(inputs, outputs[0]))
    except IndexError as error:
        raise ValueError(f"{operator} has other inputs than it is defined with") from error


def _given(inputs: Inputs, at: int) -> TensorSpec:
    spec = inputs[at]
    if spec is None:
        raise IndexError(at)
    return spec
