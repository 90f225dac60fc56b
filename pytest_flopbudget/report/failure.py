"""What a failing test shows: the exact numbers, where the cost goes, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded
from pytest_flopbudget.judge.breakdown import Share, column_of, dearest, own_shares
from pytest_flopbudget.judge.verdicts import OVER, Check, Verdict
from pytest_flopbudget.judge.wording import about
from pytest_flopbudget.quantities import format_exact, format_excess, noun
from pytest_flopbudget.report.text import WIDTH, shortened, wrapped
from pytest_flopbudget.report.uncounted import uncounted_section


def failure(verdict: Verdict) -> FlopBudgetError | FlopBudgetExceeded:
    """The exception for a verdict that fails; its message is the failure's body."""
    kind = FlopBudgetExceeded if verdict.status in OVER else FlopBudgetError
    return kind(body(verdict))


def body(verdict: Verdict) -> str:
    """All there is to say on a verdict: first its reasons, one a line, then a paragraph on each matter."""
    missed = [check for check in verdict.checks if not check.kept]
    judged = missed if verdict.level != "off" else []
    paragraphs = [
        [*verdict.reasons, *verdict.details],
        *(_on_check(check) for check in judged),
        _convention(judged),
        *_where_it_goes(verdict, judged),
        uncounted_section(verdict),
        _on_zero(verdict),
        _footer(verdict, judged),
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def _on_check(check: Check) -> list[str]:
    limit, metric = check.limit, METRICS[check.limit.metric]
    over = check.measured - limit.value
    excess = f" ({format_excess(check.measured, limit.value)})"
    counted, beyond = (about(format_exact(each), approximate=check.approximate) for each in (check.measured, abs(over)))
    written = f", written {limit.source!r} at {limit.place}"
    rows = (
        ("counted", check.measured, counted, " (2 × MACs)" if metric.name == "flops" else ""),
        ("limit" if limit.relation == "<=" else "must be", limit.value, format_exact(limit.value), written),
        ("over" if over > 0 else "under", abs(over), beyond, excess),
    )
    width = max(len(count) for _, _, count, _ in rows)
    return [
        f"{metric.name}:",
        *(f"  {name:<7}  {count:>{width}} {noun(metric.unit, value)}{remark}" for name, value, count, remark in rows),
        *(wrapped(limit.reason, "  reason   ", " " * 11) if limit.reason else []),
    ]


def _convention(missed: Sequence[Check]) -> list[str]:
    """People mix MACs and FLOPs up; a factor of about two is the sign of it."""
    for check in missed:
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


def _where_it_goes(verdict: Verdict, missed: Sequence[Check]) -> list[list[str]]:
    metrics = dict.fromkeys(column_of(check.limit.metric) for check in missed)
    return [table for table in (_dearest_table(verdict, metric) for metric in metrics) if table]


def _dearest_table(verdict: Verdict, metric: str) -> list[str]:
    shares = dearest(verdict.modules, metric)
    if not shares or not verdict.metrics.get(metric):
        return []
    number = len(own_shares(verdict.modules, metric))
    which = f"the {len(shares)} dearest of {number} modules" if number > len(shares) else "by module"
    return [f"Where the {noun(METRICS[metric].unit)} go, {which}:", *share_rows(verdict, shares, metric)]


def share_rows(verdict: Verdict, shares: Sequence[Share], metric: str, width: int = WIDTH) -> list[str]:
    """A row a module: its path, what it costs, and its share of the whole model's cost."""
    unit, total = METRICS[metric].unit, verdict.metrics[metric]
    approximate = verdict.is_approximate(metric)
    counts = [about(format_exact(share.value), approximate=approximate) for share in shares]
    digits = max(map(len, counts))
    room = width - 2 - 2 - digits - 1 - len(noun(unit)) - 2 - len("100.0%")
    paths = [shortened(share.path or "(the model itself)", room) for share in shares]
    column = max(map(len, paths))
    return [
        f"  {path:<{column}}  {count:>{digits}} {noun(unit)}  {_share(share.value, total):>6}"
        for path, count, share in zip(paths, counts, shares, strict=True)
    ]


def _share(value: int, total: int) -> str:
    thousandths = (2000 * value + total) // (2 * total)
    return f"{thousandths // 10}.{thousandths % 10}%"


def _on_zero(verdict: Verdict) -> list[str]:
    if verdict.status != "empty" or verdict.uncounted:
        return []
    return wrapped(
        f"A budget over nothing is kept by every model, so it fails. If the model {verdict.model} is to have no "
        f"multiply–accumulates, write allow_zero = true in its table ({verdict.place}).",
        "",
        "",
    )


def _footer(verdict: Verdict, missed: Sequence[Check]) -> list[str]:
    lines = []
    told = {check.limit.reason for check in missed}
    if verdict.reason and verdict.reason not in told:
        lines += wrapped(verdict.reason, "Reason: ", "  ")
    if verdict.traced:
        lines.append(f"Traced: {verdict.traced}. Built: {verdict.built}.")
    for note in verdict.notes:
        lines += wrapped(note, "  ", "    ")
    if verdict.data_dependent:
        lines.append("≈: the forward's way depends on values; other inputs may cost something else.")
    places = [f"{check.limit.metric} at {check.limit.place}" for check in missed]
    if places:
        lines += wrapped(f"To change the limit, edit {', '.join(places)}.", "", "  ")
    return lines
