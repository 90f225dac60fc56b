"""What a failing test shows: the exact numbers, where the cost goes, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import OVER, Check, Verdict
from pytest_flopbudget.judge.wording import about
from pytest_flopbudget.quantities import format_exact, format_excess, noun
from pytest_flopbudget.report.crosscheck import beside_thop
from pytest_flopbudget.report.harmless import harmless
from pytest_flopbudget.report.headline import told_of
from pytest_flopbudget.report.memory import memory_sections
from pytest_flopbudget.report.shares import share_sections
from pytest_flopbudget.report.text import counted, listed, wrapped
from pytest_flopbudget.report.uncounted import uncounted_section
from pytest_flopbudget.report.where import where_it_goes

_MODULES_TOLD = 3


def failure(verdict: Verdict) -> FlopBudgetError | FlopBudgetExceeded:
    """The exception for a verdict that fails; its message is the failure's body."""
    kind = FlopBudgetExceeded if verdict.status in OVER else FlopBudgetError
    return kind(body(verdict))


def body(verdict: Verdict) -> str:
    """All there is to say on a verdict: first its reasons, one a line, then a paragraph on each matter."""
    judged = told_of(verdict)
    paragraphs = [
        [*verdict.reasons, *verdict.details],
        *_on_checks(verdict, judged),
        _convention(judged),
        *memory_sections(verdict, judged),
        *share_sections(verdict, judged),
        *where_it_goes(verdict, judged),
        beside_thop(verdict),
        uncounted_section(verdict),
        _on_zero(verdict),
        _footer(verdict, judged),
    ]
    return "\n\n".join("\n".join(map(harmless, lines)) for lines in paragraphs if lines)


def _on_checks(verdict: Verdict, missed: Sequence[Check]) -> list[list[str]]:
    """A paragraph on each limit; of one on many modules the first few, since the reasons name all."""
    of_limit: dict[tuple[str, str], list[Check]] = {}
    for check in missed:
        of_limit.setdefault((check.limit.subject, check.limit.name), []).append(check)
    paragraphs, told = [], set[tuple[str, str | None]]()
    for checks in of_limit.values():
        for check in checks[:_MODULES_TOLD]:
            whose = (check.limit.target, check.limit.reason)
            # A target has one reason for all of its limits.
            paragraphs.append(_on_check(verdict, check, reason="" if whose in told else check.limit.reason or ""))
            told |= {whose} if check.limit.target else set()
        more = len(checks) - _MODULES_TOLD
        if more > 0:
            what = "near" if checks[0].near else "over"
            paragraphs[-1].append(f"{_named(checks[0].limit)}: {counted(more, 'more module')} {what} the same limit")
    return paragraphs


def _named(limit: Limit, subject: str | None = None) -> str:
    subject = limit.subject if subject is None else subject
    return f"{limit.name} of {subject}" if subject else limit.name


def _edited(limit: Limit) -> str:
    """What stands at a limit's place: its key, or that of the size that it comes from."""
    return f"{limit.source.partition(' ')[0]} of {limit.target}" if limit.is_derived else _named(limit)


def _written(verdict: Verdict, check: Check) -> str:
    """How a limit is written and where, and what it is a share of."""
    limit, unit = check.limit, METRICS[check.limit.metric].unit
    text = f", {limit.source}, at" if limit.is_derived else f", written {limit.source!r} at"
    text += f" {limit.place}"
    if check.base is None:
        return text
    whole = "the whole region" if verdict.kind == "region" else "the whole model"
    return f"{text} ({limit.of or whole}: {format_exact(check.base)} {noun(unit, check.base)})"


def _on_check(verdict: Verdict, check: Check, reason: str) -> list[str]:
    limit, metric = check.limit, METRICS[check.limit.metric]
    over = check.measured - limit.value
    used = f"{100 * check.measured // limit.value}% used" if check.near else ""
    excess = f" ({used or format_excess(check.measured, limit.value)})"
    counted, beyond = (about(format_exact(each), approximate=check.approximate) for each in (check.measured, abs(over)))
    names = _words(check)
    rows = (
        (names[0], check.measured, counted, metric.remark),
        (names[1], limit.value, format_exact(limit.value), _written(verdict, check)),
        (names[2], abs(over), beyond, excess),
    )
    width, column = max(len(count) for _, _, count, _ in rows), max(7, *map(len, names))
    return [
        f"{_named(limit, check.module)}:",
        *(f"  {name:<{column}}  {count:>{width}} {noun(metric.unit, n)}{remark}" for name, n, count, remark in rows),
        *(wrapped(reason, f"  {'reason':<{column}}  ", " " * (column + 4)) if reason else []),
    ]


def _words(check: Check) -> tuple[str, str, str]:
    """What the rows of a limit are called: bytes are required and available, all else is counted."""
    over = check.measured > check.limit.value
    if METRICS[check.limit.metric].is_of_memory and over and check.limit.relation == "<=":
        return "required", "available", "excess"
    limit = "limit" if check.limit.relation == "<=" else "must be"
    return "counted", limit, "left" if check.near else "over" if over else "under"


def _convention(missed: Sequence[Check]) -> list[str]:
    """People mix MACs and FLOPs up; a factor of about two is the sign of it."""
    for check in missed:
        if check.limit.share is not None:
            continue
        metric, measured, limit = check.limit.metric, check.measured, check.limit.value
        word = "twice" if _is_about(measured, 2 * limit) else "half" if _is_about(2 * measured, limit) else ""
        if word and metric in {"macs", "flops"}:
            return wrapped(
                f"The {metric} are about {word} the number written. One MAC is two FLOPs; torchvision, timm, fvcore "
                'and most papers print MACs as "FLOPs".',
                "",
                "",
            )
    return []


def _is_about(value: int, other: int) -> bool:
    return other > 0 and 20 * abs(value - other) <= other


def _on_zero(verdict: Verdict) -> list[str]:
    if verdict.status != "empty" or verdict.kind == "bundle":
        return []
    is_declared = verdict.kind == "declared"
    if verdict.metrics.get("macs"):
        where = f"write allow_zero = true in the table of {verdict.model}" if is_declared else "pass allow_zero=True"
        text = (
            "A limit over nothing is kept by every model, so it fails. Limit the module that calls it, or, if it is "
            f"to have no multiply–accumulates, {where} ({verdict.place})."
        )
    elif verdict.uncounted:
        return []
    else:
        subject = f"the model {verdict.model}" if is_declared else f"what the {verdict.kind} measures"
        where = "write allow_zero = true in its table" if is_declared else "pass allow_zero=True"
        text = (
            f"A budget over nothing is kept by every model, so it fails. If {subject} is to have no "
            f"multiply–accumulates, {where} ({verdict.place})."
        )
    return wrapped(text, "", "")


def _footer(verdict: Verdict, missed: Sequence[Check]) -> list[str]:
    lines = []
    told = {check.limit.reason for check in missed}
    if verdict.reason and verdict.reason not in told:
        lines += wrapped(verdict.reason, "Reason: ", "  ")
    if verdict.traced:
        lines.append(f"Traced: {verdict.traced}. Built: {verdict.built}.")
    for note in verdict.notes:
        lines += wrapped(note, "  ", "    ")
    if verdict.data_dependent or any(check.approximate for check in verdict.checks):
        lines.append("≈: the forward's way depends on values; other inputs may cost something else.")
    if missed:
        lines += wrapped(f"To change the limit, edit {_places(missed)}.", "", "  ")
    return lines


def _places(missed: Sequence[Check]) -> str:
    """What stands at each place: ``macs and params at test_net.py:8, flops at pyproject.toml:3``."""
    names: dict[str, dict[str, None]] = {}
    for check in missed:
        names.setdefault(str(check.limit.place), {})[_edited(check.limit)] = None
    return ", ".join(f"{listed(each)} at {place}" for place, each in names.items())
