"""docs/benchmarks.md: what the benchmarks found, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench_results import Aim, Row

_MEGABYTE = 1e6
_HEAD = """\
# Benchmarks

How long a count takes, beside other counters, by `make bench`. It is no part of `make test`.

- *time*: the median of counts side by side, round by round in turn. What guards the model, and the breakdowns by
  modules and operators, are included. *Ratio*: how many times as long as ours.
- *first*: the first count in a fresh process, with what it imports beyond torch; the model is built already.
- *memory*: how far that count's peak is above what the process had before it, in megabytes.
- The bare forward counts nothing: it is what any tracing on torch's meta device pays at least. It and `FlopCounterMode`
  on meta have the model without data; all others have it on the CPU."""


def page(
    machine: Sequence[str],
    aims: Sequence[Aim],
    models: Mapping[str, Sequence[Row]],
    ours: str,
    others: Mapping[str, Sequence[Sequence[str]]],
) -> str:
    """The page.

    Args:
        machine: What it was measured on, a line each.
        aims: What is aimed at.
        models: The rows of each model, by its title.
        ours: The name of our own rows.
        others: Further tables by their headings; each one's first row is its head.
    """
    parts = [_HEAD, "## Measured on", "\n".join(f"- {line}" for line in machine)]
    if aims:
        parts += ["## What is aimed at", aims_table(aims)]
    for title, rows in models.items():
        parts += [f"## {title}", model_table(rows, ours)]
    for title, table in others.items():
        parts += [f"## {title}", markdown(table)]
    return "\n\n".join(parts) + "\n"


def aims_table(aims: Iterable[Aim]) -> str:
    """What is aimed at, what was measured, and whether that is reached."""
    rows = [("", "aim", "measured", "")]
    for aim in aims:
        bound = f"{'at most' if aim.at_most else 'at least'} {aim.format.format(aim.bound)}"
        measured = "–" if aim.measured is None else aim.format.format(aim.measured)
        told = {None: "not measured", True: "reached", False: "**missed**"}[aim.reached]
        rows.append((aim.what, bound, measured, told))
    return markdown(rows)


def model_table(rows: Iterable[Row], ours: str) -> str:
    """Every counter on one model, ours as the measure of the ratios."""
    listed = list(rows)
    own = next((row.seconds for row in listed if row.counter == ours), None)
    table = [("counter", "time", "ratio", "first", "memory")]
    for row in listed:
        if row.failure:
            table.append((row.counter, f"cannot: {row.failure}", "", "", ""))
            continue
        ratio = "–" if own is None or row.seconds is None else f"{row.seconds / own:.1f}×"
        added = "–" if row.added is None else f"{row.added / _MEGABYTE:.0f} MB"
        table.append((row.counter, duration(row.seconds), ratio, duration(row.first), added))
    return markdown(table)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown, its first row the head; numbers stand to the right."""
    head, *body = rows
    lines = [head, ["---", *(["--:"] * (len(head) - 1))], *body]
    return "\n".join("|" + "".join(f" {cell} |" if cell else " |" for cell in cells) for cells in lines)


def duration(seconds: float | None) -> str:
    """Seconds as a reader wants them: ``"4.2 ms"``, ``"12.3 s"``."""
    if seconds is None:
        return "–"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
