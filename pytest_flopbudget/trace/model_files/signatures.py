"""What an exported program takes: its inputs' sizes, fixed or free within bounds, and those it was exported with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch

from pytest_flopbudget.declaring.inputs import TensorInput
from pytest_flopbudget.declaring.showing import tensor_text
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.inputs import Nests
from pytest_flopbudget.trace.nests import leaves, map_leaves
from pytest_flopbudget.trace.schemas import dtype_name

# A size that torch writes for one without an upper bound is larger than this.
_NO_BOUND = 2**31


class _Range(Protocol):
    """Bounds of a size as torch keeps them."""

    lower: object
    upper: object


@dataclass(frozen=True, slots=True)
class Size:
    """A size of an input: a number, or a symbol with the least and the most that it may be."""

    symbol: str
    least: int
    most: int

    @property
    def text(self) -> str:
        """``"3"``, ``"s0 (2 to 64)"``, or ``"s0 (from 2)"``."""
        if self.least == self.most:
            return str(self.least)
        return f"{self.symbol} ({f'{self.least} to {self.most}' if self.most < _NO_BOUND else f'from {self.least}'})"


@dataclass(frozen=True, slots=True)
class Taken:
    """A tensor that a program takes, by the name of its input there."""

    name: str
    sizes: tuple[Size, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Signature:
    """What a program takes.

    Args:
        taken: The tensors in their order; None for an input that is none.
        own: The inputs that it was exported with, floats without values; None where it carries none.
    """

    taken: tuple[Taken | None, ...]
    own: Nests | None

    def fitting(self, name: str, given: Nests) -> Nests:
        """The inputs that are given, in the places where the program takes them.

        Raises:
            MeasureError: There are more or fewer of them, or one has another size or element type.
        """
        args, kwargs = self._in_order(given)
        found = [leaf for each in (*args, *kwargs.values()) for leaf in leaves(each)]
        if len(found) != len(self.taken):
            raise MeasureError(
                f"factory {name!r} takes {len(self.taken)} inputs, and {len(found)} are given: "
                f"{', '.join(each.name for each in self.taken if each is not None)}"
            )
        bound: dict[str, int] = {}
        # By name their order is the caller's own, and the program tells itself whether they fit.
        for leaf, taken in zip(found, self.taken, strict=True) if not kwargs else ():
            if taken is not None and isinstance(leaf, (TensorInput, torch.Tensor)):
                _refuse_misfit(name, leaf, taken, bound)
        return args, kwargs

    def _in_order(self, given: Nests) -> Nests:
        """Inputs by name where they stand, for a program that was exported with all of them by their places."""
        args, kwargs = given
        names = [each.name for each in self.taken[len(args) :] if each is not None]
        if self.own is None or self.own[1] or kwargs.keys() != set(names):
            return given
        return (*args, *(kwargs[name] for name in names)), {}


def signature_of(program: torch.export.ExportedProgram) -> Signature:
    """What a program takes, read off its graph."""
    # Of an input that is no tensor, the signature has the value.
    values = {node.name: node.meta.get("val") for node in program.graph.nodes if node.op == "placeholder"}
    ranges: Mapping[object, _Range] = program.range_constraints
    bounds = {str(symbol): (_number(each.lower), _number(each.upper)) for symbol, each in ranges.items()}
    taken = tuple(_taken(str(each), values.get(each), bounds) for each in program.graph_signature.user_inputs)
    examples = program.example_inputs
    own = None if examples is None else (list(map(_without_data, examples[0])), dict(examples[1]))
    return Signature(taken, own if own is None else (own[0], {k: _without_data(v) for k, v in own[1].items()}))


def _number(bound: object) -> int:
    try:
        return int(str(bound))
    except ValueError:
        return _NO_BOUND


def _taken(name: str, value: object, bounds: Mapping[str, tuple[int, int]]) -> Taken | None:
    if not isinstance(value, torch.Tensor):
        return None
    return Taken(name, tuple(_size(size, bounds) for size in value.shape), dtype_name(value.dtype))


def _size(size: int | torch.SymInt, bounds: Mapping[str, tuple[int, int]]) -> Size:
    if isinstance(size, int):
        return Size("", size, size)
    symbol = str(size)
    return Size(symbol, *bounds.get(symbol, (0, _NO_BOUND)))


def _without_data(value: object) -> object:
    return map_leaves(_declared, value)


def _declared(leaf: object) -> object:
    """A float's sizes and type; integers have values that a model may go by."""
    if isinstance(leaf, torch.Tensor) and leaf.is_floating_point():
        return TensorInput(tuple(leaf.shape), dtype_name(leaf.dtype))
    return leaf


def _refuse_misfit(name: str, leaf: TensorInput | torch.Tensor, taken: Taken, bound: dict[str, int]) -> None:
    given = _as_declared(leaf)
    sizes = tuple(int(size) for size in given.dims)
    pairs = zip(sizes, taken.sizes, strict=False)
    fits = len(sizes) == len(taken.sizes) and all(_fits(number, size, bound) for number, size in pairs)
    if fits and given.dtype in (None, taken.dtype):
        return
    wanted = f"{taken.dtype}:{'x'.join(size.text for size in taken.sizes)}"
    raise MeasureError(
        f"factory {name!r} was exported with {taken.name} {wanted}, and {tensor_text(given)} is given",
        "export it with dynamic_shapes for other sizes",
    )


def _fits(given: int, size: Size, bound: dict[str, int]) -> bool:
    """Whether a size is one that the program takes; a symbol stands for one number throughout."""
    return size.least <= given <= size.most and (not size.symbol or bound.setdefault(size.symbol, given) == given)


def _as_declared(leaf: TensorInput | torch.Tensor) -> TensorInput:
    return leaf if isinstance(leaf, TensorInput) else TensorInput(tuple(leaf.shape), dtype_name(leaf.dtype))
