"""What a shape rule says of arguments: it covers them, steps aside, or refuses what the kernels refuse."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.schemas import dtype_name


class Refused(RuntimeError):
    """The kernel would refuse these arguments, although torch's data-less kernel does not."""


def same_dtype(operator: str, *tensors: torch.Tensor | None) -> None:
    """Refuse tensors of different element types, as the kernels of matrix products and convolutions do.

    Raises:
        Refused: Two tensors have different element types.
    """
    dtypes = [dtype_name(tensor.dtype) for tensor in tensors if tensor is not None]
    if any(dtype != dtypes[0] for dtype in dtypes):
        other = next(dtype for dtype in dtypes if dtype != dtypes[0])
        raise Refused(f"{operator} needs operands of one dtype, but got {dtypes[0]} and {other}")
