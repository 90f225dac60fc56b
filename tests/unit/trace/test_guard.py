"""The user's model and torch's own state are the same after a count, also when it raised."""

from __future__ import annotations

import copy
import logging
import random
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from pytest_flopbudget import count as count_live
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.errors import MeasureError

Count = Callable[..., Measurement]
State = Callable[[nn.Module], dict[str, object]]


class Careless(nn.Module):
    """Changes all that a forward can reach, and raises where it is told to."""

    steps: torch.Tensor
    scratch: torch.Tensor

    def __init__(self, *, raises: bool) -> None:
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4)
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.register_buffer("steps", torch.zeros(1))
        self.register_buffer("scratch", torch.zeros(4), persistent=False)
        self.plain = torch.zeros(4)
        self.seen: list[object] = ["before"]
        self.table: OrderedDict[str, object] = OrderedDict(before=1)
        self.tags = {"before"}
        self.raises = raises
        self.norm.eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.last = x = self.first(x)
        self.seen.append(x)
        self.table["x"] = self.table.pop("before")
        self.tags.add("after")
        self.steps += 1
        self.scratch.copy_(x[0])
        self.plain.add_(1)
        assert self.norm.running_mean is not None
        self.norm.running_mean.zero_()
        self.first.weight.data.mul_(2)
        self.frozen.bias = nn.Parameter(torch.zeros(4))
        self.register_buffer("cache", torch.arange(4.0))
        self.add_module("late", nn.Linear(4, 4))
        self.first.register_forward_hook(lambda *_: None)
        del self.norm.eps
        self.train()
        self.requires_grad_(True)
        torch.set_default_dtype(torch.float64)
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = True
        torch.manual_seed(1)
        random.seed(1)
        if self.raises:
            raise ValueError("careless")
        return x


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("raises", [False, True])
def test_a_careless_model_is_the_same(count: Count, state_of: State, *, raises: bool, training: bool) -> None:
    model = Careless(raises=raises).train(training)
    model.norm.eval()
    model.first.weight.grad = torch.ones(4, 4)
    before = state_of(model)
    if raises:
        with pytest.raises(MeasureError) as refused:
            count(model, (2, 4))
        assert refused.value.headline == "cannot run at 2x4: Careless: ValueError: careless"
    else:
        assert count(model, (2, 4)).macs == 2 * 4 * 4
    assert state_of(model) == before


def test_an_interrupt_leaves_the_model_the_same(
    count: Count, state_of: State, as_model: Callable[..., nn.Module]
) -> None:
    def interrupted(x: torch.Tensor) -> torch.Tensor:
        raise KeyboardInterrupt

    model = nn.Sequential(nn.Linear(4, 4), as_model(interrupted))
    before = state_of(model)
    with pytest.raises(KeyboardInterrupt):
        count(model, (2, 4))
    assert state_of(model) == before
    assert count(nn.Linear(4, 4), (2, 4)).macs == 2 * 4 * 4


class Adapter(nn.Linear):
    """Merges its weights when it is switched between training and evaluation, as LoRA layers do."""

    def __init__(self) -> None:
        super().__init__(4, 4)
        self.switched = 0

    def train(self, mode: bool = True) -> Adapter:
        if hasattr(self, "switched"):
            self.switched += 1
            self.weight.data += 1
        super().train(mode)
        return self


def test_no_users_train_or_eval_is_called(count: Count, state_of: State) -> None:
    model = nn.Sequential(Adapter())
    before = state_of(model)
    assert count(model, (2, 4)).macs == 2 * 4 * 4
    assert state_of(model) == before
    adapter = model[0]
    assert isinstance(adapter, Adapter)
    assert adapter.switched == 0


class Aliases(nn.Module):
    whole: torch.Tensor
    upper: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        storage = torch.zeros(8)
        self.register_buffer("whole", storage)
        self.register_buffer("upper", storage[4:])
        self.weight = nn.Parameter(torch.ones(4, 4))
        self.rows = [self.weight]
        self.tied = nn.Linear(4, 4, bias=False)
        self.tied.weight = self.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.upper.fill_(1)
        assert self.whole.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
        assert self.rows[0] is self.weight is self.tied.weight
        out: torch.Tensor = self.tied(x) @ self.weight
        return out


def test_what_aliases_still_aliases(count: Count, state_of: State) -> None:
    model = Aliases()
    before = state_of(model)
    measurement = count(model, (2, 4))
    assert measurement.macs == 2 * 2 * 4 * 4
    assert measurement.params == 4 * 4
    assert state_of(model) == before
    assert model.upper.data_ptr() == model.whole[4:].data_ptr()


def test_four_threads_count_one_model(count: Count, state_of: State) -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())
    before = state_of(model)
    counts: list[int] = []

    def counting() -> None:
        counts.extend(count(model, (1, 3, 8, 8)).macs for _ in range(25))

    threads = [threading.Thread(target=counting) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [6 * 6 * 8 * 3 * 3 * 3] * 100
    assert state_of(model) == before


def test_another_thread_is_not_counted(count: Count, as_model: Callable[..., nn.Module]) -> None:
    other = nn.Linear(4, 4)
    go, done = threading.Event(), threading.Event()

    def meanwhile() -> None:
        go.wait()
        other(torch.ones(2, 4))
        done.set()

    def waiting(x: torch.Tensor) -> torch.Tensor:
        go.set()
        done.wait()
        return x @ x.t()

    thread = threading.Thread(target=meanwhile)
    thread.start()
    assert count(as_model(waiting), (2, 4)).macs == 2 * 4 * 2
    thread.join()


def test_a_users_counter_does_not_count_the_trace(count: Count) -> None:
    with FlopCounterMode(display=False) as counter:
        assert count(nn.Linear(4, 4), (2, 4)).macs == 2 * 4 * 4
        nn.Linear(3, 3)(torch.ones(5, 3))
    assert counter.get_total_flops() == 2 * 5 * 3 * 3


def test_a_training_step_after_counting(count: Count) -> None:
    first = nn.Linear(4, 4)
    model = nn.Sequential(first, nn.BatchNorm1d(4), nn.Linear(4, 1))
    count(model, (2, 4))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = first.weight.detach().clone()
    (model(torch.randn(5, 4)) - torch.arange(5.0)[:, None]).square().sum().backward()
    optimizer.step()
    assert not torch.equal(first.weight, before)


def test_a_model_in_training_is_counted_in_inference(count: Count) -> None:
    model = nn.Sequential(nn.Dropout(), nn.Linear(4, 4)).train()
    measurement = count(model, (2, 4))
    assert measurement.by_operator()["aten::dropout"].other_flops == 0
    assert model.training


class Deep:
    """State of the model's own, in an object, with an object in it."""

    def __init__(self) -> None:
        self.rows: list[object] = []
        self.last: torch.Tensor | None = None
        self.steps: dict[str, deque[object]] = {"steps": deque([0])}
        self.pair: tuple[list[object], SimpleNamespace] = ([1], SimpleNamespace(count=0))
        self.own = self


class Growing(nn.Module):
    """Costs more with all that an earlier forward left: 2 * 4 * 4 MACs for each row."""

    def __init__(self, *, reads: bool) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.deep = Deep()
        self.cache: dict[str, list[object]] = {"k": []}
        self.nested = [[Deep()]]
        self.reads = reads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deep, nested = self.deep, self.nested[0][0]
        steps, (numbers, named) = deep.steps["steps"], deep.pair
        for rows in (deep.rows, self.cache["k"], nested.rows, steps, numbers):
            rows.append(x)
        named.count += 1
        deep.last = nested.last = x
        vars(deep)["extra"] = x
        x = torch.stack([self.layer(x) for _ in range(len(deep.rows) + len(self.cache["k"]) + len(nested.rows))])
        if self.reads and float(x.sum()) == 0.5:
            return x
        named.count += len(steps) + len(numbers)
        return x


def _of_deep(model: Growing) -> list[object]:
    return [
        (deep.rows, deep.last, list(vars(deep)), deep.steps, deep.pair) for deep in (model.deep, model.nested[0][0])
    ]


@pytest.mark.parametrize("backend", ["auto", "shapes", "execute"])
@pytest.mark.parametrize("reads", [False, True])
def test_the_models_own_state_is_the_same_at_any_depth(backend: Backend, *, reads: bool) -> None:
    model = Growing(reads=reads)
    before = copy.deepcopy(_of_deep(model))
    for _ in range(2):
        if reads and backend == "shapes":
            with pytest.raises(MeasureError):
                count_live(model, "2x4", backend=backend)
        else:
            assert count_live(model, "2x4", backend=backend).macs == 3 * 2 * 4 * 4
    assert _of_deep(model) == before
    assert model.cache == {"k": []}


def test_what_the_process_shares_is_left_alone(count: Count) -> None:
    class Logging(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.logger = logging.getLogger(__name__)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            made.append(logging.getLogger(f"{__name__}.made.in.a.forward"))
            return x @ x.t()

    made: list[logging.Logger] = []
    count(Logging(), (2, 4))
    assert logging.getLogger(f"{__name__}.made.in.a.forward") is made[0]
