"""The further tables of the page: our own time by size, planning beside tracing, and runs of pytest."""

from __future__ import annotations

from collections.abc import Mapping

from bench_found import Found, Suites
from bench_page import duration
from bench_suites import Spent

Table = list[tuple[str, ...]]
_PLAIN = "tests that do nothing, without the plugin, torch imported"


def others(found: Found, titles: Mapping[str, str]) -> dict[str, Table]:
    """The tables by their headings.

    Args:
        found: What was measured.
        titles: What the page calls each model.
    """
    tables = {
        "Ours side by side": _sizes(found, titles),
        "Planning memory beside tracing": _planning(found, titles),
    }
    if found.suites is not None:
        tables["Runs of pytest"] = _runs(found.suites)
    return {title: table for title, table in tables.items() if len(table) > 1}


def _sizes(found: Found, titles: Mapping[str, str]) -> Table:
    return [("model", "time"), *((titles[name], duration(seconds)) for name, seconds in found.sizes.items())]


def _planning(found: Found, titles: Mapping[str, str]) -> Table:
    table: Table = [("model", "tracing", "peak as it is", "arena of an int8 microcontroller")]
    for name, outcome in found.planning.items():
        if outcome.failure:
            table.append((titles[name], f"cannot: {outcome.failure}", "", ""))
            continue
        table.append((titles[name], *(duration(outcome.numbers[part]) for part in ("tracing", "liveness", "arena"))))
    return table


def _runs(suites: Suites) -> Table:
    without, with_it = suites.empty
    torch = "torch is not imported" if suites.torch_free else "torch is imported"
    return [
        ("run", "time", "measuring", "outside, a case", "most memory"),
        ("one test, without the plugin: processor time", duration(without), "", "", ""),
        (f"one test, with it installed ({torch}): processor time", duration(with_it), "", "", ""),
        _run(f"{_PLAIN}, alone", suites.plain),
        _run(f"{_PLAIN}, by two workers", suites.plain_together),
        _run("declared cases, alone", suites.alone),
        _run("declared cases, by two workers", suites.together),
        _run("declared cases, judged and told only", suites.few),
        _run("declared cases, judged and told only", suites.many),
    ]


def _run(what: str, spent: Spent) -> tuple[str, ...]:
    title = f"{spent.cases:,} {what}"
    outside = f"{spent.outside * 1e3:.2f} ms"
    return title, duration(spent.wall), duration(spent.measured), outside, f"{spent.peak / 1e6:.0f} MB"
