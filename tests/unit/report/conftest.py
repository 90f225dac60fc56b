"""Verdicts to make text of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.comparison import Comparison, Sides
from pytest_flopbudget.judge.explanations import Explanation
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.memory import Alive, Peak
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import Check, Finding, ModuleRow, Share, UncountedOperator, Verdict
from pytest_flopbudget.report.results import NotRun, Reached, Results, results

PLACE = Place("pyproject.toml", 40)


@pytest.fixture
def exceeded() -> Verdict:
    """A case over its limit, with six modules below the root and a reason on the limit."""
    limit = Limit(
        metric="macs",
        value=29_000_000,
        place=Place("pyproject.toml", 42),
        source="29 M",
        reason="30 fps on the DSP, rev B",
    )
    parts = {"stem": 2_000_000, "a": 9_720_000, "b": 3_000_000, "c": 8_000_000, "d": 6_000_000, "e": 1_000_000}
    rows = [ModuleRow(path, 1, macs, 0, 10, macs // 1000) for path, macs in parts.items()]
    return Verdict(
        case="mobilenet::R160",
        model="mobilenet",
        point={"R": 160},
        place=PLACE,
        findings=(Finding("exceeded", "error", "29.72 MMACs > 29 MMACs (+2.5%)"),),
        checks=(Check(limit, 29_720_000),),
        metrics={"macs": 29_720_000, "flops": 59_440_000, "params": 60, "activations": 29_720},
        modules=(ModuleRow("", 1, sum(parts.values()), 0, 60, 29_720), *rows),
        traced="shapes",
        built="meta",
    )


@pytest.fixture
def kept() -> Callable[[str], Verdict]:
    """A case that keeps its only limit, by its id."""

    def make(case: str) -> Verdict:
        limit = Limit(metric="macs", value=12_000_000, place=PLACE, source="12 M")
        return Verdict(
            case=case,
            model=case.partition("::")[0],
            place=PLACE,
            checks=(Check(limit, 11_170_000),),
            metrics={"macs": 11_170_000, "flops": 22_340_000, "params": 60, "activations": 64},
            modules=(ModuleRow("", 1, 11_170_000, 0, 60, 64), ModuleRow("stem", 1, 11_000_000, 0, 60, 64)),
            traced="shapes",
            built="meta",
        )

    return make


@pytest.fixture
def executed(kept: Callable[[str], Verdict]) -> Verdict:
    """A case that keeps its only limit, executed, since its counts depend on data."""
    verdict = kept("router::R96")
    return replace(
        verdict,
        checks=tuple(replace(check, approximate=True) for check in verdict.checks),
        traced="executed",
        built="real",
        data_dependent=True,
        notes=("executed: aten::nonzero in head (Head) reads values that depend on data",),
    )


@pytest.fixture
def full(exceeded: Verdict) -> Verdict:
    """A case with something in every field."""
    alive = (Alive("aten::conv2d", "stem", copy=False, shape=(1, 32, 80, 80), dtype="float32", bytes=819_200),)
    return replace(
        exceeded,
        kind="test",
        mode="training",
        details=("raised    ValueError: no",),
        uncounted=(UncountedOperator("shop::mix", "stem", 2, ("x",), 1, "x 1x8 gives 1x8"),),
        reason="the camera",
        data_dependent=True,
        notes=("traced once more",),
        comparison=Comparison(
            "thop 0.1.1",
            Sides(5, 7, (Explanation("formula", "a pooling", "stem", 2),)),
            Sides(3, 3, ()),
            approximate=False,
        ),
        targets={"nucleo": Account({"arena_bytes": 819_200}, {"planner": "liveness"})},
        peaks={"nucleo": Peak(1, 9, "aten::conv2d", "stem", alive, 819_200, 819_200, 0)},
        shares={"macs": (Share("mobilenet::R160", 29_720_000, 720_000),)},
        change="grown",
        locked={"macs": 28_000_000, "params": 60, "arena_bytes@nucleo": 800_000},
        changes=(
            ModuleChange("c", "grown", "macs", 6_280_000, 8_000_000, operator="aten::conv2d 1x8 gives 1x16"),
            ModuleChange("e", "new", "macs", 0, 1_000_000, was="d.e"),
        ),
    )


@pytest.fixture
def with_value() -> Callable[[str, Sequence[str | int], object], Any]:
    """A report as data, with another value at a path in it."""

    def changed(report: str, path: Sequence[str | int], value: object) -> Any:
        data = within = json.loads(report)
        for key in path[:-1]:
            within = within[key]
        within[path[-1]] = value
        return data

    return changed


@pytest.fixture
def run_of() -> Callable[..., Results]:
    """The results of a run with some verdicts, all of one table."""

    def make(*verdicts: Verdict, not_run: Sequence[NotRun] = ()) -> Results:
        return results((Reached("pyproject.toml", verdict) for verdict in verdicts), not_run)

    return make
