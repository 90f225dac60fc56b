"""A limit and its count as basic types, in the form of the JSON report, and back."""

from __future__ import annotations

from fractions import Fraction
from typing import TypedDict

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check
from pytest_flopbudget.quantities import Relation


class PlaceRecord(TypedDict):
    """Where something is written."""

    path: str
    line: int


class LimitRecord(TypedDict):
    """A limit and its count, both in the metric's unit; ``step`` is the unit of the last digit written.

    ``subject`` is a module pattern and ``module`` the one of its modules that was counted; both are empty for the case
    itself. ``share`` is an exact fraction of ``base``, such as ``"1/4"``, which is that of the model ``of``, or of the
    case itself where that is empty. ``target`` is the target whose limit it is, empty for the case's own; ``assumed``
    is what a count of bytes or of time assumes; ``artifact`` is the built file in which it was counted, empty for the
    model.
    """

    metric: str
    subject: str
    target: str
    module: str
    relation: Relation
    limit: int
    step: int
    measured: int
    approximate: bool
    kept: bool
    near: bool
    share: str | None
    of: str
    base: int | None
    place: PlaceRecord
    source: str
    is_derived: bool
    assumed: str
    artifact: str
    reason: str | None


def of_place(place: Place) -> PlaceRecord:
    """Where something stands, as a dict."""
    return {"path": place.path, "line": place.line}


def of_check(check: Check) -> LimitRecord:
    """A limit and its count as a dict."""
    limit = check.limit
    return {
        "metric": limit.metric,
        "subject": limit.subject,
        "target": limit.target,
        "module": check.module,
        "relation": limit.relation,
        "limit": limit.value,
        "step": limit.step,
        "measured": check.measured,
        "approximate": check.approximate,
        "kept": check.kept,
        "near": check.near,
        "share": None if limit.share is None else str(limit.share),
        "of": limit.of,
        "base": check.base,
        "place": of_place(limit.place),
        "source": limit.source,
        "is_derived": limit.is_derived,
        "assumed": check.assumed,
        "artifact": check.artifact,
        "reason": limit.reason,
    }


def to_check(record: LimitRecord) -> Check:
    """The check that :func:`of_check` was given."""
    limit = Limit(
        metric=record["metric"],
        value=record["limit"],
        place=Place(**record["place"]),
        source=record["source"],
        subject=record["subject"],
        relation=record["relation"],
        step=record["step"],
        reason=record["reason"],
        share=None if record["share"] is None else Fraction(record["share"]),
        of=record["of"],
        target=record["target"],
        is_derived=record["is_derived"],
    )
    return Check(
        limit,
        record["measured"],
        record["approximate"],
        record["module"],
        record["base"],
        record["near"],
        record["assumed"],
        record["artifact"],
    )
