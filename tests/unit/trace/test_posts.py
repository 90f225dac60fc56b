"""What stands before functions of torch's and Python's own, on threads that end in any order."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch._dynamo import eval_frame

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.trace.posts import shared, standing_before
from pytest_flopbudget.trace.region import region

# What torch says of compiling on Python 3.13.0.
pytestmark = pytest.mark.filterwarnings("ignore:Guards may run slower on Python:RuntimeWarning")


@pytest.fixture
def owner() -> SimpleNamespace:
    return SimpleNamespace(double=lambda number: 2 * number)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_posts_leave_in_any_order(owner: SimpleNamespace, order: tuple[int, ...]) -> None:
    original, seen = owner.double, []

    def post(name: int) -> Callable[..., object]:
        def noting(behind: Callable[..., object], number: int) -> object:
            seen.append(name)
            return behind(number)

        return noting

    standing = [standing_before(owner, "double", post(name)) for name in range(3)]
    for each in standing:
        each.__enter__()
    for left, name in enumerate(order):
        seen.clear()
        assert owner.double(4) == 8
        assert sorted(seen) == sorted(order[left:])
        standing[name].__exit__(None, None, None)
    assert owner.double is original


def test_a_post_may_answer_itself_or_raise(owner: SimpleNamespace) -> None:
    def refuse(_: Callable[..., object], number: int) -> object:
        raise ValueError(number)

    with standing_before(owner, "double", lambda behind, number: behind(number) + 1):
        assert owner.double(4) == 9
        with standing_before(owner, "double", refuse), pytest.raises(ValueError, match="4"):
            owner.double(4)
        assert owner.double(4) == 9
    assert owner.double(4) == 8


def test_what_somebody_else_sets_meanwhile_stays(owner: SimpleNamespace) -> None:
    with standing_before(owner, "double", lambda behind, number: behind(number)):
        owner.double = abs
    assert owner.double is abs


def test_a_shared_context_is_entered_once_and_left_by_the_last() -> None:
    told = []

    @contextmanager
    def make() -> Iterator[str]:
        told.append("entered")
        yield "given"
        told.append("left")

    first, second = shared("a test's", make), shared("a test's", make)
    assert (first.__enter__(), second.__enter__()) == ("given", "given")
    first.__exit__(None, None, None)
    assert told == ["entered"]
    second.__exit__(None, None, None)
    assert told == ["entered", "left"]
    with shared("a test's", make):
        assert told == ["entered", "left", "entered"]


def _globals() -> list[object]:
    owners: dict[object, tuple[str, ...]] = {
        torch: ("compile", "tensor", "as_tensor", "set_autocast_enabled", "clear_autocast_cache"),
        torch._C: ("_InferenceMode", "_set_grad_enabled", "_set_fwd_grad_enabled", "_enter_dual_level"),
        torch.autograd: ("_engine_run_backward",),
        threading.Thread: ("start",),
        ThreadPoolExecutor: ("submit",),
        eval_frame: ("set_eval_frame",),
        eval_frame.OptimizedModule: ("__call__",),
    }
    found: list[object] = [getattr(owner, name) for owner, names in owners.items() for name in names]
    stance: object = getattr(eval_frame, "_stance", None)
    return [*found, getattr(stance, "stance", None)]


class Waiting(nn.Module):
    """Its forward stops half-way until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.inside, self.go = threading.Event(), threading.Event()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.inside.set()
        self.go.wait(20)
        out: torch.Tensor = self.layer(x)
        return out


@pytest.mark.parametrize("ends_first", ["the region", "the count"])
def test_a_region_while_another_thread_counts(ends_first: str) -> None:
    before, waiting, counted = _globals(), Waiting(), list[int]()
    thread = threading.Thread(target=lambda: counted.append(count(waiting, "3x4").macs))
    thread.start()
    assert waiting.inside.wait(20)
    block: AbstractContextManager[object] = region(FORMULAS)
    block.__enter__()
    if ends_first == "the count":
        waiting.go.set()
        thread.join()
    block.__exit__(None, None, None)
    waiting.go.set()
    thread.join()
    assert counted == [3 * 4 * 4]
    assert all(one is other for one, other in zip(before, _globals(), strict=True))


def test_a_count_that_begins_inside_a_region_and_ends_after_it() -> None:
    before, waiting, counted, ask = _globals(), Waiting(), list[int](), threading.Event()

    def work() -> None:
        ask.wait(20)
        counted.append(count(waiting, "3x4").macs)

    thread = threading.Thread(target=work)
    thread.start()
    with region(FORMULAS) as seen:
        torch.ones(3, 4) @ torch.ones(4, 5)
        ask.set()
        assert waiting.inside.wait(20)
    waiting.go.set()
    thread.join()
    assert counted == [3 * 4 * 4]
    assert len([call for call in seen.trace().calls if call.operator == "aten::mm"]) == 1
    assert all(one is other for one, other in zip(before, _globals(), strict=True))
    x = torch.ones(2, 2, requires_grad=True)
    (x @ x).sum().backward()
    assert x.grad is not None


def test_another_threads_inference_mode_is_its_own() -> None:
    waiting = Waiting()
    thread = threading.Thread(target=lambda: count(waiting, "3x4"))
    thread.start()
    assert waiting.inside.wait(20)
    with torch.inference_mode():
        assert torch.ones(1).is_inference()
    waiting.go.set()
    thread.join()
