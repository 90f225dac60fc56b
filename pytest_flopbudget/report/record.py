"""A verdict as basic types, in the form of the JSON report, and back."""

from __future__ import annotations

from typing import TypedDict

from pytest_flopbudget.counting.measurement import Backend, Built, Mode, Traced
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.changes import Change, ModuleChange
from pytest_flopbudget.judge.verdicts import Finding, Kind, Level, ModuleRow, Status, UncountedOperator, Verdict
from pytest_flopbudget.report.change_record import ModuleChangeRecord, of_change
from pytest_flopbudget.report.comparison_record import ComparisonRecord, of_comparison, to_comparison
from pytest_flopbudget.report.limit_record import LimitRecord, PlaceRecord, of_check, of_place, to_check
from pytest_flopbudget.report.plan_record import PlanRecord, of_plans, to_plans
from pytest_flopbudget.report.target_record import (
    AccountRecord,
    PeakRecord,
    ShareRecord,
    of_accounts,
    of_peaks,
    of_shares,
    to_accounts,
    to_peaks,
    to_shares,
)


class FindingRecord(TypedDict):
    """One thing that speaks against a case."""

    status: Status
    level: Level
    text: str


class UncountedRecord(TypedDict):
    """Calls that nothing could count."""

    operator: str
    module: str
    calls: int
    tensors: list[str]
    outputs: int
    example: str


class ModuleRecord(TypedDict):
    """What a module and all below it cost, and the dearest call of its own."""

    path: str
    calls: int
    macs: int
    other_flops: int
    params: int
    activations: int
    operator: str


class CaseRecord(TypedDict):
    """A verdict: the names are those of :class:`Verdict`, and public; what follows from the findings is written out."""

    id: str
    kind: Kind
    model: str
    point: dict[str, int]
    place: PlaceRecord
    status: Status
    reasons: list[str]
    findings: list[FindingRecord]
    details: list[str]
    reason: str | None
    level: Level
    until: str
    fails: bool
    warns: bool
    traced: Traced | None
    built: Built | None
    backend: Backend
    data_dependent: bool
    notes: list[str]
    mode: Mode
    metrics: dict[str, int]
    limits: list[LimitRecord]
    uncounted: list[UncountedRecord]
    modules: list[ModuleRecord]
    comparison: ComparisonRecord | str | None
    targets: dict[str, AccountRecord]
    peaks: dict[str, PeakRecord]
    plans: dict[str, PlanRecord]
    sizes: dict[str, dict[str, int]]
    shares: dict[str, list[ShareRecord]]
    change: Change | None
    locked: dict[str, int]
    changes: list[ModuleChangeRecord]


def to_record(verdict: Verdict) -> CaseRecord:
    """A verdict as dicts, lists, texts, integers, booleans and None, fit for JSON and for another process."""
    return {
        "id": verdict.case,
        "kind": verdict.kind,
        "model": verdict.model,
        "point": dict(verdict.point),
        "place": of_place(verdict.place),
        "status": verdict.status,
        "reasons": list(verdict.reasons),
        "findings": [
            {"status": finding.status, "level": finding.level, "text": finding.text} for finding in verdict.findings
        ],
        "details": list(verdict.details),
        "reason": verdict.reason,
        "level": verdict.level,
        "until": verdict.until,
        "fails": verdict.fails,
        "warns": verdict.warns,
        "traced": verdict.traced,
        "built": verdict.built,
        "backend": verdict.backend,
        "data_dependent": verdict.data_dependent,
        "notes": list(verdict.notes),
        "mode": verdict.mode,
        "metrics": dict(verdict.metrics),
        "limits": [of_check(check) for check in verdict.checks],
        "uncounted": [_uncounted(each) for each in verdict.uncounted],
        "modules": [_module(row) for row in verdict.modules],
        "comparison": of_comparison(verdict.comparison),
        "targets": of_accounts(verdict),
        "peaks": of_peaks(verdict),
        "plans": of_plans(verdict.plans),
        "sizes": {name: dict(parts) for name, parts in verdict.sizes.items()},
        "shares": of_shares(verdict),
        "change": verdict.change,
        "locked": dict(verdict.locked),
        "changes": [of_change(each) for each in verdict.changes],
    }


def _module(row: ModuleRow) -> ModuleRecord:
    return {
        "path": row.path,
        "calls": row.calls,
        "macs": row.macs,
        "other_flops": row.other_flops,
        "params": row.params,
        "activations": row.activations,
        "operator": row.operator,
    }


def _uncounted(each: UncountedOperator) -> UncountedRecord:
    return {
        "operator": each.operator,
        "module": each.module,
        "calls": each.calls,
        "tensors": list(each.tensors),
        "outputs": each.outputs,
        "example": each.example,
    }


def _to_uncounted(each: UncountedRecord) -> UncountedOperator:
    return UncountedOperator(
        operator=each["operator"],
        module=each["module"],
        calls=each["calls"],
        tensors=tuple(each["tensors"]),
        outputs=each["outputs"],
        example=each["example"],
    )


def from_record(record: CaseRecord) -> Verdict:
    """The verdict that :func:`to_record` was given."""
    return Verdict(
        case=record["id"],
        kind=record["kind"],
        model=record["model"],
        point=record["point"],
        place=Place(**record["place"]),
        findings=tuple(Finding(**finding) for finding in record["findings"]),
        details=tuple(record["details"]),
        reason=record["reason"],
        level=record["level"],
        until=record["until"],
        traced=record["traced"],
        built=record["built"],
        backend=record["backend"],
        data_dependent=record["data_dependent"],
        notes=tuple(record["notes"]),
        mode=record["mode"],
        metrics=record["metrics"],
        checks=tuple(to_check(limit) for limit in record["limits"]),
        uncounted=tuple(_to_uncounted(each) for each in record["uncounted"]),
        modules=tuple(ModuleRow(**row) for row in record["modules"]),
        comparison=to_comparison(record["comparison"]),
        targets=to_accounts(record["targets"]),
        peaks=to_peaks(record["peaks"]),
        plans=to_plans(record["plans"]),
        sizes=record["sizes"],
        shares=to_shares(record["shares"]),
        change=record["change"],
        locked=record["locked"],
        changes=tuple(ModuleChange(**each) for each in record["changes"]),
    )
