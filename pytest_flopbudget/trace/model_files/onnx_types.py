"""Types and sizes of an ONNX graph's tensors."""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from pytest_flopbudget.counting.operators import TensorSpec

_PLAIN = (
    "DOUBLE:float64 FLOAT:float32 FLOAT16:float16 BFLOAT16:bfloat16 COMPLEX64:complex64 COMPLEX128:complex128 "
    "BOOL:bool FLOAT8E4M3FN:float8_e4m3fn FLOAT8E4M3FNUZ:float8_e4m3fnuz FLOAT8E5M2:float8_e5m2 "
    "FLOAT8E5M2FNUZ:float8_e5m2fnuz"
)
_INTEGERS = (f"{sign}INT{bits}" for sign in ("", "U") for bits in (4, 8, 16, 32, 64))
_NAMES: Mapping[str, str] = {
    **dict(each.split(":") for each in _PLAIN.split()),
    **{name: name.lower() for name in _INTEGERS},
}
_NUMBERS: Mapping[int, str] = {
    number: _NAMES[name] for name, number in onnx.TensorProto.DataType.items() if name in _NAMES
}
DTYPES: Mapping[str, int] = {dtype: number for number, dtype in _NUMBERS.items()}


def dtype_of(number: int) -> str | None:
    """An element type by torch's name; None for one that torch has not, such as texts."""
    return _NUMBERS.get(number)


def spec_of(type_: onnx.TypeProto, storage: int) -> TensorSpec | None:
    """A tensor's sizes and type; None where they are not all known, or it is no tensor."""
    tensor, dtype = type_.tensor_type, dtype_of(type_.tensor_type.elem_type)
    if dtype is None or not tensor.HasField("shape"):
        return None
    if any(not dim.HasField("dim_value") or dim.dim_value < 0 for dim in tensor.shape.dim):
        return None
    return TensorSpec(tuple(dim.dim_value for dim in tensor.shape.dim), dtype, storage)


def type_of(shape: tuple[int, ...], number: int) -> onnx.TypeProto:
    """A tensor's type with all of its sizes."""
    return onnx.helper.make_tensor_type_proto(number, shape)
