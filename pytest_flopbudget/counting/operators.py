"""Operator calls as plain data, and what one costs. Nothing here knows torch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Phase = Literal["forward", "backward", "recomputed"]


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A tensor as a formula sees it.

    Args:
        shape: Its sizes, in elements.
        dtype: Its element type by torch's name without the prefix, such as ``"float32"``.
        storage: The number of its storage within the trace; views of one storage share it.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    storage: int = -1

    @property
    def numel(self) -> int:
        """The number of elements; 1 for a scalar, 0 where any size is 0."""
        return math.prod(self.shape)

    @property
    def is_complex(self) -> bool:
        """Whether one element is a pair of numbers."""
        return self.dtype.startswith("complex")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call costs.

    Args:
        macs: Multiply–accumulates, in MACs.
        other_flops: Every operation that is no multiply–accumulate, in FLOPs.
    """

    macs: int = 0
    other_flops: int = 0

    @property
    def flops(self) -> int:
        """All of it in FLOPs: two a MAC, and the others."""
        return 2 * self.macs + self.other_flops

    @property
    def is_sound(self) -> bool:
        """Whether both are integers from 0 up, as a formula must give them."""
        counts: tuple[object, ...] = (self.macs, self.other_flops)
        return all(isinstance(count, int) and count >= 0 for count in counts)

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.macs + other.macs, self.other_flops + other.other_flops)


@dataclass(frozen=True, slots=True)
class OperatorCall:
    """One call of one operator.

    Args:
        operator: Its name without overload, such as ``"aten::conv2d"``.
        module: The dotted path of the module it ran in; ``""`` is the root.
        arguments: By the names of the operator's schema, defaults filled in: tensors as
            :class:`TensorSpec`, lists of tensors as tuples of them, all else as plain values
            (an element type by its name).
        out: The output: a :class:`TensorSpec`, a tuple of outputs, or a plain value.
        line: The user's own line that called it, ``"nets/unet.py:42"``, where lines were asked for.
        phase: Whether it belongs to the forward, to a backward pass, or to what a backward pass computes again of the
            forward, as checkpointing does. Module and line of a backward's calls are those of the forward that made
            them.
        cost: What it costs, where a formula for the whole module said so when it ran.
        writes: The storages of those arguments that it writes to.
        like: One object for calls that are known to differ in storages, module, line and phase alone; they cost the
            same.
    """

    operator: str
    module: str
    arguments: Mapping[str, object]
    out: object
    line: str | None = None
    phase: Phase = "forward"
    cost: Cost | None = None
    writes: tuple[int, ...] = ()
    like: object = field(default=None, compare=False, repr=False)

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """The tensors among the output, lists of them included."""
        return tuple(specs_in(self.out))


def specs_in(value: object) -> Iterator[TensorSpec]:
    """Every tensor of a call's output, or of an argument, in its order."""
    if isinstance(value, TensorSpec):
        yield value
    elif isinstance(value, tuple):
        for element in value:
            yield from specs_in(element)
