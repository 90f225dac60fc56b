"""A declared case after templates and inheritance, as TOML says it and as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from typing import Literal, TypedDict

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.model_files import takes_its_own
from pytest_flopbudget.declaring.spots import bare_or_quoted
from pytest_flopbudget.declaring.toml_text import inputs_value, toml_text
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.quantities import Relation, format_exact, noun, parse_rate, write_exact
from pytest_flopbudget.report.limit_record import PlaceRecord, of_place

# What says which case it is, or is told in a way of its own.
_APART = (
    "model",
    "point_name",
    "point",
    "place",
    "inputs",
    "limits",
    "targets",
    "growth",
    "warn_at",
    "execute_limit",
    "swept",
)


class DeclaredLimitRecord(TypedDict):
    """A limit in its metric's unit, None where a count or the lock says it; ``source`` is as it is written."""

    metric: str
    subject: str
    relation: Relation
    limit: int | None
    source: str
    place: PlaceRecord
    reason: str | None


class DeclarationRecord(TypedDict):
    """A case: its keys but those that are as they are by default, its limits, and those of each target."""

    id: str
    point: dict[str, int]
    place: PlaceRecord
    declaration: dict[str, object]
    limits: list[DeclaredLimitRecord]
    targets: dict[str, list[DeclaredLimitRecord]]


class ShowRecord(TypedDict):
    """What ``flopbudget show --json`` prints."""

    schema_version: Literal[1]
    file: str
    cases: list[DeclarationRecord]


def declaration(case: Case) -> Iterator[str]:
    """A comment with the case and its place, then a line a key; what is as it is by default is left out."""
    yield f"# {case.id}, {case.place}{', swept: locked and drawn only' if case.swept else ''}"
    for key, value in values_of(case).items():
        yield f"{key} = {toml_text(value)}"
    lines = [(_key(limit), toml_text(_text(limit)), _comment(limit, case.reason)) for limit in case.limits]
    width = max((len(f"{key} = {text}") for key, text, _ in lines), default=0)
    for key, text, comment in lines:
        yield f"{f'{key} = {text}'.ljust(width)}  # {comment}"
    for target in case.targets:
        for limit in target.limits:
            yield f"# on {target.name}: {limit.metric} {_number(limit)}, {limit.place}"


def values_of(case: Case) -> dict[str, object]:
    """The keys of a case and their values, its limits apart; what is as it is by default is left out."""
    found: dict[str, object] = {"factory": case.factory}
    if case.input_factory is None and not takes_its_own(case):
        found["input"] = inputs_value(case.inputs)
    for field in fields(Case):
        value = getattr(case, field.name)
        default = field.default if field.default_factory is MISSING else field.default_factory()
        if field.name not in (*_APART, *found) and value != default:
            found[field.name] = value
    if case.targets:
        found["targets"] = [target.name for target in case.targets]
    if case.execute_limit != Case.__dataclass_fields__["execute_limit"].default:
        found["execute_limit"] = write_exact(case.execute_limit, "B")
    if case.warn_at is not None:
        found["warn_at"] = f"{float(100 * case.warn_at):g}%"
    if case.growth:
        by_metric = {metric: growth.source for metric, growth in case.growth.items()}
        found["max_growth"] = by_metric[""] if list(by_metric) == [""] else by_metric
    return found


def record(case: Case) -> DeclarationRecord:
    """The same as data, for JSON: a limit's number is in the metric's unit."""
    return {
        "id": case.id,
        "point": dict(case.point),
        "place": of_place(case.place),
        "declaration": {key: str(value) if key == "until" else _plain(value) for key, value in values_of(case).items()},
        "limits": [_limit_record(limit) for limit in case.limits],
        "targets": {target.name: [_limit_record(limit) for limit in target.limits] for target in case.targets},
    }


def _plain(value: object) -> object:
    """A value that JSON can say; what it cannot is told as TOML."""
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return toml_text(value)


def _limit_record(limit: Limit) -> DeclaredLimitRecord:
    return {
        "metric": limit.metric,
        "subject": limit.subject,
        "relation": limit.relation,
        "limit": limit.value if limit.share is None and limit.relation != "lock" else None,
        "source": limit.source,
        "place": of_place(limit.place),
        "reason": limit.reason,
    }


def _key(limit: Limit) -> str:
    name = limit.metric if limit.growth is None else "max_growth"
    return f"modules.{bare_or_quoted(limit.subject)}.{name}" if limit.subject else name


def _text(limit: Limit) -> str:
    """The limit as it is written, or as the number at this point where that is one for each element."""
    unit = METRICS[limit.metric].unit
    if not parse_rate(limit.source, unit):
        return limit.source
    return f"{'= ' if limit.relation == '=' else ''}{write_exact(limit.value, unit)}"


def _comment(limit: Limit, told: str | None) -> str:
    if parse_rate(limit.source, METRICS[limit.metric].unit):
        known = f"{limit.source}, "
    else:
        known = "" if limit.share is not None or limit.relation == "lock" else f"{_number(limit)}, "
    reason = f", {limit.reason}" if limit.reason and limit.reason != told else ""
    return f"{known}{limit.place}{reason}"


def _number(limit: Limit) -> str:
    return f"{format_exact(limit.value)} {noun(METRICS[limit.metric].unit)}"
