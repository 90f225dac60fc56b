"""Torch's own kernels on shapes: what they give, and what they say."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import NotOnShapesError, dataless
from pytest_flopbudget.trace.on_meta import MetaKernels
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.storages import Storages

aten = torch.ops.aten


@pytest.fixture
def kernels() -> MetaKernels:
    return MetaKernels(FORMULAS, Recorder(Storages()), torch.device("cpu"))


def test_a_view_of_a_real_tensor_is_one(kernels: MetaKernels) -> None:
    real = torch.arange(6.0).view(3, 2)[:, :1]
    out = kernels.run(Call(aten.expand_as.default, (real, dataless((3, 4), torch.float32)), {}))
    assert isinstance(out, torch.Tensor)
    assert (out.data_ptr(), out.stride()) == (real.data_ptr(), (2, 0))
    assert out.tolist() == [[0.0] * 4, [2.0] * 4, [4.0] * 4]


def test_a_write_is_refused_in_the_words_of_the_kernel_without_data(kernels: MetaKernels) -> None:
    with pytest.raises(RuntimeError) as own:
        torch.empty(4, 3, device="meta").add_(torch.empty(7, device="meta"))
    with pytest.raises(RuntimeError) as error:
        kernels.run(Call(aten.add_.Tensor, (dataless((4, 3), torch.float32), dataless((7,), torch.float32)), {}))
    assert (type(error.value), str(error.value)) == (type(own.value), str(own.value))


def test_what_runs_with_data_alone_is_not_on_shapes(kernels: MetaKernels) -> None:
    with pytest.raises(RuntimeError) as own:
        torch.repeat_interleave(torch.empty(3, dtype=torch.int64, device="meta"))
    with pytest.raises(NotOnShapesError) as error:
        kernels.run(Call(aten.repeat_interleave.Tensor, (dataless((3,), torch.int64),), {}))
    assert str(error.value) == f"runs on data only: {str(own.value).splitlines()[0]}"
