"""Plans of memory as the page draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from pytest_flopbudget.counting.memory.plan import Buffer, BufferKind
from pytest_flopbudget.judge.drawing import Drawing
from pytest_flopbudget.judge.targets import IN_RAM
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.report.html.numbers import exact, short
from pytest_flopbudget.report.text import listed

_BYTES = "arena_bytes"


class Boxes(TypedDict):
    """Buffers, each at its place in all of these lists: its first and last step, counted from 1, and bytes."""

    start: list[int]
    end: list[int]
    offset: list[str | None]
    bytes: list[str]
    kind: list[BufferKind]
    made_by: list[str]
    tensor: list[str]


class Room(TypedDict):
    """A limit on the RAM of a plan: the bytes that are left for its buffers, and how to say it."""

    bytes: str
    text: str


class MemoryPlan(TypedDict):
    """A forward's buffers; ``height`` is what they take, ``at`` the step of the peak, from 1 on.

    ``targets`` are those on which it is so; empty where it is the model as PyTorch runs it.
    """

    targets: str
    planner: str
    steps: int
    at: int
    peak: str
    peak_short: str
    height: str
    height_short: str
    boxes: Boxes
    left_out: str
    limits: list[Room]


def plans_of(verdict: Verdict, most: int) -> list[MemoryPlan]:
    """Every plan of a case, with no more than so many buffers each; targets with the same plan have one together."""
    targets: dict[Drawing, list[str]] = {}
    for target, drawing in verdict.plans.items():
        targets.setdefault(drawing, []).append(target)
    return [_plan(verdict, names, drawing, most) for drawing, names in targets.items()]


def _plan(verdict: Verdict, targets: Sequence[str], drawing: Drawing, most: int) -> MemoryPlan:
    largest = sorted(range(len(drawing.buffers)), key=lambda at: -drawing.buffers[at].bytes)
    dropped = [drawing.buffers[at] for at in largest[most:]]
    left_out = drawing.left_out + len(dropped)
    left_out_bytes = drawing.left_out_bytes + sum(each.bytes for each in dropped)
    return {
        "targets": listed(name for name in targets if name) if any(targets) else "",
        "planner": drawing.planner,
        "steps": max(drawing.steps, 1),
        "at": drawing.peak_step + 1,
        "peak": exact(drawing.peak_bytes),
        "peak_short": short(drawing.peak_bytes, _BYTES),
        "height": exact(drawing.placed_bytes),
        "height_short": short(drawing.placed_bytes, _BYTES),
        "boxes": _boxes([drawing.buffers[at] for at in sorted(largest[:most])]),
        "left_out": f"{left_out:,} smaller, {exact(left_out_bytes)} B in all" if left_out else "",
        "limits": [
            _room(each, drawing)
            for each in verdict.checks
            if each.limit.target in targets and each.limit.metric in IN_RAM
        ],
    }


def _room(check: Check, drawing: Drawing) -> Room:
    """What a limit leaves for buffers: an arena also holds what the runtime keeps, and the state of the model."""
    metric, value = check.limit.metric, check.limit.value
    beside = check.measured - (drawing.placed_bytes if metric == "arena_bytes" else drawing.peak_bytes)
    text = f"{short(value, metric)}, the limit on {check.limit.name}"
    if beside:
        text = f"{short(max(value - beside, 0), metric)}: {text}, without {exact(beside)} B beside the buffers"
    return {"bytes": exact(max(value - beside, 0)), "text": text}


def _boxes(buffers: Sequence[Buffer]) -> Boxes:
    return {
        "start": [each.start + 1 for each in buffers],
        "end": [each.end + 1 for each in buffers],
        "offset": [None if each.offset is None else exact(each.offset) for each in buffers],
        "bytes": [exact(each.bytes) for each in buffers],
        "kind": [each.kind for each in buffers],
        "made_by": [_made_by(each) for each in buffers],
        "tensor": [f"{'x'.join(map(str, each.shape)) or 'scalar'} {each.dtype}" for each in buffers],
    }


def _made_by(buffer: Buffer) -> str:
    return " in ".join(each for each in (buffer.operator, buffer.module) if each) or "an input of the model"
