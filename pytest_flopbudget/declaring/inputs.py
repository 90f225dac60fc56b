"""The input grammar: ``[dtype:]dims[ = fill]``, in lists and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Union

from pytest_flopbudget.declaring.elements import parse_dtype, parse_fill
from pytest_flopbudget.errors import InputError, shown

GREATEST_SIZE = 2**63 - 1
DIMENSION = re.compile(r"[A-Z][A-Z_]*")

_GRAMMAR = "write [dtype:]dims[ = fill], as in '1x3x224x224', '1x3xRxR' or 'int64:1xT = 1'"
_SIZE = re.compile(r"[0-9]+")
_Mistakes = list[tuple[tuple[str | int, ...], str]]


@dataclass(frozen=True, slots=True)
class TensorInput:
    """One input tensor.

    Args:
        dims: Its sizes; a name is a named dimension, gone once a point binds it.
        dtype: Its element type by torch's name; None takes that of the model's parameters.
        fill: The value of every element; None is 0 for integers, true for booleans, and unknown for floats.
    """

    dims: tuple[int | str, ...]
    dtype: str | None = None
    fill: int | float | bool | None = None


InputNode = Union[TensorInput, tuple["InputNode", ...], Mapping[str, "InputNode"]]


@dataclass(frozen=True, slots=True)
class Inputs:
    """The arguments of a model's call: lists are tuples here, tables are mappings."""

    positional: tuple[InputNode, ...] = ()
    keyword: Mapping[str, InputNode] = field(default_factory=dict)


def parse_inputs(written: object) -> Inputs:
    """Inputs as a table writes them.

    Args:
        written: A text is one positional input, a list several, a table keyword inputs; a list or a table
            further in is a list or dict argument.

    Raises:
        InputError: With every mistake, each with its path in what was written.
    """
    mistakes: _Mistakes = []
    node = _node(written, (), mistakes)
    if mistakes:
        raise InputError(*mistakes)
    if isinstance(node, Mapping):
        return Inputs(keyword=node)
    return Inputs(node if isinstance(node, tuple) else (node,))


def parse_tensor(text: str) -> TensorInput:
    """One input, such as ``"int64:1xT = 1"``.

    Raises:
        InputError: The text is not of the grammar.
    """
    before, equals, fill = text.partition("=")
    head, colon, dims = before.rpartition(":")
    dtype = parse_dtype(head.strip()) if colon else None
    if not dims.strip():
        raise InputError(((), f"it has no sizes; {_GRAMMAR}"))
    sizes = tuple(_dim(dim.strip()) for dim in dims.split("x"))
    return TensorInput(sizes, dtype, parse_fill(fill.strip(), dtype) if equals else None)


def dimensions(inputs: Inputs) -> tuple[str, ...]:
    """The named dimensions of all inputs, each once, in order of appearance."""
    nodes = (*inputs.positional, *inputs.keyword.values())
    names = (dim for node in nodes for tensor in _tensors(node) for dim in tensor.dims if isinstance(dim, str))
    return tuple(dict.fromkeys(names))


def bind(inputs: Inputs, point: Mapping[str, int]) -> Inputs:
    """The same inputs with a number for every named dimension.

    Raises:
        KeyError: A named dimension has no number in the point.
    """
    return Inputs(
        tuple(_bound(node, point) for node in inputs.positional),
        {key: _bound(node, point) for key, node in inputs.keyword.items()},
    )


def _node(written: object, path: tuple[str | int, ...], mistakes: _Mistakes) -> InputNode:
    if isinstance(written, dict):
        return {key: _node(node, (*path, key), mistakes) for key, node in written.items()}
    if isinstance(written, list) and not _is_shape(written):
        return tuple(_node(node, (*path, index), mistakes) for index, node in enumerate(written))
    if isinstance(written, str):
        try:
            return parse_tensor(written)
        except InputError as error:
            why = str(error)
    else:
        why = _not_text(written)
    mistakes.append((path, f"{shown(written)} is no input: {why}"))
    return ()


def _is_shape(written: list[object]) -> bool:
    """Whether a list is one shape in numbers: one mistake, not one a number."""
    dims = [size for size in written if isinstance(size, str) and DIMENSION.fullmatch(size)]
    numbers = [size for size in written if isinstance(size, int) and not isinstance(size, bool)]
    return bool(numbers) and len(dims) + len(numbers) == len(written)


def _not_text(written: object) -> str:
    if isinstance(written, list):
        return f"write the shape as text: '{'x'.join(str(size) for size in written)}'"
    return _GRAMMAR


def _dim(text: str) -> int | str:
    if DIMENSION.fullmatch(text):
        return text
    if not _SIZE.fullmatch(text):
        raise InputError(((), _no_size(text)))
    size = int(text) if len(text) <= len(str(GREATEST_SIZE)) else GREATEST_SIZE + 1
    if size > GREATEST_SIZE:
        raise InputError(((), f"{shown(text)} is too great for a size; the greatest is 2**63 - 1"))
    if size == 0:
        raise InputError(((), "a size is at least 1: on an empty tensor there is nothing to count"))
    return size


def _no_size(text: str) -> str:
    if not text:
        return f"a size is missing; {_GRAMMAR}"
    if _SIZE.fullmatch(text.removeprefix("-")):
        return f"a size is at least 1, not {text}"
    if DIMENSION.fullmatch(text.upper()):
        return f"{shown(text)} is no size; a named dimension is written in capitals: {text.upper()!r}"
    return f"{shown(text)} is neither a size nor a named dimension; {_GRAMMAR}"


def _tensors(node: InputNode) -> Iterator[TensorInput]:
    if isinstance(node, TensorInput):
        yield node
    else:
        for below in node if isinstance(node, tuple) else node.values():
            yield from _tensors(below)


def _bound(node: InputNode, point: Mapping[str, int]) -> InputNode:
    if isinstance(node, TensorInput):
        return replace(node, dims=tuple(point[dim] if isinstance(dim, str) else dim for dim in node.dims))
    if isinstance(node, tuple):
        return tuple(_bound(below, point) for below in node)
    return {key: _bound(below, point) for key, below in node.items()}
