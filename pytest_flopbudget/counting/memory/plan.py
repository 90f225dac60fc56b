"""A plan of the memory that the activations of one forward take: every buffer, its lifetime and its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pytest_flopbudget.counting.deployment import Planner

BufferKind = Literal["input", "activation", "output", "copy"]


@dataclass(frozen=True, slots=True)
class Buffer:
    """A piece of memory that holds an activation, or several that share it one after the other.

    Args:
        shape: The sizes of the largest tensor that it holds, in elements.
        dtype: Its element type in the deployment.
        bytes: Its size.
        start: The step that creates it; 0 for an input.
        end: The last step that reads or writes it; the last of all for an output.
        operator: The operator that creates it; ``""`` for an input.
        module: The path of the module in which that ran; ``""`` for an input and for the root.
        kind: ``"input"`` or ``"output"`` of the model (an output that is an input is an input), ``"copy"`` where
            the deployment makes a copy that the model does not have (of padding, or of another element type).
        offset: Where it is placed, in bytes from the arena's beginning; None where the planner places nothing.
    """

    shape: tuple[int, ...]
    dtype: str
    bytes: int
    start: int
    end: int
    operator: str
    module: str
    kind: BufferKind = "activation"
    offset: int | None = None

    def placed(self, offset: int) -> Buffer:
        """The same buffer at a place, in bytes from the arena's beginning."""
        # Named one by one: of many buffers, `dataclasses.replace` takes several times as long.
        return Buffer(
            self.shape, self.dtype, self.bytes, self.start, self.end, self.operator, self.module, self.kind, offset
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a forward: an operator, and the module it ran in."""

    operator: str
    module: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What memory the activations of a forward take.

    Args:
        steps: The steps in their order. Operators that are fused into others keep theirs; views are none, and
            neither is what is computed from constants alone.
        buffers: The buffers in the order in which they are made, inputs first.
        planner: What placed them.
        peak_step: The first step at which most bytes are alive.
        peak_bytes: How many those are: the metric ``peak_activation_bytes``.
        placed_bytes: Where the last place ends, if they have places; else ``peak_bytes``.
        state: What the forward keeps between its calls, such as the caches of keys and values: bytes by the name of the
            buffer, ``"layers.0.cache"``. They are no activations, and no part of the peak.
    """

    steps: tuple[Step, ...]
    buffers: tuple[Buffer, ...]
    planner: Planner
    peak_step: int
    peak_bytes: int
    placed_bytes: int
    state: tuple[tuple[str, int], ...] = ()

    def alive(self, step: int | None = None) -> tuple[Buffer, ...]:
        """The buffers that are alive at a step, the largest first; without one, at the peak."""
        at = self.peak_step if step is None else step
        found = [buffer for buffer in self.buffers if buffer.start <= at <= buffer.end]
        return tuple(sorted(found, key=lambda buffer: -buffer.bytes))

    @property
    def state_bytes(self) -> int:
        """All that is kept between calls, in bytes."""
        return sum(size for _, size in self.state)
