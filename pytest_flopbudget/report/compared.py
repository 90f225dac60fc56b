"""``--flopbudget-compare`` on the terminal: raised limits first, then what each case costs and cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.past import Compared, Comparison, Number, Past
from pytest_flopbudget.judge.raised import Raise
from pytest_flopbudget.quantities import format_excess, format_pair, noun
from pytest_flopbudget.report.grew import change_rows, grown_first
from pytest_flopbudget.report.summary import Colour, Line
from pytest_flopbudget.report.text import WIDTH, counted, listed, wrapped
from pytest_flopbudget.report.where import root_of

_NAMED = 5


def comparison_lines(
    past: Past, found: Comparison, raises: Sequence[Raise], *, needs_reason: bool = False, width: int = WIDTH
) -> list[Line]:
    """All that there is to tell of a table beside what it was.

    Args:
        past: What it was.
        found: Its cases beside that.
        raises: Its limits that were loosened.
        needs_reason: Whether a raise without a reason fails.
        width: In columns.
    """
    lines = [Line(line, _colour(each, needs_reason=needs_reason)) for each in raises for line in _raise(each, width)]
    silent = reasonless(raises) if needs_reason else []
    if silent:
        lines += [Line(line, "red") for line in wrapped(_refusal(len(silent)), "", "  ", width)]
    lines += [Line(line, "yellow") for note in past.notes for line in wrapped(note, "", "  ", width)]
    for each in found.changed:
        lines += [Line(line) for line in _case(each, width)]
    return lines + [Line(line) for line in wrapped(_totals(past, found), "", "  ", width)]


def reasonless(raises: Sequence[Raise]) -> list[Raise]:
    """The limits that were raised for no reason that is told; one that is gone has no place for a reason."""
    return [each for each in raises if each.kind != "dropped" and not each.reason]


def _refusal(number: int) -> str:
    limits = counted(number, "limit")
    return (
        f"the run fails: raise_needs_reason asks for a new reason = '...' beside {limits} raised or rewritten without"
    )


def _colour(each: Raise, *, needs_reason: bool) -> Colour:
    return "red" if needs_reason and reasonless([each]) else "yellow"


def _raise(each: Raise, width: int) -> list[str]:
    name = f"{each.case} {_named(each.before)}"
    if each.after is None:
        text = f"budget dropped: {name} {_written(each.before)}"
    else:
        why = f"reason: {each.reason}" if each.reason else "without a new reason"
        text = f"budget {each.kind}: {name} {_written(each.before)} → {_written(each.after)}, {why}"
        text += f" ({each.after.place})"
    return wrapped(text, "", "  ", width)


def _named(limit: Limit) -> str:
    return f"{limit.name} of {limit.subject}" if limit.subject else limit.name


def _written(limit: Limit) -> str:
    """A limit as it is written; one that comes from sizes, with its value."""
    if limit.is_derived or not limit.source:
        return format_pair(limit.value, limit.value, METRICS[limit.metric].unit)[0]
    return limit.source


def _case(each: Compared, width: int) -> Iterator[str]:
    numbers = [_number(number, each) for number in each.numbers] or ["the same counts, in other modules"]
    yield from wrapped(f"{each.verdict.case}  {', '.join(numbers)}", "", "  ", width)
    metrics = [number.name.partition("@")[0] for number in each.numbers]
    metric = next((name for name in ("macs", "params", "activations") if name in metrics), "macs")
    changes = grown_first(each.changes, metric)
    if changes:
        heading = f"what changed, in {noun(METRICS[metric].unit)}"
        for line in change_rows(changes, heading, root_of(each.verdict), width=width - 2):
            yield f"  {line}"


def _number(number: Number, each: Compared) -> str:
    metric = METRICS[number.name.partition("@")[0]]
    before, after = format_pair(number.before, number.after, metric.unit)
    about = "≈ " if each.verdict.is_approximate(metric.name) else ""
    target = number.name.partition("@")[2]
    on = f" on {target}" if target else ""
    return f"{about}{before} → {after}{metric.remark}{on} ({format_excess(number.after, number.before)})"


def _totals(past: Past, found: Comparison) -> str:
    told = [f"{len(found.changed):,} changed"] if found.changed else []
    told += [f"{len(found.same):,} as before"] if found.same else []
    if found.new:
        more = len(found.new) - _NAMED
        names = listed([*found.new[:_NAMED], f"{more:,} more"] if more > 0 else found.new)
        told.append(f"{len(found.new):,} without a count there: {names}")
    number = len(found.changed) + len(found.same) + len(found.new)
    beside = f"{counted(number, 'case')} beside {past.called}"
    return f"{beside}: {', '.join(told)}." if number else f"no case was counted beside {past.called}."
