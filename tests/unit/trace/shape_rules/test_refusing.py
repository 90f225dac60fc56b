"""Element types that do not go together are refused as the kernels refuse them."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import Refused, dataless
from pytest_flopbudget.trace.nests import map_tensors
from pytest_flopbudget.trace.shape_rules import RULES
from pytest_flopbudget.trace.shape_rules.refusing import refuse_mixed_types

ops = torch.ops.aten
HALF, DOUBLE = torch.float16, torch.float64


def real(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.ones(shape, dtype=dtype)


def twin(tensor: torch.Tensor) -> torch.Tensor:
    return dataless(tensor.shape, tensor.dtype, stride=tensor.stride())


@pytest.mark.parametrize(
    ("overload", "args", "message"),
    [
        (
            ops.conv2d.default,
            (real(1, 3, 5, 5), real(8, 3, 3, 3, dtype=HALF)),
            "a convolution needs operands of one dtype, but got float32 and float16",
        ),
        (
            ops.conv_transpose2d.input,
            (real(1, 3, 5, 5), real(3, 8, 3, 3, dtype=HALF)),
            "a convolution needs operands of one dtype, but got float32 and float16",
        ),
        (
            ops.linear.default,
            (real(2, 5, dtype=torch.bfloat16), real(7, 5)),
            "a linear layer needs operands of one dtype, but got bfloat16 and float32",
        ),
        (
            ops.layer_norm.default,
            (real(2, 5, dtype=DOUBLE), [5], real(5), real(5)),
            "a normalisation needs operands of one dtype, but got float64 and float32",
        ),
        (
            ops.matmul.default,
            (real(2, 3, 5), real(5, 7, dtype=DOUBLE)),
            "a matrix product needs operands of one dtype, but got float32 and float64",
        ),
        (
            ops.mm.default,
            (real(2, 5), real(5, 7, dtype=DOUBLE)),
            "a matrix product needs operands of one dtype, but got float32 and float64",
        ),
    ],
)
def test_what_the_kernel_refuses(overload: torch._ops.OpOverload, args: tuple[object, ...], message: str) -> None:
    with pytest.raises(RuntimeError):
        overload(*args)
    twins = map_tensors(twin, args)
    assert isinstance(twins, tuple)

    def check() -> None:
        refuse_mixed_types(Call(overload, twins, {}))
        RULES[overload.name()](*twins)

    with pytest.raises(Refused) as refused:
        check()
    assert str(refused.value) == message
