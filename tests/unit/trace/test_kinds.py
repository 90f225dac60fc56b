"""Kinds of tensors without data."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.trace.kinds import Kinds
from pytest_flopbudget.trace.storages import Storages


@pytest.mark.parametrize(("dtype", "is_told"), [(torch.float32, True), (torch.complex64, False)])
def test_complex_tensors_have_no_kind(dtype: torch.dtype, is_told: bool) -> None:
    kinds = Kinds(Storages())
    twin = kinds.laid_out_as(torch.zeros(3, 2, dtype=dtype).t(), torch.device("cuda"))
    assert (twin.shape, twin.stride(), twin.dtype, twin.device.type) == ((2, 3), (1, 2), dtype, "cuda")
    assert (kinds.spec_of(twin) is not None) is is_told
    assert (kinds.like(twin, -1) is not None) is is_told
    assert kinds.add([2, twin], [], []) is is_told


@pytest.mark.parametrize(
    ("value", "has_one"),
    [
        (torch.ones(2, 2), True),
        (torch.ones(2, 2, dtype=torch.complex64), False),
        (torch.eye(2).to_sparse(), False),
        (torch.empty(2, 2, device="meta"), False),
        (torch.Generator(), False),
    ],
    ids=["plain", "complex", "sparse", "of nobody's", "no tensor"],
)
def test_what_is_no_plain_tensor_has_no_kind(value: object, has_one: bool) -> None:
    assert Kinds(Storages()).add([value], [], []) is has_one
