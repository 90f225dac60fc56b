"""What a forward does to the objects that it is given is not seen by the next forward, nor by the user."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from enum import Enum

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.errors import InputError, MeasureError

AsModel = Callable[[Callable[..., object]], nn.Module]

BACKENDS = pytest.mark.parametrize("backend", ["auto", "shapes", "execute"])


class Cache:
    """Keys that grow by what is appended, and what a model may keep beside them."""

    def __init__(self) -> None:
        self.keys = torch.ones(3, 4)
        self.positions = torch.arange(3)
        self.appended: list[int] = []
        self.generator = torch.Generator()
        self.layer = nn.Linear(4, 4)
        self.kind = Cache
        self.activation = torch.relu

    def append(self, keys: torch.Tensor) -> torch.Tensor:
        self.keys = torch.cat([self.keys, keys])
        self.positions += 1
        self.appended.append(len(keys))
        return self.keys


class Slotted:
    __slots__ = ("cache",)

    def __init__(self, cache: Cache) -> None:
        self.cache = cache


class Attending(nn.Module):
    """[n, 4] and 3 cached keys: n * 4 * (3 + n) MACs; reading a value, it can only be executed."""

    def __init__(self, *, reads: bool = False) -> None:
        super().__init__()
        self.reads = reads

    def forward(self, x: torch.Tensor, slotted: Slotted, again: Cache) -> torch.Tensor:
        cache = slotted.cache
        assert cache is again
        keys = cache.append(x)
        assert cache.positions.tolist() == [1, 2, 3]
        if self.reads and float(keys.sum()) < 0:
            keys = keys * 2
        return cache.activation(x @ keys.t())


@BACKENDS
@pytest.mark.parametrize("reads", [False, True])
def test_an_object_is_copied_for_every_forward(backend: Backend, *, reads: bool) -> None:
    cache, model = Cache(), Attending(reads=reads)
    keys = cache.keys
    if reads and backend == "shapes":
        with pytest.raises(MeasureError):
            count(model, ["2x4", Slotted(cache), cache], backend=backend)
    else:
        for _ in range(2):
            measurement = count(model, ["2x4", Slotted(cache), cache], backend=backend)
            assert measurement.macs == 2 * 4 * (3 + 2)
            assert measurement.data_dependent is reads
    assert cache.keys is keys
    assert keys.tolist() == [[1.0] * 4] * 3
    assert (cache.positions.tolist(), cache.appended) == ([0, 1, 2], [])


def test_modules_and_functions_in_objects_are_handed_on(as_model: AsModel) -> None:
    seen: list[object] = []

    def watching(x: torch.Tensor, cache: Cache, layer: nn.Module) -> torch.Tensor:
        seen.extend((cache.layer, cache.kind, cache.activation, layer))
        return x

    cache = Cache()
    count(as_model(watching), ["2x4", cache, cache.layer])
    assert seen == [cache.layer, Cache, torch.relu, cache.layer]


def test_what_cannot_be_copied_is_refused(as_model: AsModel) -> None:
    def unlocked(x: torch.Tensor, lock: object) -> torch.Tensor:
        return x

    with pytest.raises(InputError) as error:
        count(as_model(unlocked), ["2x4", threading.Event()])
    assert str(error.value) == (
        "an input of Event cannot be copied, and every forward needs one of its own: "
        "TypeError: cannot pickle '_thread.lock' object"
    )


def test_objects_weigh(as_model: AsModel) -> None:
    class Large:
        def __init__(self) -> None:
            self.keys = torch.empty(2**30, device="meta")

    with pytest.raises(MeasureError) as error:
        count(as_model(lambda x, _: x), ["2x4", Large()], backend="execute")
    assert error.value.details == (
        "size      parameters, buffers and inputs take 4 GiB, more than execute_limit = '2 GiB', so it is not executed",
        'hint      execute_limit = "5 GiB" lets it be executed',
    )


def rows() -> Iterator[torch.Tensor]:
    for _ in range(3):
        yield torch.ones(2, 4)


ITERATORS: dict[str, Callable[[], Iterator[object]]] = {
    "generator": rows,
    "list": lambda: iter(list(rows())),
    "map": lambda: map(torch.relu, rows()),
}


@BACKENDS
@pytest.mark.parametrize("make", ITERATORS.values(), ids=ITERATORS)
def test_an_iterator_begins_anew_at_every_forward(
    make: Callable[[], Iterator[object]], backend: Backend, as_model: AsModel
) -> None:
    layer = nn.Linear(4, 5)

    def summed(given: Iterator[torch.Tensor], x: torch.Tensor) -> object:
        total = sum(layer(each) for each in given)
        # On shapes this cannot be told.
        return total if backend == "shapes" or float(x.sum()) > 0 else None

    assert count(as_model(summed), [make(), "2x4"], backend=backend).macs == 3 * 2 * 4 * 5


def test_an_iterator_without_end_is_refused(as_model: AsModel) -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 1

    with pytest.raises(InputError) as error:
        count(as_model(lambda x, numbers: x), ["2x4", endless()])
    assert str(error.value) == "an input of generator gives more than 65536 elements: give a list"


class Lazily:
    """Computes while it is gone through."""

    def __init__(self, layer: nn.Module, x: torch.Tensor) -> None:
        self.layer, self.x = layer, x

    def __iter__(self) -> Iterator[object]:
        return (self.layer(self.x) for _ in range(3))


class Kinds(Enum):
    """A class that can be gone through itself."""

    ONE = 1


class Refusing(Lazily):
    def __iter__(self) -> Iterator[object]:
        raise NotImplementedError("not iterable")


@BACKENDS
def test_what_computes_while_it_is_gone_through_is_counted(backend: Backend, as_model: AsModel) -> None:
    layer = nn.Linear(4, 5)
    outputs: dict[str, Callable[[torch.Tensor], Iterable[object]]] = {
        "iterable": lambda x: Lazily(layer, x),
        "inside": lambda x: {"deep": [(Lazily(layer, x), "text", b"bytes")]},
        "nested": lambda x: iter([Lazily(layer, x)]),
    }
    counts = {name: count(as_model(output), "2x4", backend=backend).macs for name, output in outputs.items()}
    assert counts == dict.fromkeys(outputs, 3 * 2 * 4 * 5)


def test_a_class_and_what_refuses_to_be_gone_through_are_no_outputs(as_model: AsModel) -> None:
    layer = nn.Linear(4, 5)
    assert count(as_model(lambda x: (layer(x), Refusing(layer, x), Kinds, Lazily)), "2x4").macs == 2 * 4 * 5


@BACKENDS
def test_a_coroutine_is_refused(backend: Backend, as_model: AsModel) -> None:
    layer = nn.Linear(4, 5)

    async def later(x: torch.Tensor) -> object:
        return layer(x)

    with pytest.raises(MeasureError) as error:
        count(as_model(later), "2x4", backend=backend)
    assert str(error.value) == (
        "the forward returns an object of coroutine, which computes only while it is awaited\n"
        "count a method that computes at once: awaiting is not followed"
    )


def test_an_asynchronous_generator_is_refused(as_model: AsModel) -> None:
    async def later(x: torch.Tensor) -> AsyncIterator[torch.Tensor]:
        yield x

    with pytest.raises(MeasureError) as error:
        count(as_model(later), "2x4", backend="shapes")
    assert error.value.headline == (
        "the forward returns an object of async_generator, which computes only while it is awaited"
    )
