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
