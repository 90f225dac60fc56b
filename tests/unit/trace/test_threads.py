"""Work on other threads while a region is counted: an error, and no harm to threads that count nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.pool import Pool, ThreadPool

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode, _get_current_dispatch_mode_stack
from torch.utils.data import DataLoader, TensorDataset

from pytest_flopbudget import Cost, count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import Formula, FormulaTable
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.region import region

Work = Callable[[], object]
Hand = Callable[[Work], object]
Way = Callable[[], AbstractContextManager[Hand]]

HEADLINE = "work on another thread is not seen by a region: do it outside, or without the thread"
X = torch.ones(3, 4)


@contextmanager
def started() -> Iterator[Hand]:
    """A thread of the region's own."""

    def hand(work: Work) -> None:
        thread = threading.Thread(target=work, name="it")
        thread.start()
        thread.join()

    yield hand


@contextmanager
def by_another() -> Iterator[Hand]:
    """A thread that another one starts, which the region has started."""
    with started() as outer, started() as inner:
        yield lambda work: outer(lambda: inner(work))


@contextmanager
def submitted() -> Iterator[Hand]:
    with ThreadPoolExecutor(1, thread_name_prefix="it") as pool:
        pool.submit(int).result()
        yield lambda work: pool.submit(work).result()


@contextmanager
def submitted_first() -> Iterator[Hand]:
    """To a pool that starts its thread for it."""
    with ThreadPoolExecutor(1, thread_name_prefix="it") as pool:
        yield lambda work: pool.submit(work).result()


@contextmanager
def pool_of_threads() -> Iterator[ThreadPool]:
    with ThreadPool(1, lambda: setattr(threading.current_thread(), "name", "it")) as pool:
        yield pool


@contextmanager
def pooled() -> Iterator[Hand]:
    with pool_of_threads() as pool:
        yield pool.apply


@contextmanager
def mapped() -> Iterator[Hand]:
    with pool_of_threads() as pool:
        yield lambda work: pool.map(lambda _: work(), [1])


@contextmanager
def queued() -> Iterator[Hand]:
    """A thread that was there before, and gets its work by a queue."""
    waiting: queue.Queue[Work | None] = queue.Queue()

    def serve() -> None:
        while (work := waiting.get()) is not None:
            work()
            waiting.task_done()

    thread = threading.Thread(target=serve, name="it")
    thread.start()

    def hand(work: Work) -> None:
        waiting.put(work)
        waiting.join()

    yield hand
    waiting.put(None)
    thread.join()


WAYS: dict[str, Way] = {
    "started": started,
    "by another": by_another,
    "submitted": submitted,
    "submitted first": submitted_first,
    "pooled": pooled,
    "mapped": mapped,
    "queued": queued,
}
EACH = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
# What a queue hands on passes nothing that could be watched.
EACH_BUT_QUEUES = pytest.mark.parametrize("way", list(WAYS.values())[:-1], ids=list(WAYS)[:-1])


@EACH
def test_a_module_on_another_thread_is_an_error(way: Way) -> None:
    linear = nn.Linear(4, 5)
    with way() as hand, region(FORMULAS) as seen:
        linear(X)
        hand(lambda: linear(X))
    with pytest.raises(MeasureError) as error:
        seen.trace()
    assert str(error.value).splitlines()[0] == HEADLINE
    assert str(error.value).splitlines()[1].startswith("Linear ran on the thread 'it")


@EACH_BUT_QUEUES
def test_a_product_outside_any_module_too(way: Way) -> None:
    with way() as hand, region(FORMULAS) as seen:
        hand(lambda: X @ X.t())
    with pytest.raises(MeasureError) as error:
        seen.trace()
    assert str(error.value).splitlines()[1].startswith("aten::mm ran on the thread 'it")


@EACH
def test_a_backward_too(way: Way) -> None:
    x = torch.ones(2, requires_grad=True)
    with way() as hand, region(FORMULAS) as seen:
        out = (x * x).sum()
        hand(out.backward)
    with pytest.raises(MeasureError) as error:
        seen.trace()
    assert str(error.value).splitlines()[1].startswith("a backward pass ran on the thread 'it")


@EACH
def test_what_computes_no_macs_does_no_harm(way: Way) -> None:
    with way() as hand, region(FORMULAS) as seen:
        X @ X.t()
        hand(lambda: torch.ones(3).add(2).tolist())
    assert [call.operator for call in seen.trace().calls].count("aten::mm") == 1


@EACH
def test_a_thread_that_counts_does_no_harm(way: Way) -> None:
    linear, macs = nn.Linear(4, 5), list[int]()
    with way() as hand, region(FORMULAS) as seen:
        linear(X)
        hand(lambda: macs.append(count(linear, "3x4").macs))
    assert set(macs) == {3 * 4 * 5}
    assert [node.calls for node in seen.trace().modules] == [0, 1]


@EACH
def test_a_region_of_its_own_does_no_harm(way: Way) -> None:
    linear, calls = nn.Linear(4, 5), list[int]()

    def work() -> None:
        with region(FORMULAS) as inner:
            linear(X)
            X @ X.t()
        calls.append(len([call for call in inner.trace().calls if call.operator in ("aten::addmm", "aten::mm")]))

    with way() as hand, region(FORMULAS) as seen:
        hand(work)
    assert (set(calls), seen.trace().calls) == ({2}, ())


@EACH
def test_afterwards_it_may_do_as_it_likes(way: Way) -> None:
    linear = nn.Linear(4, 5)
    with way() as hand:
        with region(FORMULAS) as seen:
            hand(lambda: None)
        hand(lambda: linear(X).sum().backward())
    assert seen.trace().calls == ()
    assert linear.weight.grad is not None


def test_a_thread_that_outlives_the_region_is_watched_no_longer() -> None:
    go, linear = threading.Event(), nn.Linear(4, 5)

    def work() -> None:
        go.wait(20)
        (linear(X) @ torch.ones(5, 5)).sum().backward()

    with region(FORMULAS) as seen:
        thread = threading.Thread(target=work)
        thread.start()
    go.set()
    thread.join()
    assert seen.trace().calls == ()
    assert linear.weight.grad is not None
    assert "run" not in vars(thread)


def test_work_that_begins_after_the_region_is_watched_no_longer() -> None:
    go, modes = threading.Event(), list[int]()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(go.wait, 20)
        with region(FORMULAS) as seen:
            done = pool.submit(lambda: modes.append(len(_get_current_dispatch_mode_stack())))
        go.set()
        done.result()
    assert (modes, seen.trace().calls) == ([0], ())


def test_what_a_thread_that_was_there_before_hands_on_is_not_watched() -> None:
    with queued() as hand, submitted() as submit, started() as start, region(FORMULAS) as seen:
        hand(lambda: submit(lambda: X @ X.t()))
        hand(lambda: start(lambda: X @ X.t()))
    assert seen.trace().calls == ()


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
def test_what_cannot_be_counted_there_is_told_by_its_name() -> None:
    with started() as hand, region(FORMULAS) as seen:
        hand(lambda: torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(3, 3)]))
    with pytest.raises(MeasureError) as error:
        seen.trace()
    assert str(error.value).splitlines()[1].startswith("aten::_nested_tensor_from_tensor_list ran on the thread 'it")


@pytest.mark.skipif(
    not hasattr(TorchDispatchMode, "supports_higher_order_operators"),
    reason="this torch does not hand higher-order operators to a dispatch mode",
)
def test_so_is_a_higher_order_operator() -> None:
    out: list[torch.Tensor] = []
    with started() as hand, torch.no_grad(), region(FORMULAS) as seen:
        hand(lambda: out.append(torch.ops.higher_order.cond(True, torch.sin, torch.cos, (X,))))
    with pytest.raises(MeasureError) as error:
        seen.trace()
    assert str(error.value).splitlines()[1].startswith("cond ran on the thread 'it")
    assert torch.equal(out[0], X.sin())


def test_a_formula_that_fails_there_may_stand_for_macs() -> None:
    def fails(**_: object) -> Cost:
        raise KeyError("dims")

    table = FormulaTable({"aten::flip": Formula("aten::flip", fails, None, "here")})
    with started() as hand, region(table) as seen:
        hand(lambda: X.flip(0))
    with pytest.raises(MeasureError) as error:
        seen.trace()
    assert str(error.value).splitlines()[1].startswith("aten::flip ran on the thread 'it")


class OfProcesses(Pool):
    """Takes work, and has no process that does it."""

    def __init__(self) -> None:
        self.__dict__.update(_state="RUN", _cache={}, _taskqueue=queue.SimpleQueue())

    def __del__(self) -> None:
        """There is nothing to end."""


def test_what_a_pool_of_processes_is_given_is_the_work_itself() -> None:
    pool = OfProcesses()
    with region(FORMULAS):
        pool.apply_async(abs, (-1,))
    ((_, _, work, args, _),), _ = vars(pool)["_taskqueue"].get()
    assert (work, args) == (abs, (-1,))


# It forks while the region's threads are there.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_loader_with_a_worker_does_no_harm() -> None:
    linear = nn.Linear(4, 5)
    with region(FORMULAS) as seen:
        for (batch,) in DataLoader(TensorDataset(torch.ones(4, 4)), batch_size=2, num_workers=1):
            linear(batch)
    assert [node.calls for node in seen.trace().modules] == [0, 2]
