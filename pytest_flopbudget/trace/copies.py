"""Copies of the objects among a forward's arguments, so that no forward changes what the next is given."""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Iterator
from itertools import islice
from types import BuiltinFunctionType, FrameType, FunctionType, GeneratorType, ModuleType

import torch

from pytest_flopbudget.declaring.tracebacks import one_line
from pytest_flopbudget.errors import InputError

_SHARED = (torch.nn.Module, FunctionType, BuiltinFunctionType, type, ModuleType, FrameType)
_PLAIN = (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device)
# One that never ends must not hang a count.
_DRAWN = 2**16


def copied(value: object, mapped: Callable[[torch.Tensor], torch.Tensor], memo: dict[int, object]) -> object:
    """A deep copy of an object with other tensors in it; modules, functions and classes stay as they are.

    Args:
        value: Any object.
        mapped: From a tensor in it to the one in the copy.
        memo: What is copied already, by the identities of the originals, which must still live.

    Raises:
        InputError: It cannot be copied.
    """
    if isinstance(value, (*_PLAIN, *_SHARED)):
        return value
    for each in _within(value):
        if id(each) not in memo:
            memo[id(each)] = _in_the_copy(each, mapped)
    try:
        return copy.deepcopy(value, memo)
    except Exception as error:
        told = f"an input of {type(value).__name__} cannot be copied, and every forward needs one of its own"
        raise InputError(((), f"{told}: {one_line(error, ())}")) from error


def tensors_within(value: object) -> Iterator[torch.Tensor]:
    """The tensors that an object holds, at any depth; those of modules in it are not among them."""
    if not isinstance(value, (*_PLAIN, *_SHARED)):
        yield from (each for each in _within(value) if isinstance(each, torch.Tensor))


def is_used_up(value: object) -> bool:
    """Whether it can only be gone through, once: a generator, a ``zip``, what ``iter`` gives."""
    kind = type(value)
    return kind is GeneratorType or (kind.__module__ in ("builtins", "itertools") and hasattr(kind, "__next__"))


def drawn(iterator: Iterator[object]) -> list[object]:
    """All that an iterator gives.

    Raises:
        InputError: It gives so much that it may have no end.
    """
    elements = list(islice(iterator, _DRAWN + 1))
    if len(elements) > _DRAWN:
        raise InputError(((), f"an input of {type(iterator).__name__} gives more than {_DRAWN} elements: give a list"))
    return elements


def _within(value: object) -> Iterator[object]:
    """The tensors, and what else a deep copy must not go into, that are reached from an object."""
    seen, held = {id(value)}, [value]
    while held:
        each = held.pop()
        if isinstance(each, (torch.Tensor, torch.Generator, *_SHARED)):
            yield each
            continue
        for below in gc.get_referents(each):
            if id(below) not in seen:
                seen.add(id(below))
                held.append(below)


def _in_the_copy(value: object, mapped: Callable[[torch.Tensor], torch.Tensor]) -> object:
    if isinstance(value, torch.Tensor):
        return mapped(value)
    return value.clone_state() if isinstance(value, torch.Generator) else value
