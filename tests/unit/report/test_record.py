"""A verdict survives its record, also as JSON, whatever stands in it."""

from __future__ import annotations

import json
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Level, ModuleRow, Status, UncountedOperator, Verdict
from pytest_flopbudget.report.record import from_record, to_record

TEXT = st.text(max_size=12)
COUNT = st.integers(min_value=0, max_value=2**80)
WORDS = st.none() | TEXT
STATUS = st.sampled_from(get_args(Status))
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
)


def tuples(of: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(of, max_size=3).map(tuple)


VERDICT = st.builds(
    Verdict,
    case=TEXT,
    model=TEXT,
    place=PLACE,
    status=STATUS,
    kind=TEXT,
    point=st.dictionaries(TEXT, COUNT, max_size=2),
    reasons=tuples(TEXT),
    statuses=tuples(STATUS),
    details=tuples(TEXT),
    checks=tuples(st.builds(Check, LIMIT, COUNT)),
    metrics=st.dictionaries(TEXT, COUNT, max_size=3),
    uncounted=tuples(st.builds(UncountedOperator, TEXT, TEXT, COUNT, tuples(TEXT))),
    modules=tuples(st.builds(ModuleRow, TEXT, COUNT, COUNT, COUNT, COUNT)),
    reason=WORDS,
    backend=TEXT,
    traced=WORDS,
    built=WORDS,
    mode=TEXT,
    level=st.sampled_from(get_args(Level)),
    fails=st.booleans(),
    warns=st.booleans(),
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
        "statuses",
        "details",
        "reason",
        "level",
        "fails",
        "warns",
        "traced",
        "built",
        "backend",
        "mode",
        "metrics",
        "limits",
        "uncounted",
        "modules",
    ]
    assert record["limits"] == [
        {
            "metric": "macs",
            "subject": "",
            "relation": "<=",
            "limit": 29_000_000,
            "step": 1,
            "measured": 29_720_000,
            "kept": False,
            "place": {"path": "pyproject.toml", "line": 42},
            "source": "29 M",
            "reason": "30 fps on the DSP, rev B",
        }
    ]
