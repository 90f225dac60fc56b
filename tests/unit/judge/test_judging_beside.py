"""What a verdict tells beside its status: the step of training, data, shares, what is near a limit."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from judged_cases import at_most, call, case, equal_to, measured
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.judge.judging import broken, judge, module_rows, skipped
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Level

EXCEEDED = "110 MACs > 100 MACs (+10%)"
UNCOUNTED = "2 calls of mylib::op are uncounted"
OP = ("mylib::op", "mylib::op")
FORWARD = call("aten::conv2d", "stem")
TRAINED = Measurement(
    calls=(
        (replace(FORWARD, phase="recomputed"), Cost(10)),
        (FORWARD, Cost(30)),
        (replace(FORWARD, phase="backward"), Cost(60)),
    ),
    modules=(ModuleNode("", 1, 0), ModuleNode("stem", 1, 40)),
    mode="training",
)


def test_the_mode_is_told_whatever_became_of_the_case() -> None:
    asked = case(at_most(100), mode="training", skip="not now")
    verdicts = judge(asked, TRAINED), broken(asked, MeasureError("cannot run")), skipped(asked)
    assert [verdict.mode for verdict in verdicts] == ["training"] * 3


@pytest.mark.parametrize(
    ("measurement", "notes"),
    [
        (
            TRAINED,
            ("training: forward 30 MACs (30.0%), backward 60 MACs (60.0%), recomputed 10 MACs (10.0%)",),
        ),
        (
            replace(TRAINED, notes=("executed",), data_dependent=True),
            (
                "executed",
                "training: forward ≈ 30 MACs (30.0%), backward ≈ 60 MACs (60.0%), recomputed ≈ 10 MACs (10.0%)",
            ),
        ),
        (replace(TRAINED, calls=()), ()),
        (replace(TRAINED, mode="inference"), ()),
    ],
)
def test_the_shares_of_a_training_step(measurement: Measurement, notes: tuple[str, ...]) -> None:
    assert judge(case(at_most(100)), measurement).notes == notes


NOTE = "executed: aten::nonzero in head (Head) reads values that depend on data"


def test_counts_that_depend_on_data_are_about_right() -> None:
    limits = at_most(100), at_most(41, "params"), equal_to(100), at_most(8, "activations")
    measurement = replace(measured(110, OP), traced="executed", built="real", data_dependent=True, notes=(NOTE,))
    verdict = judge(case(*limits), measurement)
    assert (verdict.traced, verdict.data_dependent, verdict.notes) == ("executed", True, (NOTE,))
    assert verdict.reasons == (
        "≈ 110 MACs > 100 MACs (+10%)",
        "42 params > 41 params (+2.4%)",
        UNCOUNTED,
        "≈ 110 MACs, not 100 MACs (+10%)",
    )
    assert verdict.checks == (
        Check(limits[0], 110, approximate=True),
        Check(limits[1], 40 + 2),
        Check(limits[2], 110, approximate=True),
        Check(limits[3], 1 * 4, approximate=True),
    )


def test_executed_counts_that_do_not_depend_on_data_are_exact() -> None:
    verdict = judge(case(at_most(100)), replace(measured(110), traced="executed", notes=(NOTE,)))
    assert (verdict.reasons, verdict.notes) == ((EXCEEDED,), (NOTE,))


def test_activations_of_each_module_and_all_below_it() -> None:
    calls = [("", Cost(macs=1), (2, 3)), ("a.b", Cost(macs=1), (5,)), ("a.b", Cost(0, 9), (7,)), ("a", None, (7,))]
    measurement = Measurement(
        calls=tuple(
            (OperatorCall("aten::op", module, {}, (TensorSpec(shape), TensorSpec(shape))), cost)
            for module, cost, shape in calls
        ),
        modules=(ModuleNode(""), ModuleNode("a"), ModuleNode("a.b"), ModuleNode("c")),
    )
    rows = {row.path: row.activations for row in module_rows(measurement)}
    assert rows == {"": 2 * (2 * 3 + 5), "a": 2 * 5, "a.b": 2 * 5, "c": 0}
    assert rows[""] == measurement.activations


def test_a_module_that_is_known_by_its_calls_alone() -> None:
    (root, stem) = module_rows(replace(TRAINED, modules=()))
    assert [(row.path, row.calls, row.macs, row.params) for row in (root, stem)] == [
        ("", 0, 100, 0),
        ("stem", 0, 100, 0),
    ]


def test_what_warns_can_be_made_to_fail() -> None:
    verdict = judge(case(at_most(100), level="warn", uncounted="warn"), measured(110, OP))
    failing = verdict.failing()
    assert (verdict.fails, verdict.warns, failing.fails, failing.warns) == (False, True, True, False)
    assert (failing.status, failing.reasons) == (verdict.status, verdict.reasons)
    assert (verdict.details, failing.details) == (
        (),
        ('a warning, which is an error here: add "default::pytest_flopbudget.FlopBudgetWarning" to filterwarnings',),
    )


@pytest.mark.parametrize(
    ("limit", "level", "near"),
    [
        (at_most(116), "error", True),
        (at_most(110), "warn", True),
        (at_most(117), "error", False),
        (at_most(109), "error", False),
        (equal_to(110), "error", False),
        (at_most(110), "off", False),
    ],
)
def test_which_limits_are_near(limit: Limit, level: Level, near: bool) -> None:
    # 110 is 94.8% of 116, and 94.0% of 117.
    (check,) = judge(case(limit, level=level, warn_at=Fraction(945, 1000)), measured(110)).checks
    assert check.near == near
