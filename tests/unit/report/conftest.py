"""Verdicts to make text of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, ModuleRow, Verdict

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
