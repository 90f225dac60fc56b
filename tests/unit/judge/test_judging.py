"""Statuses, their order, and what fails."""

from __future__ import annotations

from fractions import Fraction

import pytest

from judged_cases import PLACE, at_most, case, equal_to, measured
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.errors import FormulaError, MeasureError
from pytest_flopbudget.judge.judging import broken, judge, skipped
from pytest_flopbudget.judge.verdicts import Finding, ModuleRow, Status, UncountedOperator

EXCEEDED = "110 MACs > 100 MACs (+10%)"
DIFFERS = "110 MACs, not 100 MACs (+10%)"
UNCOUNTED = "2 calls of mylib::op are uncounted"
EMPTY = "0 MACs: nothing in the model was counted"
OP = ("mylib::op", "mylib::op")


@pytest.mark.parametrize(
    ("judged", "measurement", "status", "reasons", "fails"),
    [
        pytest.param(case(at_most(100)), measured(99), "kept", (), False, id="below"),
        pytest.param(case(at_most(100)), measured(100), "kept", (), False, id="a limit equal to the count is kept"),
        pytest.param(
            case(at_most(100)),
            measured(101),
            "exceeded",
            ("101 MACs > 100 MACs (+1%)",),
            True,
            id="one over",
        ),
        pytest.param(
            case(at_most(100), at_most(40, "params"), at_most(219, "flops")),
            measured(110),
            "exceeded",
            (EXCEEDED, "42 params > 40 params (+5%)", "220 FLOPs (2 × MACs) > 219 FLOPs (+0.46%)"),
            True,
            id="every limit that is exceeded is told, in its order",
        ),
        pytest.param(case(equal_to(100)), measured(110), "differs", (DIFFERS,), True, id="above what it must equal"),
        pytest.param(
            case(equal_to(100)),
            measured(87),
            "differs",
            ("87 MACs, not 100 MACs (-13%)",),
            True,
            id="below what it must equal",
        ),
        pytest.param(case(equal_to(1320, 10)), measured(1325), "kept", (), False, id="rounds to the digits written"),
        pytest.param(
            case(equal_to(100), at_most(41, "params")),
            measured(110),
            "exceeded",
            ("42 params > 41 params (+2.4%)", DIFFERS),
            True,
            id="exceeded before differs",
        ),
        pytest.param(case(at_most(100)), measured(0), "empty", (EMPTY,), True, id="nothing counted"),
        pytest.param(case(at_most(100), allow_zero=True), measured(0), "kept", (), False, id="zero allowed"),
        pytest.param(
            case(at_most(100)),
            measured(0, OP),
            "empty",
            (f"0 MACs: {UNCOUNTED}",),
            True,
            id="empty before incomplete, told once",
        ),
        pytest.param(case(at_most(100)), measured(99, OP), "incomplete", (UNCOUNTED,), True, id="uncounted"),
        pytest.param(
            case(at_most(100)),
            measured(110, OP),
            "exceeded",
            (EXCEEDED, UNCOUNTED),
            True,
            id="an incomplete case already over its limit is exceeded",
        ),
        pytest.param(
            case(equal_to(100)),
            measured(110, OP),
            "incomplete",
            (UNCOUNTED, DIFFERS),
            True,
            id="incomplete before differs",
        ),
        pytest.param(
            case(at_most(100), uncounted="warn"), measured(99, OP), "incomplete", (UNCOUNTED,), False, id="told only"
        ),
        pytest.param(case(at_most(100), uncounted="off"), measured(99, OP), "kept", (), False, id="passed over"),
        pytest.param(
            case(equal_to(100), uncounted="warn"),
            measured(110, OP),
            "differs",
            (DIFFERS, UNCOUNTED),
            True,
            id="what fails stands before what warns",
        ),
        pytest.param(case(at_most(100), level="warn"), measured(110), "exceeded", (EXCEEDED,), False, id="level warn"),
        pytest.param(case(at_most(100), level="off"), measured(110), "unjudged", (), False, id="level off"),
        pytest.param(
            case(at_most(100), level="warn"),
            measured(110, OP),
            "incomplete",
            (UNCOUNTED, EXCEEDED),
            True,
            id="level does not soften uncounted operators",
        ),
        pytest.param(case(at_most(100), level="off"), measured(0), "empty", (EMPTY,), True, id="nor emptiness"),
        pytest.param(
            case(at_most(100), warn_at=Fraction(95, 100)),
            measured(95),
            "near",
            ("95 MACs is 95% of 100 MACs",),
            False,
            id="near",
        ),
        pytest.param(case(at_most(100), warn_at=Fraction(95, 100)), measured(94), "kept", (), False, id="not near yet"),
        pytest.param(
            case(at_most(0), warn_at=Fraction(1, 2), allow_zero=True), measured(0), "kept", (), False, id="nothing of 0"
        ),
        pytest.param(
            case(equal_to(100), warn_at=Fraction(1, 2)), measured(100), "kept", (), False, id="equal is not near"
        ),
        pytest.param(case(at_most(2**70)), measured(2**70 + 2**60), "exceeded", None, True, id="exact beyond 64 bits"),
    ],
)
def test_status(
    judged: Case, measurement: Measurement, status: Status, reasons: tuple[str, ...] | None, fails: bool
) -> None:
    verdict = judge(judged, measurement)
    assert (verdict.status, verdict.fails) == (status, fails)
    if reasons is not None:
        assert verdict.reasons == reasons


@pytest.mark.parametrize(
    ("judged", "measurement", "warns"),
    [
        (case(at_most(100)), measured(99), False),
        (case(at_most(100)), measured(110), False),
        (case(at_most(100), level="warn"), measured(110), True),
        (case(at_most(100), level="off"), measured(110), False),
        (case(at_most(100), warn_at=Fraction(1, 2)), measured(99), True),
        (case(at_most(100), uncounted="warn"), measured(99, OP), True),
        (case(at_most(100), uncounted="off"), measured(99, OP), False),
        (case(at_most(100), uncounted="warn"), measured(110, OP), True),
    ],
)
def test_warns(judged: Case, measurement: Measurement, warns: bool) -> None:
    assert judge(judged, measurement).warns == warns


def test_statuses_stand_beside_their_reasons() -> None:
    verdict = judge(case(at_most(100), equal_to(100)), measured(110, OP))
    assert verdict.findings == (
        Finding("exceeded", "error", EXCEEDED),
        Finding("incomplete", "error", UNCOUNTED),
        Finding("differs", "error", DIFFERS),
    )


def test_everything_known_is_in_the_verdict() -> None:
    limit = at_most(100)
    verdict = judge(case(limit), measured(110, ("mylib::op", "mylib::other", "mylib::op")))
    assert (verdict.case, verdict.model, verdict.point, verdict.place) == ("net::R96", "net", {"R": 96}, PLACE)
    assert (verdict.kind, verdict.mode, verdict.level, verdict.reason) == ("declared", "inference", "error", "30 fps")
    assert (verdict.backend, verdict.traced, verdict.built) == ("shapes", "shapes", "meta")
    assert verdict.metrics == {
        "macs": 110,
        "flops": 2 * 110,
        "total_flops": 2 * 110 + 7,
        "params": 40 + 2,
        "activations": 1 * 4,
    }
    assert [(check.limit, check.measured, check.kept) for check in verdict.checks] == [(limit, 110, False)]
    assert verdict.uncounted == (
        UncountedOperator("mylib::op", "head", 2, ("x",), 1, "x 1x4 gives 1x4"),
        UncountedOperator("mylib::other", "head", 1, ("x",), 1, "x 1x4 gives 1x4"),
    )
    assert verdict.modules == (
        ModuleRow("", 1, 110, 7, 42, 4),
        ModuleRow("stem", 1, 110, 7, 40, 4, "aten::conv2d 1x4 gives 1x4"),
        ModuleRow("head", 2, 0, 0, 2, 0),
    )


def test_what_cannot_be_measured_is_an_error() -> None:
    verdict = broken(case(at_most(100)), MeasureError("cannot run", "module  head", "raised  RuntimeError"))
    assert (verdict.status, verdict.fails, verdict.metrics) == ("error", True, {})
    assert verdict.reasons == ("cannot run",)
    assert verdict.details == ("module  head", "raised  RuntimeError")


def test_an_error_without_words_is_named_by_its_kind() -> None:
    assert broken(case(), FormulaError("")).reasons == ("FormulaError",)


def test_level_does_not_soften_an_error() -> None:
    assert broken(case(level="off", uncounted="off"), MeasureError("cannot run")).fails


def test_skipped() -> None:
    verdict = skipped(case(at_most(100), skip="not on this branch"))
    assert (verdict.status, verdict.fails, verdict.warns) == ("skipped", False, False)
    assert verdict.reasons == ("not on this branch",)


def test_the_backend_is_the_one_that_was_asked_for() -> None:
    asked = case(at_most(100), backend="auto", skip="not now")
    verdicts = judge(asked, measured(99)), broken(asked, MeasureError("cannot run")), skipped(asked)
    assert [verdict.backend for verdict in verdicts] == ["auto"] * 3
