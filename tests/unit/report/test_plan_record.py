from __future__ import annotations

import json
from dataclasses import replace

from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.judge.drawing import Drawing
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.record import from_record, to_record

DRAWING = Drawing(
    planner="tflm-greedy",
    steps=2,
    peak_step=1,
    peak_bytes=208,
    placed_bytes=208,
    buffers=(
        Buffer((1, 3, 8, 8), "int8", 192, 0, 1, "", "", "input", 0),
        Buffer((1, 10), "int8", 10, 1, 1, "aten::linear", "head", "output", 192),
    ),
    left_out=1,
    left_out_bytes=6,
)


def test_there_and_back_by_json(exceeded: Verdict) -> None:
    verdict = replace(exceeded, plans={"board": DRAWING, "": replace(DRAWING, planner="liveness", left_out=0)})
    assert from_record(json.loads(json.dumps(to_record(verdict)))) == verdict


def test_the_names_are_public(exceeded: Verdict) -> None:
    plan = to_record(replace(exceeded, plans={"board": DRAWING}))["plans"]["board"]
    assert {name: value for name, value in plan.items() if name != "buffers"} == {
        "planner": "tflm-greedy",
        "steps": 2,
        "peak_step": 1,
        "peak_bytes": 208,
        "placed_bytes": 208,
        "left_out": 1,
        "left_out_bytes": 6,
    }
    assert plan["buffers"][1] == {
        "shape": [1, 10],
        "dtype": "int8",
        "bytes": 10,
        "start": 1,
        "end": 1,
        "operator": "aten::linear",
        "module": "head",
        "kind": "output",
        "offset": 192,
    }
