"""Known and unknown values: what depends on data is never read as if it were known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.inputs import TensorInput
from pytest_flopbudget.trace.failures import DataNeededError

Count = Callable[..., Measurement]


class Trap(nn.Module):
    """Takes a dearer branch when a value that depends on its input is positive."""

    state: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)
        self.register_buffer("state", torch.zeros(4))
        self.plain = torch.zeros(4)

    def written_buffer(self, x: torch.Tensor) -> bool:
        self.state.copy_(x[0])
        return bool(self.state.sum() > 0)

    def slices_of_a_factory(self, x: torch.Tensor) -> bool:
        zeros = torch.zeros(4)
        zeros[0] = x[0, 0]
        return bool((zeros != 0).any())

    def running_statistics(self, x: torch.Tensor) -> bool:
        nn.functional.batch_norm(x, self.norm.running_mean, self.norm.running_var, training=True)
        assert self.norm.running_mean is not None
        return bool(self.norm.running_mean.tolist()[0] > 0)

    def plain_attribute(self, x: torch.Tensor) -> bool:
        self.plain[1:].add_(x[0, 1:])
        return bool(self.plain.numpy().sum() > 0)

    def view_of_a_buffer(self, x: torch.Tensor) -> bool:
        view = self.state.view(2, 2)
        self.state += x[0]
        return view[0, 0].item() > 0

    def copy_of_a_written_buffer(self, x: torch.Tensor) -> bool:
        self.state += x[0]
        return float(self.state.clone()[0]) > 0

    def an_activation(self, x: torch.Tensor) -> bool:
        return bool(x.sum() > 0)

    def numpy_of_an_activation(self, x: torch.Tensor) -> bool:
        return bool(x.numpy().sum() > 0)

    def list_of_an_activation(self, x: torch.Tensor) -> bool:
        return bool(x.tolist()[0][0] > 0)

    def a_weight(self, x: torch.Tensor) -> bool:
        return bool(self.linear.weight[0, 0] > 0)

    def a_mask_of_activations(self, x: torch.Tensor) -> bool:
        return x[x > 0].shape[0] > 3

    def nonzero(self, x: torch.Tensor) -> bool:
        return x.nonzero().shape[0] > 3

    def equality(self, x: torch.Tensor) -> bool:
        return torch.equal(x, x + 1)

    def swallowed(self, x: torch.Tensor) -> bool:
        try:
            return bool(x.max() > 0)
        except RuntimeError:
            return False

    def forward(self, x: torch.Tensor, branch: Callable[[Trap, torch.Tensor], bool]) -> torch.Tensor:
        y: torch.Tensor = self.linear(x)
        if branch(self, y):
            y = self.linear(y)
        return y


TRAPS = {
    "written_buffer": "aten::is_nonzero",
    "slices_of_a_factory": "aten::is_nonzero",
    "running_statistics": "aten::resolve_conj",
    "plain_attribute": "aten::resolve_conj",
    "view_of_a_buffer": "aten::item",
    "copy_of_a_written_buffer": "aten::item",
    "an_activation": "aten::is_nonzero",
    "numpy_of_an_activation": "aten::_local_scalar_dense",
    "list_of_an_activation": "aten::_local_scalar_dense",
    "a_weight": "aten::is_nonzero",
    "a_mask_of_activations": "aten::index",
    "nonzero": "aten::nonzero",
    "equality": "aten::equal",
    "swallowed": "aten::is_nonzero",
}


class Sprung(nn.Module):
    def __init__(self, branch: str) -> None:
        super().__init__()
        self.trap = Trap()
        self.branch = getattr(Trap, branch)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.trap(x, self.branch)
        assert isinstance(out, torch.Tensor)
        return out


@pytest.mark.parametrize(("branch", "operator"), TRAPS.items())
def test_an_unknown_value_is_refused(count: Count, branch: str, operator: str) -> None:
    with pytest.raises(DataNeededError) as refused:
        count(Sprung(branch), (2, 4))
    assert refused.value.headline == (
        f"cannot be counted on shapes: {operator} in trap (Trap) reads values that depend on data"
    )


class Known(nn.Module):
    """Branches on values that do not depend on data."""

    steps: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.register_buffer("steps", torch.tensor(2))
        self.plain = torch.arange(4.0)

    def counted_buffer(self, x: torch.Tensor) -> int:
        self.steps += 1
        return int(self.steps)

    def plain_attribute(self, x: torch.Tensor) -> int:
        self.plain.add_(1)
        return int(self.plain.sum())

    def factory(self, x: torch.Tensor) -> int:
        return int(torch.arange(3, device=x.device).sum())

    def like_an_activation(self, x: torch.Tensor) -> int:
        return int(torch.ones_like(x).sum() + x.new_zeros(3).sum())

    def mask(self, x: torch.Tensor) -> int:
        mask = torch.tensor([True, False, True], device=x.device)
        return mask.nonzero().shape[0] + len(mask[mask].tolist())

    def device(self, x: torch.Tensor) -> int:
        torch.Generator(device=x.device)
        return int(x.device == torch.device("cpu") and x.is_cpu and not x.is_meta and x.device.type in ("cpu", "cuda"))

    def parameter(self, x: torch.Tensor) -> int:
        return int(isinstance(self.linear.weight, nn.Parameter) and self.linear.weight.requires_grad)

    def zeroed_factory(self, x: torch.Tensor) -> int:
        zeros = torch.zeros(4)
        zeros[1:3] = 2
        return int(zeros.sum())

    def forward(self, x: torch.Tensor, times: Callable[[Known, torch.Tensor], int]) -> torch.Tensor:
        for _ in range(times(self, x)):
            x = self.linear(x)
        return x


TIMES = {
    "counted_buffer": 3,
    "plain_attribute": 1 + 2 + 3 + 4,
    "factory": 0 + 1 + 2,
    "like_an_activation": 2 * 4,
    "mask": 2 + 2,
    "device": 1,
    "parameter": 1,
    "zeroed_factory": 2 + 2,
}


class Steps(nn.Module):
    def __init__(self, times: str) -> None:
        super().__init__()
        self.known = Known()
        self.times = getattr(Known, times)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.known(x, self.times)
        assert isinstance(out, torch.Tensor)
        return out


@pytest.mark.parametrize(("times", "expected"), TIMES.items())
def test_a_known_value_is_read(count: Count, times: str, expected: int) -> None:
    model = Steps(times)
    assert count(model, (2, 4)).macs == expected * 2 * 4 * 4
    assert model.known.steps == 2
    assert model.known.plain.tolist() == [0, 1, 2, 3]


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.head = nn.Linear(4, 10)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        if mask.all() and int(ids.max()) < 10:
            out = self.head(self.embedding(ids))
            assert isinstance(out, torch.Tensor)
            return out
        raise ValueError("masked")


def test_integer_and_boolean_inputs_are_known(count: Count) -> None:
    assert count(Tokens(), TensorInput((2, 5), "int64"), TensorInput((2, 5), "bool")).macs == 2 * 5 * 4 * 10
    assert count(Tokens(), TensorInput((2, 5), "int64", 9), TensorInput((2, 5), "int64", 1)).macs == 2 * 5 * 4 * 10


def test_a_known_mask_chooses_among_unknown_values(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def chosen(x: torch.Tensor) -> torch.Tensor:
        some = x[torch.tensor([True, False, True])]
        x[torch.tensor([True, False, False]), 1:] = 0
        return some[:, :, 0] @ x[:, :, torch.arange(4) > 2][:, :, 0]

    assert count(as_model(chosen), (3, 3, 4)).macs == 2 * 3 * 3


def test_a_large_known_result_takes_no_memory(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def outer(x: torch.Tensor) -> torch.Tensor:
        positions = torch.arange(2**20)
        return x @ (positions[:, None] * positions[None, :]).float()[:4, :4]

    assert count(as_model(outer), (2, 4)).macs == 2 * 4 * 4


def test_large_factories_take_no_memory(count: Count, as_model: Callable[..., nn.Module]) -> None:
    def factories(x: torch.Tensor) -> torch.Tensor:
        return x @ torch.ones(2**20, 2**20)[:4, :4] @ torch.zeros_like(x.expand(2**40, 2, 4))[0].t()

    assert count(as_model(factories), (2, 4)).macs == 2 * 4 * 4 + 2 * 4 * 2
