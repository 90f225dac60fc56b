"""Ways around the dispatcher, around aliases and around the trace: each is counted right or refused."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.failures import DataNeededError

Count = Callable[..., Measurement]
Forward = Callable[["Host", torch.Tensor], object]
SMALL, BIG = 4 * 8 * 8, 4 * 8 * 64


class Host(nn.Module):
    """A forward given from outside, with layers of 256 and 2,048 MACs and some state for it to play with."""

    state: torch.Tensor
    large: torch.Tensor

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.small = nn.Linear(8, 8)
        self.big = nn.Linear(8, 64)
        self.register_buffer("state", torch.zeros(8))
        self.register_buffer("large", torch.zeros(1000, 1000))
        self.pair = (self.state, self.state[:4])
        self.view = self.state[:4]
        self.table = torch.arange(6.0).reshape(2, 3)
        self.scratch = torch.empty(0)
        self.generator = torch.Generator()
        self.tally: Counter[str] = Counter()
        self.small.weight.__dict__["flag"] = True
        self.given = forward

    def forward(self, x: torch.Tensor) -> object:
        return self.given(self, x)

    def branch(self, x: torch.Tensor, dearer: object) -> torch.Tensor:
        out: torch.Tensor = self.big(x) if dearer else self.small(x)
        return out


def in_a_thread(host: Host, x: torch.Tensor) -> object:
    out: list[torch.Tensor] = []
    thread = threading.Thread(target=lambda: out.append(host.big(x)))
    thread.start()
    thread.join()
    return host.small(x), out[0]


def in_a_pool(host: Host, x: torch.Tensor) -> object:
    with ThreadPoolExecutor(1) as pool:
        return host.small(pool.submit(host.small, x).result())


def tensor_of_values(host: Host, x: torch.Tensor) -> object:
    host.state.copy_(x.mean(0))
    return host.branch(x, torch.tensor([host.state[0], host.state[1]]).sum() != 0)


def resized_in_place(host: Host, x: torch.Tensor) -> object:
    y = torch.zeros(8, 8)
    y += x[0]
    y.unsqueeze_(0)
    return y.expand(5, -1, -1) @ host.small.weight


def written_by_out(host: Host, x: torch.Tensor) -> object:
    out = torch.empty(0)
    torch.mm(x, host.big.weight.t(), out=out)
    return out


def swallowed_lack_of_a_kernel(host: Host, x: torch.Tensor) -> object:
    try:
        return host.branch(x[torch.where(x[:, 0] > -1)[0]], dearer=True)
    except RuntimeError:
        return host.small(x)


REFUSED = {
    "a thread": (in_a_thread, "the forward in Host hands work to a thread, which is not followed"),
    "a pool": (in_a_pool, "the forward in Host hands work to a thread, which is not followed"),
    "torch.tensor": (tensor_of_values, "torch.tensor in Host reads values that depend on data"),
    "another shape in place": (
        resized_in_place,
        "aten::unsqueeze_ in Host changes the shape of a tensor in place by what depends on data",
    ),
    "out= of another size": (
        written_by_out,
        "aten::mm in Host changes the shape of a tensor in place by what depends on data",
    ),
    "where(condition)": (swallowed_lack_of_a_kernel, "aten::where in Host reads values that depend on data"),
}


@pytest.mark.parametrize(("forward", "why"), REFUSED.values(), ids=REFUSED)
@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized:UserWarning")
@pytest.mark.filterwarnings("ignore:Converting a tensor:UserWarning")
def test_refused(count: Count, forward: Forward, why: str) -> None:
    with pytest.raises(DataNeededError) as refused:
        count(Host(forward), (4, 8))
    assert refused.value.headline == f"cannot be counted on shapes: {why}"


def through_a_view_of_a_large_buffer(host: Host, x: torch.Tensor) -> object:
    host.large[:900] = x.sum()
    return host.branch(x, host.large[0, 0] != 0)


def expanded_as_an_unknown(host: Host, x: torch.Tensor) -> object:
    a = torch.zeros(4, 8)
    a.expand_as(x).copy_(x)
    return host.branch(x, a.sum() != 0)


def through_a_tuple(host: Host, x: torch.Tensor) -> object:
    host.state.copy_(x.mean(0))
    return host.branch(x, host.pair[0].sum() != 0)


def through_a_plain_view(host: Host, x: torch.Tensor) -> object:
    host.state.copy_(x.mean(0))
    return host.branch(x, host.view.sum() != 0)


@pytest.mark.parametrize(
    "forward", [through_a_view_of_a_large_buffer, expanded_as_an_unknown, through_a_tuple, through_a_plain_view]
)
def test_aliases_of_what_is_unknown_are_unknown(count: Count, forward: Forward) -> None:
    with pytest.raises(DataNeededError, match=r"^cannot be counted on shapes: aten::is_nonzero in Host reads values"):
        count(Host(forward), (4, 8))


def assigned_data(host: Host, x: torch.Tensor) -> object:
    host.small.weight.data += 1
    host.small.weight.data = host.small.weight.data * 2
    return host.small(x)


KNOWN: dict[str, tuple[Forward, int]] = {
    "a known write through a large view": (
        lambda host, x: host.branch(x, [host.large.view(-1).fill_(1), host.large[0, 0] == 1][1]),
        BIG,
    ),
    "a known write through a plain view": (
        lambda host, x: host.branch(x, [host.state.add_(1), host.view[0] == 1][1]),
        BIG,
    ),
    "a parameter's own attributes": (lambda host, x: host.branch(x, getattr(host.small.weight, "flag", False)), BIG),
    "addresses of weights": (
        lambda host, x: host.branch(x, host.small.weight.data_ptr() != host.big.weight.data_ptr()),
        BIG,
    ),
    "a large known mask": (lambda host, x: host.branch(x, torch.eye(512).bool().nonzero().shape[0] == 512), BIG),
    "a large equality": (lambda host, x: host.branch(x, torch.equal(host.large, host.large)), BIG),
    "a known selection": (
        lambda host, x: host.small(torch.masked_select(x, torch.arange(4)[:, None] < 2).reshape(2, 8)),
        2 * 8 * 8,
    ),
    "assigned data": (assigned_data, SMALL),
    "printing": (lambda host, x: host.branch(x, not f"{x} {x:.3f}" if x.dim() == 0 else f"{x}"), BIG),
}


@pytest.mark.parametrize(("forward", "macs"), KNOWN.values(), ids=KNOWN)
def test_what_is_known_is_followed(count: Count, forward: Forward, macs: int) -> None:
    assert count(Host(forward), (4, 8)).macs == macs


def test_random_numbers_are_the_same_in_every_count(count: Count) -> None:
    model = Host(lambda host, x: host.branch(x, torch.rand(()) + random.random() < 1))
    assert len({count(model, (4, 8)).macs for _ in range(10)}) == 1


class Aux(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.main = nn.Linear(8, 8)
        self.aux = nn.Linear(8, 64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.main(x)
        if self.training:
            y = y + self.aux(x).sum()
        return y


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_a_scripted_model_is_counted_in_inference(count: Count) -> None:
    scripted = torch.jit.script(Aux())
    assert count(scripted, (4, 8)).macs == SMALL
    assert count(nn.Sequential(scripted), (4, 8)).macs == SMALL
    assert scripted.training


class Slotted:
    """An object whose attributes are in no dictionary that could be put back."""

    __slots__ = ("last",)


def helper_object(host: Host, x: torch.Tensor) -> object:
    host.__dict__["seen"].last = x
    return host.small(x)


def test_a_tensor_kept_deep_inside_the_model_is_named(count: Count) -> None:
    model = Host(helper_object)
    model.__dict__["seen"] = Slotted()
    with pytest.raises(MeasureError) as refused:
        count(model, (4, 8))
    assert refused.value.headline == (
        "the forward keeps tensors without data where they cannot be put back: model.seen"
    )


def changes_plain_tensors(host: Host, x: torch.Tensor) -> object:
    host.table.t_()
    torch.arange(3.0, out=host.scratch)
    host.table.add_(1)
    host.tally["calls"] += 1
    torch.rand(8, generator=host.generator)
    torch.set_num_threads(1)
    torch.set_float32_matmul_precision("medium")
    torch.set_default_device("meta")
    return host.small(x)


def test_plain_tensors_generators_and_settings_are_put_back(count: Count) -> None:
    model = Host(changes_plain_tensors)
    state = model.generator.get_state()
    settings = (torch.get_num_threads(), torch.get_float32_matmul_precision(), torch.get_default_device())
    count(model, (4, 8))
    assert model.table.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert model.scratch.shape == (0,)
    assert not model.tally
    assert torch.equal(model.generator.get_state(), state)
    assert (torch.get_num_threads(), torch.get_float32_matmul_precision(), torch.get_default_device()) == settings


OUT_OF_RANGE: dict[str, Callable[[torch.Tensor], object]] = {
    "embedding": lambda x: nn.functional.embedding(torch.tensor([0, 4]), x),
    "index": lambda x: x[torch.tensor([-5])],
    "index_select": lambda x: x.index_select(1, torch.tensor([8])),
    "gather": lambda x: x.gather(1, torch.tensor([[8]])),
    "take": lambda x: x.take(torch.tensor([32])),
}


@pytest.mark.parametrize("function", OUT_OF_RANGE.values(), ids=OUT_OF_RANGE)
def test_a_known_index_that_is_out_of_range_is_refused(
    count: Count, as_model: Callable[..., nn.Module], function: Callable[[torch.Tensor], object]
) -> None:
    with pytest.raises(MeasureError, match=r"^cannot run at 4x8: Function: index -?\d+ is out of range for a size of"):
        count(as_model(function), (4, 8))
    with pytest.raises((IndexError, RuntimeError)):
        function(torch.ones(4, 8))


def test_a_mask_of_another_shape_is_refused(count: Count, as_model: Callable[..., nn.Module]) -> None:
    with pytest.raises(MeasureError) as refused:
        count(as_model(lambda x: x[:, torch.ones(7, dtype=torch.bool)]), (4, 8))
    assert str(refused.value).splitlines()[0] == (
        "cannot run at 4x8: Function: the shape of the mask [7] does not match [8], which it masks"
    )
