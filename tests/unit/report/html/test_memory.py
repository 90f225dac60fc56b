from __future__ import annotations

from dataclasses import replace

from pytest_flopbudget.counting.memory.plan import Buffer
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.drawing import Drawing
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.report.html.memory import plans_of

PLACE = Place("pyproject.toml", 7)
DRAWING = Drawing(
    planner="tflm-greedy",
    steps=2,
    peak_step=1,
    peak_bytes=2000,
    placed_bytes=2048,
    buffers=(
        Buffer((1, 1000), "int8", 1000, 0, 1, "", "", "input", 1024),
        Buffer((10, 100), "int8", 1000, 1, 1, "aten::linear", "head", "output", 0),
        Buffer((), "int8", 1, 0, 0, "aten::sum", "", offset=16),
    ),
    left_out=2,
    left_out_bytes=20,
)


def check(target: str, measured: int) -> Check:
    return Check(Limit(metric="arena_bytes", value=4096, place=PLACE, source="ram", target=target), measured)


def test_a_plan() -> None:
    verdict = Verdict(
        case="net", model="net", place=PLACE, plans={"board": DRAWING}, checks=(check("board", 2048), check("other", 9))
    )
    (plan,) = plans_of(verdict, most=2)
    assert (plan["targets"], plan["steps"], plan["at"]) == ("board", 2, 2)
    assert (plan["peak"], plan["peak_short"], plan["height"]) == ("2,000", "1.953 KiB", "2,048")
    assert plan["boxes"] == {
        "start": [1, 2],
        "end": [2, 2],
        "offset": ["1,024", "0"],
        "bytes": ["1,000", "1,000"],
        "kind": ["input", "output"],
        "made_by": ["an input of the model", "aten::linear in head"],
        "tensor": ["1x1000 int8", "10x100 int8"],
    }
    assert plan["left_out"] == "3 smaller, 21 B in all"  # two left out before, of 20 bytes
    assert plan["limits"] == [{"bytes": "4,096", "text": "4 KiB, the limit on arena_bytes@board"}]


def test_what_an_arena_holds_beside_its_buffers_is_no_room_for_them() -> None:
    verdict = Verdict(case="net", model="net", place=PLACE, plans={"board": DRAWING}, checks=(check("board", 3072),))
    (plan,) = plans_of(verdict, most=9)
    text = "3 KiB: 4 KiB, the limit on arena_bytes@board, without 1,024 B beside the buffers"
    assert plan["limits"] == [{"bytes": "3,072", "text": text}]


def test_targets_with_the_same_plan_have_one_together() -> None:
    plans = {"a": DRAWING, "b": replace(DRAWING, steps=3), "c": DRAWING}
    verdict = Verdict(
        case="net", model="net", place=PLACE, plans=plans, checks=tuple(check(name, 2048) for name in plans)
    )
    assert [(plan["targets"], len(plan["limits"])) for plan in plans_of(verdict, most=9)] == [("a and c", 2), ("b", 1)]


def test_that_of_the_model_as_it_is_has_no_name() -> None:
    (plan,) = plans_of(Verdict(case="net", model="net", place=PLACE, plans={"": DRAWING}), most=9)
    assert plan["targets"] == ""
