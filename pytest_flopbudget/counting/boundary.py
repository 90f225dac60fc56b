"""What goes into a forward, what comes out of it, and what the model holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from pytest_flopbudget.counting.operators import TensorSpec

# A temporary buffer is one that the model does not save: ``register_buffer(..., persistent=False)``.
WeightKind = Literal["parameter", "buffer", "temporary"]


class Weight(NamedTuple):
    """A tensor that a module holds.

    Args:
        module: The dotted path of the module; ``""`` is the root.
        name: Its name there.
        kind: Whether it is a parameter or a buffer, saved with the model or not.
        spec: Its sizes, its element type and its storage.
        offset: Where in its storage it begins, in elements.
    """

    module: str
    name: str
    kind: WeightKind
    spec: TensorSpec
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Replaced:
    """A tensor of a module's in whose place the forward puts another, for its next call: ``self.state = new``.

    Args:
        module: The dotted path of the module; ``""`` is the root.
        name: Its name there: that of a buffer, or of a plain attribute.
        before: What it was when the forward began.
        after: What it is when the forward ends, in another storage.
    """

    module: str
    name: str
    before: TensorSpec
    after: TensorSpec


@dataclass(frozen=True, slots=True)
class Boundary:
    """What goes into a forward, what comes out of it, and what the model holds.

    Args:
        inputs: The tensors among its arguments, in their order.
        outputs: The tensors among what it returned, in their order.
        weights: The parameters and buffers of the model's modules; one with several places stands under the first.
        replaced: The buffers and attributes that the forward gives another tensor.
    """

    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    weights: tuple[Weight, ...] = ()
    replaced: tuple[Replaced, ...] = ()
