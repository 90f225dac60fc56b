"""Declared inputs, made."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.declaring.inputs import Inputs, TensorInput
from pytest_flopbudget.trace.dataless import DatalessTensor
from pytest_flopbudget.trace.given import declared
from pytest_flopbudget.trace.inputs import materialised


@pytest.mark.parametrize(("rows", "is_known"), [(2**14, True), (2**14 + 1, False)])
def test_whole_numbers_are_known_while_they_are_few(rows: int, is_known: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_flopbudget.trace.inputs._KNOWN_ELEMENTS", 2**14 * 3)
    arguments = declared(Inputs((TensorInput((rows, 3), "int64"),)))
    (made,), _ = materialised(arguments, torch.float32, torch.device("cpu"), data=False)
    assert isinstance(made, torch.Tensor)
    assert (made.shape, made.dtype, type(made) is not DatalessTensor) == ((rows, 3), torch.int64, is_known)
