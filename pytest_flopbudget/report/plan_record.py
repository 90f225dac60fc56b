"""Plans of memory as basic types, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from pytest_flopbudget.counting.deployment import Planner
from pytest_flopbudget.counting.memory.plan import Buffer, BufferKind
from pytest_flopbudget.judge.drawing import Drawing


class BufferRecord(TypedDict):
    """A piece of memory and its life, from its first step to its last; ``offset`` is None where nothing is placed."""

    shape: list[int]
    dtype: str
    bytes: int
    start: int
    end: int
    operator: str
    module: str
    kind: BufferKind
    offset: int | None


class PlanRecord(TypedDict):
    """The largest buffers of a forward, and how many smaller ones there are; steps count from 0."""

    planner: Planner
    steps: int
    peak_step: int
    peak_bytes: int
    placed_bytes: int
    buffers: list[BufferRecord]
    left_out: int
    left_out_bytes: int


def of_plans(plans: Mapping[str, Drawing]) -> dict[str, PlanRecord]:
    """The plans of a case, by target."""
    return {target: _of_plan(each) for target, each in plans.items()}


def to_plans(record: Mapping[str, PlanRecord]) -> dict[str, Drawing]:
    """What :func:`of_plans` was given."""
    return {target: _to_plan(each) for target, each in record.items()}


def _of_plan(drawing: Drawing) -> PlanRecord:
    return {
        "planner": drawing.planner,
        "steps": drawing.steps,
        "peak_step": drawing.peak_step,
        "peak_bytes": drawing.peak_bytes,
        "placed_bytes": drawing.placed_bytes,
        "buffers": [_of_buffer(each) for each in drawing.buffers],
        "left_out": drawing.left_out,
        "left_out_bytes": drawing.left_out_bytes,
    }


def _of_buffer(each: Buffer) -> BufferRecord:
    return {
        "shape": list(each.shape),
        "dtype": each.dtype,
        "bytes": each.bytes,
        "start": each.start,
        "end": each.end,
        "operator": each.operator,
        "module": each.module,
        "kind": each.kind,
        "offset": each.offset,
    }


def _to_plan(record: PlanRecord) -> Drawing:
    return Drawing(
        planner=record["planner"],
        steps=record["steps"],
        peak_step=record["peak_step"],
        peak_bytes=record["peak_bytes"],
        placed_bytes=record["placed_bytes"],
        buffers=tuple(map(_to_buffer, record["buffers"])),
        left_out=record["left_out"],
        left_out_bytes=record["left_out_bytes"],
    )


def _to_buffer(record: BufferRecord) -> Buffer:
    return Buffer(
        shape=tuple(record["shape"]),
        dtype=record["dtype"],
        bytes=record["bytes"],
        start=record["start"],
        end=record["end"],
        operator=record["operator"],
        module=record["module"],
        kind=record["kind"],
        offset=record["offset"],
    )
