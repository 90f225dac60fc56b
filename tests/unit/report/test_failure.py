"""Failure bodies, whole."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded, Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, ModuleRow, Status, UncountedOperator, Verdict
from pytest_flopbudget.quantities import Relation
from pytest_flopbudget.report.failure import body, failure

PLACE = Place("pyproject.toml", 7)


def check(metric: str, measured: int, value: int, source: str, relation: Relation = "<=") -> Check:
    return Check(Limit(metric=metric, value=value, place=PLACE, source=source, relation=relation), measured)


def text(written: str) -> str:
    return dedent(written).strip("\n")


def test_exceeded(exceeded: Verdict) -> None:
    assert body(exceeded) == text("""
        29.72 MMACs > 29 MMACs (+2.5%)

        macs:
          counted  29,720,000 MACs
          limit    29,000,000 MACs, written '29 M' at pyproject.toml:42
          over        720,000 MACs (+2.5%)
          reason   30 fps on the DSP, rev B

        Where the MACs go, the 5 dearest of 6 modules:
          a     9,720,000 MACs   32.7%
          c     8,000,000 MACs   26.9%
          d     6,000,000 MACs   20.2%
          b     3,000,000 MACs   10.1%
          stem  2,000,000 MACs    6.7%

        Traced: shapes. Built: meta.
        To change the limit, edit macs at pyproject.toml:42.
    """)


def test_several_limits() -> None:
    verdict = Verdict(
        case="net::default",
        model="net",
        place=PLACE,
        findings=(
            Finding("exceeded", "error", "110 FLOPs (2 × MACs) > 80 FLOPs (+38%)"),
            Finding("differs", "error", "7 params, not 8 params (-13%)"),
        ),
        checks=(
            check("flops", 110, 80, "80 FLOPs"),
            check("params", 7, 8, "= 8", "="),
            check("macs", 55, 60, "60"),
        ),
        metrics={"macs": 55, "flops": 110, "params": 7},
        modules=(ModuleRow("", 1, 55, 0, 7, 0),),
        reason="fits the cache",
        traced="shapes",
        built="real",
    )
    assert body(verdict) == text("""
        110 FLOPs (2 × MACs) > 80 FLOPs (+38%)
        7 params, not 8 params (-13%)

        flops:
          counted  110 FLOPs (2 × MACs)
          limit     80 FLOPs, written '80 FLOPs' at pyproject.toml:7
          over      30 FLOPs (+38%)

        params:
          counted  7 params
          must be  8 params, written '= 8' at pyproject.toml:7
          under    1 param (-13%)

        Where the MACs go, by module:
          (the model itself)  55 MACs  100.0%

        Where the params go, by module:
          (the model itself)  7 params  100.0%

        Reason: fits the cache
        Traced: shapes. Built: real.
        To change the limit, edit flops and params at pyproject.toml:7.
    """)


def test_activations() -> None:
    verdict = Verdict(
        case="net::default",
        model="net",
        place=PLACE,
        findings=(Finding("exceeded", "error", "30 elements > 29 elements (+3.4%)"),),
        checks=(check("activations", 30, 29, "29"),),
        metrics={"macs": 55, "activations": 30},
        modules=(ModuleRow("", 2, 55, 0, 0, 30), ModuleRow("a", 1, 50, 0, 0, 6), ModuleRow("b", 1, 5, 0, 0, 24)),
    )
    assert body(verdict) == text("""
        30 elements > 29 elements (+3.4%)

        activations:
          counted  30 elements
          limit    29 elements, written '29' at pyproject.toml:7
          over      1 element (+3.4%)

        Where the elements go, by module:
          b  24 elements   80.0%
          a   6 elements   20.0%

        To change the limit, edit activations at pyproject.toml:7.
    """)


def test_counts_that_depend_on_data() -> None:
    macs = replace(check("macs", 1_210, 1_100, "1.1 k"), approximate=True)
    verdict = Verdict(
        case="net::default",
        model="net",
        place=PLACE,
        findings=(
            Finding("exceeded", "error", "≈ 1.21 kMACs > 1.1 kMACs (+10%)"),
            Finding("exceeded", "error", "7 params > 6 params (+17%)"),
        ),
        checks=(macs, check("params", 7, 6, "6")),
        metrics={"macs": 1_210, "flops": 2_420, "params": 7, "activations": 30},
        modules=(ModuleRow("", 1, 1_210, 0, 7, 30), ModuleRow("head", 1, 210, 0, 7, 30)),
        traced="executed",
        built="real",
        data_dependent=True,
        notes=(
            "executed: aten::nonzero in encoder.layers.0.router (Router) reads values that depend on data",
            "the forward differentiates, so it was traced with gradients on",
        ),
    )
    assert body(verdict) == text("""
        ≈ 1.21 kMACs > 1.1 kMACs (+10%)
        7 params > 6 params (+17%)

        macs:
          counted  ≈ 1,210 MACs
          limit      1,100 MACs, written '1.1 k' at pyproject.toml:7
          over       ≈ 110 MACs (+10%)

        params:
          counted  7 params
          limit    6 params, written '6' at pyproject.toml:7
          over     1 param (+17%)

        Where the MACs go, by module:
          (the model itself)  ≈ 1,000 MACs   82.6%
          head                  ≈ 210 MACs   17.4%

        Where the params go, by module:
          head  7 params  100.0%

        Traced: executed. Built: real.
          executed: aten::nonzero in encoder.layers.0.router (Router) reads values that
            depend on data
          the forward differentiates, so it was traced with gradients on
        ≈: the forward's way depends on values; other inputs may cost something else.
        To change the limit, edit macs and params at pyproject.toml:7.
    """)


@pytest.mark.parametrize(
    ("metric", "measured", "limit", "expected"),
    [
        ("flops", 8_180_000_000, 4_100_000_000, "The flops are about twice the number written."),
        ("macs", 4_090_000_000, 8_200_000_000, "The macs are about half the number written."),
        ("macs", 210, 100, "The macs are about twice the number written."),
        ("macs", 190, 100, "The macs are about twice the number written."),
        ("macs", 211, 100, None),
        ("macs", 189, 100, None),
        ("params", 200, 100, None),
        ("macs", 1, 0, None),
    ],
)
def test_a_factor_of_two_is_explained(metric: str, measured: int, limit: int, expected: str | None) -> None:
    verdict = Verdict(
        case="net::default",
        model="net",
        place=PLACE,
        findings=(Finding("differs", "error", "differs"),),
        checks=(check(metric, measured, limit, "x", "="),),
    )
    why = 'One MAC is two FLOPs; torchvision, timm, fvcore and most papers print MACs as "FLOPs".'
    paragraphs = body(verdict).split("\n\n")
    told = [paragraph.replace("\n", " ") for paragraph in paragraphs if paragraph.startswith("The ")]
    assert told == ([f"{expected} {why}"] if expected is not None else [])


def test_cannot_run() -> None:
    verdict = Verdict(
        case="net::R64",
        model="net",
        place=PLACE,
        findings=(Finding("error", "error", "cannot run at 1x3x64x64: head (Linear)"),),
        details=("module  head", "raised  RuntimeError: shapes"),
        reason="needed by the app",
    )
    assert body(verdict) == text("""
        cannot run at 1x3x64x64: head (Linear)
        module  head
        raised  RuntimeError: shapes

        Reason: needed by the app
    """)


def test_empty() -> None:
    verdict = Verdict(
        case="net::default",
        model="net",
        place=PLACE,
        findings=(Finding("empty", "error", "0 MACs: nothing in the model was counted"),),
        traced="shapes",
        built="meta",
    )
    assert body(verdict) == text("""
        0 MACs: nothing in the model was counted

        A budget over nothing is kept by every model, so it fails. If the model net is
        to have no multiply–accumulates, write allow_zero = true in its table
        (pyproject.toml:7).

        Traced: shapes. Built: meta.
    """)


def test_uncounted_operators_come_with_what_to_do(exceeded: Verdict) -> None:
    verdict = replace(
        exceeded,
        findings=(Finding("incomplete", "error", "3 calls of mylib::op are uncounted"),),
        checks=(),
        uncounted=(UncountedOperator("mylib::op", "stem", 3, ("x",)),),
    )
    assert body(verdict).split("\n\n")[:2] == [
        "3 calls of mylib::op are uncounted",
        "Uncounted: operators with neither a formula nor a place among the free.\n  mylib::op  3 calls in stem",
    ]


def test_limits_that_are_not_judged_are_not_told(exceeded: Verdict) -> None:
    told = body(replace(exceeded, level="off", metrics={"macs": 0}, findings=(Finding("empty", "error", "0 MACs"),)))
    assert "limit" not in told


def test_long_paths_keep_to_80_columns(exceeded: Verdict) -> None:
    path = ".".join(f"encoder_block_{number}" for number in range(9)) + ".out"
    rows = (ModuleRow("", 1, 10**18, 0, 0, 0), ModuleRow(path, 1, 10**18, 0, 0, 0))
    told = body(replace(exceeded, modules=rows, metrics={"macs": 10**18}))
    row = "  encoder_bloc...k_7.encoder_block_8.out  1,000,000,000,000,000,000 MACs  100.0%"
    assert row in told.splitlines()
    assert len(row) <= 80


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("exceeded", FlopBudgetExceeded),
        ("differs", FlopBudgetExceeded),
        ("error", FlopBudgetError),
        ("empty", FlopBudgetError),
        ("incomplete", FlopBudgetError),
    ],
)
def test_kind_of_exception(exceeded: Verdict, status: Status, kind: type[Exception]) -> None:
    uncounted = (UncountedOperator("mylib::op", "stem", 1),)
    verdict = replace(exceeded, findings=(Finding(status, "error", "why"),), uncounted=uncounted)
    raised = failure(verdict)
    assert type(raised) is kind
    assert str(raised) == body(verdict)
