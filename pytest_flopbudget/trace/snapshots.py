"""What the Python state of a model holds, to be put back: its containers and plain objects, at any depth."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, TypeAlias

import torch

Container: TypeAlias = "dict[Any, Any] | list[Any] | deque[Any] | set[Any]"
Snapshot: TypeAlias = tuple[Container, Container]

_CONTAINERS = frozenset((dict, OrderedDict, Counter, defaultdict, list, deque, set))
_LEAVES = frozenset(
    (
        *(type(None), bool, int, float, complex, str, bytes, range, slice, type, FunctionType, BuiltinFunctionType),
        *(MethodType, torch.Tensor, torch.nn.Parameter, torch.dtype, torch.device, torch.Size),
    )
)
_NO_STATE = (torch.nn.Module, torch.Tensor, type)
# Loggers and the like lead to what the whole process shares, which a forward may rightly add to.
_OTHERS = (sys.stdlib_module_names | {"torch"}) - {"types", "argparse", "collections"}
# A vocabulary, a graph: what lies deeper than so many values is not looked at.
_VISITED = 50_000


class Snapshots:
    """Every container that the modules' state is in, with a copy of what is in it.

    Found are each module's ``__dict__`` and the builtin containers in it, and, below them, the builtin containers
    and the ``__dict__`` of plain objects, as far as no more than 50,000 values are looked at. Other modules, tensors,
    classes, functions, and objects of the standard library and of torch are not gone into.
    """

    def __init__(self, modules: Iterable[torch.nn.Module]) -> None:
        held: list[Container] = [module.__dict__ for module in modules]
        seen, own, visited = set(map(id, held)), len(held), 0
        # Most of a module's containers are empty, and need no copy.
        self._empty: list[Container] = []
        stateless: set[type] = set()
        # What is found is looked at in its turn, what is nearest to the modules first.
        for index, container in enumerate(held):
            visited += len(container)
            if visited > _VISITED and index >= own:
                break
            for value in _values(container):
                kind = type(value)
                if kind in _LEAVES or kind in stateless:
                    continue
                if kind in _CONTAINERS and not value:
                    self._empty.append(value)
                    continue
                if isinstance(value, torch.nn.Module):
                    stateless.add(kind)
                for below in (value,) if kind in _CONTAINERS else _below(value):
                    if id(below) not in seen:
                        seen.add(id(below))
                        held.append(below)
        self._filled: list[Snapshot] = [(container, container.copy()) for container in held]

    def put_back(self) -> None:
        """Let every container hold what it held, if it holds anything else."""
        for container in self._empty:
            if container:
                container.clear()
        for container, content in self._filled:
            # Nearly all are dictionaries, and as they were.
            if type(container) is not dict:
                _put_back(container, content)
            elif not _is_the_same(container, content):
                container.clear()
                container.update(content)


def _put_back(container: Container, content: Container) -> None:
    if isinstance(container, dict) and isinstance(content, dict):
        if not _is_the_same(container, content):
            container.clear()
            container.update(content)
    elif isinstance(container, set):
        container.clear()
        container.update(content)
    elif isinstance(container, (list, deque)) and not _same(container, content):
        container.clear()
        container.extend(content)


def _is_the_same(container: dict[Any, Any], content: Any) -> bool:
    return (
        len(container) == len(content)
        and all(map(is_, container.values(), content.values()))
        and all(map(is_, container, content))
    )


def _same(some: Collection[object], others: Collection[object]) -> bool:
    return len(some) == len(others) and all(map(is_, some, others))


def _values(container: Container) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container


def _below(value: Any) -> Iterator[Container]:
    """The containers that a value is or has, through tuples and objects."""
    kind = type(value)
    if kind in _LEAVES:
        return
    if kind in _CONTAINERS:
        yield value
    elif isinstance(value, (tuple, frozenset)):
        for each in value:
            yield from _below(each)
    elif _has_state(value):
        yield value.__dict__


def _has_state(value: object) -> bool:
    kind = type(value)
    # Asking the type runs no code of the user's.
    return (
        bool(kind.__dictoffset__)
        and not isinstance(value, _NO_STATE)
        and kind.__module__.partition(".")[0] not in _OTHERS
        and type(object.__getattribute__(value, "__dict__")) is dict
    )
