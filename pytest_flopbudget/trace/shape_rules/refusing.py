"""Element types that the kernels refuse, although torch's data-less kernels accept them."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import Refused
from pytest_flopbudget.trace.schemas import dtype_name

_PRODUCTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("aten::matmul",), ("self", "other")),
    **dict.fromkeys(("aten::mm", "aten::bmm"), ("self", "mat2")),
    **dict.fromkeys(("aten::mv",), ("self", "vec")),
    **dict.fromkeys(("aten::dot",), ("self", "tensor")),
    **dict.fromkeys(("aten::vdot",), ("self", "other")),
    **dict.fromkeys(("aten::addmm", "aten::addmm_"), ("mat1", "mat2")),
    **dict.fromkeys(("aten::addmv", "aten::addmv_"), ("mat", "vec")),
    **dict.fromkeys(("aten::baddbmm", "aten::baddbmm_", "aten::addbmm", "aten::addbmm_"), ("batch1", "batch2")),
    **dict.fromkeys(("aten::bilinear",), ("input1", "input2", "weight")),
}
_NORMS = frozenset({"aten::layer_norm", "aten::group_norm", "aten::batch_norm", "aten::instance_norm"})
_HALVES = (torch.float16, torch.bfloat16)


def same_dtype(operator: str, *tensors: object) -> None:
    """Refuse tensors of different element types, as the kernels of matrix products and convolutions do.

    Raises:
        Refused: Two tensors have different element types.
    """
    dtypes = [dtype_name(tensor.dtype) for tensor in tensors if isinstance(tensor, torch.Tensor)]
    other = next((dtype for dtype in dtypes if dtype != dtypes[0]), None)
    if other is not None:
        raise Refused(f"{operator} needs operands of one dtype, but got {dtypes[0]} and {other}")


def refuse_mixed_types(call: Call) -> None:
    """Refuse the calls of matrix products and normalisations that their kernels refuse.

    Raises:
        Refused: Operands have element types that do not go together.
    """
    operator = call.schema.operator
    if operator in _PRODUCTS:
        same_dtype("a matrix product", *(call.argument(name) for name in _PRODUCTS[operator]))
    elif operator in _NORMS:
        normed, weight = call.argument("input"), call.argument("weight")
        if isinstance(normed, torch.Tensor) and isinstance(weight, torch.Tensor):
            # A half-precision input goes with parameters of full precision.
            mixed = normed.dtype in _HALVES and weight.dtype == torch.float32
            same_dtype("a normalisation", *(() if mixed else (normed, weight)))
