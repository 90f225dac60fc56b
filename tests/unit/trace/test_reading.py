"""Values that a forward reads: by how much they repeat, through numpy, into masks; executed and on shapes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.errors import MeasureError

AsModel = Callable[[Callable[..., object]], nn.Module]
Forward = Callable[[torch.Tensor], object]
both_ways = pytest.mark.parametrize("backend", ["shapes", "execute"])


def durations(x: torch.Tensor) -> torch.Tensor:
    return x[:, 0].abs().ceil().long()


def stale_view(x: torch.Tensor) -> object:
    b = torch.zeros(6, 4)
    seen = b.numpy()
    b[:3] = x
    return x @ x.t() if (seen == 0).all() else x


def stale_view_of_the_same_memory(x: torch.Tensor) -> object:
    b = torch.zeros(6, 4)
    torch.from_numpy(b.numpy())[3:] = x
    return x @ x.t() if b.sum() == 0 else x


READS: dict[str, tuple[Forward, str]] = {
    "repeats": (
        lambda x: torch.repeat_interleave(x, durations(x), dim=0),
        "aten::repeat_interleave in Function reads values that depend on data",
    ),
    "repeats alone": (
        lambda x: torch.repeat_interleave(durations(x)),
        "aten::repeat_interleave in Function reads values that depend on data",
    ),
    "places to split at": (
        lambda x: torch.tensor_split(x, durations(x)[:1].clamp(max=2)),
        "aten::tensor_split in Function reads values that depend on data",
    ),
    "classes": (
        lambda x: nn.functional.one_hot(durations(x)),
        "aten::one_hot in Function reads values that depend on data",
    ),
    "numpy": (
        lambda x: x if x.numpy().sum() > 0 else x + 1,
        "aten::_local_scalar_dense in Function reads values that depend on data",
    ),
    "a list": (
        lambda x: x if x.tolist()[0][0] > 0 else x + 1,
        "aten::_local_scalar_dense in Function reads values that depend on data",
    ),
    "numpy's asarray": (
        lambda x: x if np.asarray(x + 1).sum() > 0 else x + 1,
        "aten::_local_scalar_dense in Function reads values that depend on data",
    ),
    "a view of numpy's, then a write": (
        stale_view,
        "aten::copy_ in Function writes what depends on data to a tensor whose values were read",
    ),
    "a view of numpy's view, then a write": (
        stale_view_of_the_same_memory,
        "aten::copy_ in Function writes what depends on data to a tensor whose values were read",
    ),
}


@pytest.mark.parametrize(("forward", "why"), READS.values(), ids=READS)
def test_a_value_that_depends_on_data_is_read(as_model: AsModel, forward: Forward, why: str) -> None:
    with pytest.raises(MeasureError) as refused:
        count(as_model(forward), "3x4", backend="shapes")
    assert refused.value.headline == f"cannot be counted on shapes: {why}"
    assert count(as_model(forward), "3x4", backend="execute").data_dependent
    measurement = count(as_model(forward), "3x4")
    assert (measurement.traced, measurement.data_dependent) == ("executed", True)


def zeroed_where_negative(x: torch.Tensor) -> torch.Tensor:
    y = x + 1
    y[y < 0] = 0
    return y @ y.t()


def zeroed_columns(x: torch.Tensor) -> torch.Tensor:
    y = x + 1
    y[:, y[0] < 0] = 0
    return y @ y.t()


def put_elsewhere(x: torch.Tensor) -> torch.Tensor:
    y = x.index_put((x < 0,), torch.tensor(2.0))
    return y @ y.t()


def counted_by_numpy(x: torch.Tensor) -> torch.Tensor:
    steps = torch.zeros(2)
    steps.numpy()[:] = 1
    steps += 1
    return x @ x.t() if steps.tolist() == [2, 2] else x


# Three rows of four: their products with each other are 3 * 3 * 4.
KNOWN: dict[str, tuple[Forward, int]] = {
    "repeats": (lambda x: torch.repeat_interleave(x, torch.tensor([1, 0, 4]), dim=0) @ x.t(), 5 * 3 * 4),
    "one number of repeats": (lambda x: torch.repeat_interleave(x, torch.tensor([2]), dim=1) @ x.new_ones(8), 3 * 8),
    "repeats of all": (lambda x: torch.repeat_interleave(x, torch.tensor(2)).dot(x.new_ones(24)), 2 * 12),
    "repeats and their sum": (
        lambda x: x.repeat_interleave(durations(x), dim=0, output_size=3) @ x.t(),
        3 * 3 * 4,
    ),
    "places to split at": (lambda x: torch.tensor_split(x, torch.tensor([1]))[1] @ x.t(), 2 * 3 * 4),
    "parts to split into": (lambda x: torch.tensor_split(x, torch.tensor(2), dim=1)[0] @ x[:, :2].t(), 3 * 3 * 2),
    "classes": (lambda x: nn.functional.one_hot(torch.tensor([4, 0, 2])).float().t() @ x, 5 * 3 * 4),
    "so many classes": (lambda x: nn.functional.one_hot(durations(x), 99).float().t() @ x, 99 * 3 * 4),
    "one value where a mask says": (zeroed_where_negative, 3 * 3 * 4),
    "one value into columns": (zeroed_columns, 3 * 3 * 4),
    "one value into a copy": (put_elsewhere, 3 * 3 * 4),
    "numpy of a known tensor": (counted_by_numpy, 3 * 3 * 4),
}


@both_ways
@pytest.mark.parametrize(("forward", "macs"), KNOWN.values(), ids=KNOWN)
def test_what_depends_on_known_values_does_not_depend_on_data(
    as_model: AsModel, forward: Forward, macs: int, backend: Backend
) -> None:
    if backend == "execute" and forward is KNOWN["repeats and their sum"][0]:
        forward = lambda x: x.repeat_interleave(torch.ones_like(durations(x)), dim=0, output_size=3) @ x.t()  # noqa: E731
    measurement = count(as_model(forward), "3x4", backend=backend)
    assert (measurement.macs, measurement.data_dependent) == (macs, False)


def test_values_where_an_unknown_mask_says_are_still_read(as_model: AsModel) -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        y = x + 1
        y[y < 0] = x[x < 0]
        return y

    with pytest.raises(MeasureError) as refused:
        count(as_model(forward), "3x4", backend="shapes")
    assert refused.value.headline == (
        "cannot be counted on shapes: aten::index in Function reads values that depend on data"
    )


@both_ways
def test_lengths_of_packed_sequences_stay_known(as_model: AsModel, backend: Backend) -> None:
    def forward(x: torch.Tensor) -> torch.Tensor:
        packed = pack_padded_sequence(x, torch.tensor([3, 1]), batch_first=True)
        steps, lengths = pad_packed_sequence(packed, batch_first=True)
        return steps[0] @ steps[0].t() if int(packed.batch_sizes[0]) == 2 and lengths.tolist() == [3, 1] else steps

    measurement = count(as_model(forward), "2x3x4", backend=backend)
    assert (measurement.macs, measurement.data_dependent) == (3 * 3 * 4, False)


class Zeroing(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.weight.detach().numpy()[:] = 0
        return super().forward(x)


def test_a_write_through_numpy_is_put_back() -> None:
    model = Zeroing(4, 4)
    before = model.weight.detach().clone()
    assert count(model, "3x4", backend="execute").data_dependent
    assert torch.equal(model.weight, before)


class Marking(nn.Linear):
    def __init__(self) -> None:
        super().__init__(4, 4)
        self.table = torch.arange(3.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.table.numpy()[:] = 7
        return super().forward(x)


@both_ways
def test_a_write_through_numpy_to_a_plain_tensor_is_put_back(backend: Backend) -> None:
    model = Marking()
    assert not count(model, "3x4", backend=backend).data_dependent
    assert model.table.tolist() == [0, 1, 2]
