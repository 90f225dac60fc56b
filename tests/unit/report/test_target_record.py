from __future__ import annotations

import json
from dataclasses import replace

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.memory import Alive, Beside, Peak
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import Check, Share, Verdict
from pytest_flopbudget.report.record import from_record, to_record

PEAK = Peak(
    step=3,
    steps=8,
    operator="aten::conv2d",
    module="0",
    alive=(
        Alive("", "", copy=False, shape=(1, 3, 8, 8), dtype="int8", bytes=192),
        Alive("pad", "0", copy=True, shape=(1, 3, 10, 10), dtype="int8", bytes=300),
    ),
    bytes=492,
    placed=512,
    state=64,
    stack=(Alive("pad", "0", copy=True, shape=(1, 3, 10, 10), dtype="int8", bytes=300, offset=212),),
    beside=(Beside("past, kept between calls", 64),),
)


def on_target(verdict: Verdict) -> Verdict:
    limit = Limit(
        metric="arena_bytes",
        value=400,
        place=Place("pyproject.toml", 3),
        source="ram 400 B",
        is_derived=True,
        target="board",
    )
    return replace(
        verdict,
        checks=(Check(limit, 512, assumed="tflm-greedy, int8, conv-bn-act"),),
        targets={"board": Account({"arena_bytes": 512}, {"planner": "tflm-greedy"})},
        peaks={"board": PEAK},
        shares={"arena_bytes": (Share("net::R8", 500, 112), Share("kws::default", 12))},
    )


def test_there_and_back_by_json(exceeded: Verdict) -> None:
    verdict = on_target(exceeded)
    assert from_record(json.loads(json.dumps(to_record(verdict)))) == verdict


def test_the_names_are_public(exceeded: Verdict) -> None:
    record = to_record(on_target(exceeded))
    assert record["targets"] == {"board": {"metrics": {"arena_bytes": 512}, "assumptions": {"planner": "tflm-greedy"}}}
    assert list(record["peaks"]["board"]) == [
        "step",
        "steps",
        "operator",
        "module",
        "alive",
        "bytes",
        "placed",
        "state",
        "stack",
        "beside",
    ]
    assert record["peaks"]["board"]["alive"][0] == {
        "operator": "",
        "module": "",
        "copy": False,
        "shape": [1, 3, 8, 8],
        "dtype": "int8",
        "bytes": 192,
        "offset": None,
    }
    assert record["shares"] == {
        "arena_bytes": [
            {"case": "net::R8", "value": 500, "to_lose": 112},
            {"case": "kws::default", "value": 12, "to_lose": None},
        ]
    }
    (limit,) = record["limits"]
    assert (limit["metric"], limit["target"], limit["is_derived"]) == ("arena_bytes", "board", True)
    assert limit["assumed"] == "tflm-greedy, int8, conv-bn-act"
