"""Work on other threads while a region is counted: an error, and no harm to threads that count nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.pool import ThreadPool

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
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


# It forks while the region's threads are there.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_loader_with_a_worker_does_no_harm() -> None:
    linear = nn.Linear(4, 5)
    with region(FORMULAS) as seen:
        for (batch,) in DataLoader(TensorDataset(torch.ones(4, 4)), batch_size=2, num_workers=1):
            linear(batch)
    assert [node.calls for node in seen.trace().modules] == [0, 2]
