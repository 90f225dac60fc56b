"""Indexing and copying a tensor without data: what torch does with the real one, at the same shapes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import MeasureError

AsModel = Callable[[Callable[..., object]], nn.Module]
Take = Callable[[torch.Tensor], torch.Tensor]

INDICES: dict[str, Take] = {
    "a list": lambda x: x[[0, 2]],
    "a list after a slice": lambda x: x[:, [1]],
    "two lists": lambda x: x[[0, 1], [1, 2]],
    "a range": lambda x: x[:, range(2)],
    "a list of booleans": lambda x: x[[True, False, True]],
    "a numpy array": lambda x: x[np.array([0, 2])],
    "a numpy mask": lambda x: x[:, np.array([True, False, True, True])],
    "a tensor": lambda x: x[torch.tensor([2, 0])],
    "an integer": lambda x: x[1],
    "numpy's integer": lambda x: x[np.int64(1)],
    "a slice": lambda x: x[..., 1:3],
    "None": lambda x: x[None, :, None],
    "True": lambda x: x[True],
    "an ellipsis and a list": lambda x: x[..., [0, -1]],
    "a list of lists": lambda x: x[[[0, 1], [2, 3]]],
    "a long list of lists": lambda x: x[[[0, 1]] * 32],
    "a list of tensors": lambda x: x[[torch.tensor([0, 1]), torch.tensor([2, 3])]],
    "a list with a slice": lambda x: x[[slice(0, 2), [0, 1]]],
    "lists in a list after a slice": lambda x: x[:, [[0, 1], [2, 3]]],
    "lists in a tuple after a slice": lambda x: x[:, ([0, 1], [2, 3])],
    "a tuple after a slice": lambda x: x[:, (0, 2)],
    "a mask for two dimensions": lambda x: x[None][:, [[True, False, False, True]] * 3],
    "no positions": lambda x: x[:, []],
    "fractions": lambda x: x[:, [0.5, 2.5]],
    "numpy's fractions": lambda x: x[:, np.array([0.5, 2.5])],
    "known numbers of tensors": lambda x: x[:, [torch.tensor(1), torch.tensor(3)]],
}


@pytest.mark.filterwarnings("ignore:Using a non-tuple sequence:UserWarning")
@pytest.mark.parametrize("take", INDICES.values(), ids=INDICES)
def test_an_index_takes_what_it_takes_of_a_real_tensor(as_model: AsModel, take: Take) -> None:
    shape = take(torch.zeros(3, 4)).shape
    seen: list[torch.Size] = []

    def forward(x: torch.Tensor) -> torch.Tensor:
        taken = take(x)
        seen.append(taken.shape)
        return taken.flatten().dot(taken.flatten())

    measurement = count(as_model(forward), "3x4", backend="shapes")
    assert seen == [shape]
    assert measurement.macs == shape.numel()


PUT: dict[str, Callable[[torch.Tensor], None]] = {
    "a list": lambda x: x.__setitem__([0, 2], 0),
    "a list after a slice": lambda x: x.__setitem__((slice(None), [1]), torch.ones(3, 1)),
    "lists in a list after a slice": lambda x: x.__setitem__((slice(None), [[0, 1], [2, 3]]), 0.0),
    "a numpy mask": lambda x: x.__setitem__(np.array([True, False, True]), 1.0),
    "an integer": lambda x: x.__setitem__(1, x[0]),
}


@pytest.mark.parametrize("put", PUT.values(), ids=PUT)
def test_an_index_writes_where_it_writes_in_a_real_tensor(
    as_model: AsModel, put: Callable[[torch.Tensor], None]
) -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        y = x + 1
        put(y)
        return y @ y.t()

    assert count(as_model(forward), "3x4", backend="shapes").macs == 3 * 4 * 3


@pytest.mark.parametrize(
    ("index", "said"),
    [
        (lambda x: x[[0, 3]], "index 3 is out of range for a size of 3"),
        (lambda x: x[0, 0, 0], "IndexError: too many indices for tensor of dimension 2"),
        (lambda x: x[:, [[0, 1], [2]]], "ValueError: expected sequence of length 2 at dim 1 (got 1)"),
    ],
)
def test_an_index_out_of_range_is_the_models_mistake(as_model: AsModel, index: Take, said: str) -> None:
    with pytest.raises(MeasureError) as error:
        count(as_model(index), "3x4", backend="shapes")
    assert str(error.value).splitlines()[0] == f"cannot run at 3x4: Function: {said}"


COPIES: dict[str, Take] = {
    "as_tensor": torch.as_tensor,
    "as_tensor of a type": lambda x: torch.as_tensor(x, dtype=torch.float32, device=x.device),
    "clone": lambda x: x.clone(),
    "to": lambda x: x.to("cpu", torch.float32, copy=True),
    "new_tensor of a list": lambda x: x + x.new_tensor([1.0, 2.0, 3.0, 4.0]),
    "asarray": torch.asarray,
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_copy_reads_no_values(as_model: AsModel, copy: Take) -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        copied = copy(x)
        assert copied.device == x.device
        return copied @ x.t()

    assert count(as_model(forward), "3x4", backend="shapes").macs == 3 * 4 * 3


@pytest.mark.filterwarnings("ignore:To copy construct from a tensor:UserWarning")
def test_torch_tensor_copies_a_tensor(as_model: AsModel) -> None:
    assert count(as_model(lambda x: torch.tensor(x) @ x.t()), "3x4", backend="shapes").macs == 3 * 4 * 3
