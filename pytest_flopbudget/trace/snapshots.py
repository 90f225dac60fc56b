"""What the Python state of a model holds, to be put back: its containers and plain objects, at any depth."""

from __future__ import annotations

import sys
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator
from itertools import compress, filterfalse
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple, TypeAlias

import torch

Container: TypeAlias = "dict[Any, Any] | list[Any] | deque[Any] | set[Any]"
Snapshot: TypeAlias = tuple[Container, Container]

# What torch itself keeps in a module.
_REGISTERED = ("_parameters", "_buffers", "_modules")
_CONTAINERS = frozenset((dict, OrderedDict, Counter, defaultdict, list, deque, set))
_TENSORS = frozenset((torch.Tensor, torch.nn.Parameter))
_HOLD_NONE = frozenset(
    (
        *(type(None), bool, int, float, complex, str, bytes, range, slice, type, FunctionType, BuiltinFunctionType),
        *(MethodType, torch.dtype, torch.device, torch.Size),
    )
)
_LEAVES = _HOLD_NONE | _TENSORS
_NO_STATE = (torch.nn.Module, torch.Tensor, type)
# Loggers and the like lead to what the whole process shares, which a forward may rightly add to.
_OTHERS = (sys.stdlib_module_names | {"torch"}) - {"types", "argparse", "collections"}
# A vocabulary, a graph: what lies deeper than so many values is not looked at.
_VISITED = 50_000


class Attribute(NamedTuple):
    """What a module holds beside its parameters, buffers and modules, and what may be or hold a tensor."""

    module: torch.nn.Module
    name: str
    value: Any


class _Form(NamedTuple):
    """Which of a module's attributes, by their places, are builtin containers, and which are neither that nor plain."""

    containers: tuple[bool, ...]
    others: tuple[bool, ...]
    has_others: bool


class Snapshots:
    """Every container that the modules' state is in, with a copy of what is in it.

    Found are each module's ``__dict__`` and the builtin containers in it, and, below them, the builtin containers
    and the ``__dict__`` of plain objects, as far as no more than 50,000 values are looked at. Other modules, tensors,
    classes, functions, and objects of the standard library and of torch are not gone into.

    Args:
        modules: The modules.

    Attributes:
        modules: The same.
        attributes: What they hold beside parameters, buffers and modules, and what may be or hold tensors.
    """

    def __init__(self, modules: Iterable[torch.nn.Module]) -> None:
        self.modules = tuple(modules)
        self.attributes: list[Attribute] = []
        # Most of a module's containers are empty, and need no copy.
        self._empty: list[Container] = []
        self._seen: set[int] = set()
        self._visited = 0
        self._forms: dict[tuple[type, ...], _Form] = {}
        held: list[Container] = []
        below: list[Container] = []
        for module in self.modules:
            held.append(module.__dict__)
            self._look_into(module, below)
        self._seen.update(map(id, held))
        held.extend(self._all(below))
        self._filled: list[Snapshot] = [(container, container.copy()) for container in held]

    def _look_into(self, module: torch.nn.Module, below: list[Container]) -> None:
        """Add the filled containers that a module holds, and those of its objects, to what is below."""
        attributes = module.__dict__
        self._visited += len(attributes)
        # Modules of one class mostly hold attributes of the same types, at the same places.
        kinds = tuple(map(type, attributes.values()))
        form = self._forms.get(kinds)
        if form is None:
            form = self._forms[kinds] = _form(kinds)
        containers = list(compress(attributes.values(), form.containers))
        self._empty.extend(filterfalse(None, containers))
        parameters, buffers, children = map(attributes.get, _REGISTERED)
        for container in filter(None, containers):
            below.append(container)
            is_own = container is not parameters and container is not buffers and container is not children
            if is_own and _may_hold_tensors(container):
                self.attributes.append(Attribute(module, _name(attributes, container), container))
        if form.has_others:
            for name, value in compress(attributes.items(), form.others):
                # Paddings and the like are tuples of numbers.
                if type(value) is tuple and _HOLD_NONE.issuperset(map(type, value)):
                    continue
                self.attributes.append(Attribute(module, name, value))
                below.extend(_below(value))

    def _all(self, found: Iterable[Container]) -> list[Container]:
        """Containers, and all below them, each once; what is nearest to the modules first."""
        held: list[Container] = []
        self._add(found, held)
        stateless: set[type] = {*_LEAVES}
        # What is found is looked at in its turn.
        for container in held:
            self._visited += len(container)
            if self._visited > _VISITED:
                break
            # To ask for the types of all at once is fast.
            if not {*map(type, _values(container))} - stateless:
                continue
            for value in _values(container):
                kind = type(value)
                if kind in stateless:
                    continue
                if kind in _CONTAINERS and not value:
                    self._empty.append(value)
                    continue
                if isinstance(value, torch.nn.Module):
                    stateless.add(kind)
                self._add((value,) if kind in _CONTAINERS else _below(value), held)
        return held

    def _add(self, found: Iterable[Container], held: list[Container]) -> None:
        for container in found:
            if id(container) not in self._seen:
                self._seen.add(id(container))
                held.append(container)

    def put_back(self) -> None:
        """Let every container hold what it held, if it holds anything else."""
        changed: Iterator[Container] = filter(None, self._empty)
        for container in changed:
            container.clear()
        for container, content in self._filled:
            # Nearly all are dictionaries, and as they were.
            if type(container) is not dict:
                _put_back(container, content)
            elif not _is_the_same(container, content):
                container.clear()
                container.update(content)


def _form(kinds: tuple[type, ...]) -> _Form:
    others = tuple(kind in _TENSORS or not (kind in _LEAVES or kind in _CONTAINERS) for kind in kinds)
    return _Form(tuple(kind in _CONTAINERS for kind in kinds), others, any(others))


def _may_hold_tensors(container: Container) -> bool:
    return not _HOLD_NONE.issuperset(map(type, _values(container)))


def _name(attributes: dict[str, Any], value: object) -> str:
    return next(name for name, each in attributes.items() if each is value)


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
