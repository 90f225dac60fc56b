"""A verdict survives its record, also as JSON, whatever stands in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.counting.measurement import Backend, Built, Traced
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.comparison import Comparison, Sides
from pytest_flopbudget.judge.explanations import Explanation, Why
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, Kind, Level, ModuleRow, Status, UncountedOperator, Verdict
from pytest_flopbudget.report.record import from_record, to_record

TEXT = st.text(max_size=12)
COUNT = st.integers(min_value=0, max_value=2**80)
WORDS = st.none() | TEXT
STATUS = st.sampled_from(get_args(Status))
LEVEL = st.sampled_from(get_args(Level))
PLACE = st.builds(Place, TEXT, COUNT)
LIMIT = st.builds(
    Limit,
    metric=TEXT,
    value=COUNT,
    place=PLACE,
    source=TEXT,
    subject=TEXT,
    relation=st.sampled_from(("<=", "=")),
    step=COUNT,
    reason=WORDS,
    share=st.none() | st.fractions(min_value=0, max_value=2, max_denominator=10**6),
    of=TEXT,
)


def tuples(of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=3).map(tuple)


SIDES = st.builds(
    Sides,
    COUNT,
    COUNT,
    tuples(st.builds(Explanation, st.sampled_from(get_args(Why)), TEXT, TEXT, st.integers(-(2**80), 2**80))),
)
COMPARISON = st.builds(Comparison, TEXT, SIDES, SIDES, st.booleans())
VERDICT = st.builds(
    Verdict,
    case=TEXT,
    model=TEXT,
    place=PLACE,
    kind=st.sampled_from(get_args(Kind)),
    point=st.dictionaries(TEXT, COUNT, max_size=2),
    findings=tuples(st.builds(Finding, STATUS, LEVEL, TEXT)),
    details=tuples(TEXT),
    checks=tuples(st.builds(Check, LIMIT, COUNT, st.booleans(), TEXT, st.none() | COUNT, st.booleans())),
    metrics=st.dictionaries(TEXT, COUNT, max_size=3),
    uncounted=tuples(st.builds(UncountedOperator, TEXT, TEXT, COUNT, tuples(TEXT))),
    modules=tuples(st.builds(ModuleRow, TEXT, COUNT, COUNT, COUNT, COUNT, COUNT)),
    reason=WORDS,
    backend=st.sampled_from(get_args(Backend)),
    traced=st.none() | st.sampled_from(get_args(Traced)),
    built=st.none() | st.sampled_from(get_args(Built)),
    data_dependent=st.booleans(),
    notes=tuples(TEXT),
    mode=TEXT,
    level=LEVEL,
    comparison=WORDS | COMPARISON,
)


@given(VERDICT)
def test_there_and_back(verdict: Verdict) -> None:
    record = to_record(verdict)
    assert from_record(record) == verdict
    assert from_record(json.loads(json.dumps(record))) == verdict


def test_the_names_are_public(exceeded: Verdict) -> None:
    record = to_record(exceeded)
    assert list(record) == [
        "id",
        "kind",
        "model",
        "point",
        "place",
        "status",
        "reasons",
        "findings",
        "details",
        "reason",
        "level",
        "until",
        "fails",
        "warns",
        "traced",
        "built",
        "backend",
        "data_dependent",
        "notes",
        "mode",
        "metrics",
        "limits",
        "uncounted",
        "modules",
        "comparison",
        "targets",
        "peaks",
        "plans",
        "sizes",
        "shares",
        "change",
        "locked",
        "changes",
    ]
    assert record["limits"] == [
        {
            "metric": "macs",
            "subject": "",
            "target": "",
            "module": "",
            "relation": "<=",
            "limit": 29_000_000,
            "step": 1,
            "measured": 29_720_000,
            "approximate": False,
            "kept": False,
            "near": False,
            "share": None,
            "of": "",
            "base": None,
            "place": {"path": "pyproject.toml", "line": 42},
            "source": "29 M",
            "is_derived": False,
            "assumed": "",
            "artifact": "",
            "reason": "30 fps on the DSP, rev B",
        }
    ]


def test_what_follows_from_the_findings_is_written_out(exceeded: Verdict) -> None:
    findings = (*exceeded.findings, Finding("near", "warn", "95 MACs is 95% of 100 MACs"))
    record = to_record(replace(exceeded, findings=findings))
    assert (record["status"], record["fails"], record["warns"]) == ("exceeded", True, True)
    assert record["reasons"] == ["29.72 MMACs > 29 MMACs (+2.5%)", "95 MACs is 95% of 100 MACs"]
    assert record["findings"] == [
        {"status": "exceeded", "level": "error", "text": "29.72 MMACs > 29 MMACs (+2.5%)"},
        {"status": "near", "level": "warn", "text": "95 MACs is 95% of 100 MACs"},
    ]


def test_how_a_case_was_executed(executed: Verdict) -> None:
    record = to_record(executed)
    assert (record["traced"], record["data_dependent"]) == ("executed", True)
    assert record["notes"] == ["executed: aten::nonzero in head (Head) reads values that depend on data"]
    assert [limit["approximate"] for limit in record["limits"]] == [True]
