"""The section of ``--flopbudget-compare``, whole."""

from __future__ import annotations

from dataclasses import replace

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.past import Compared, Comparison, Number, Past
from pytest_flopbudget.judge.raised import Raise
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.compared import comparison_lines, reasonless
from pytest_flopbudget.report.summary import Line

PAST = Past("main (1a2b3c4d5)")


def limit(value: int, source: str, reason: str | None = None) -> Limit:
    return Limit(metric="macs", value=value, place=Place("pyproject.toml", 7), source=source, reason=reason)


RAISED = Raise("det::coco", "raised", limit(80, "80 G"), limit(90, "90 G", "a wider head"))
SILENT = Raise("det::coco", "raised", limit(80, "80 G", "30 fps"), limit(90, "90 G", "30 fps"))
DROPPED = Raise("det::coco", "dropped", replace(limit(80, "80 G"), subject="a.*"), None)
DERIVED = replace(limit(262_144, "ram - reserve_ram"), metric="arena_bytes", target="nucleo", is_derived=True)


def test_raised_limits_stand_first(exceeded: Verdict) -> None:
    changed = Compared(
        replace(exceeded, case="det::coco"),
        (Number("macs", 29_000_000, 29_720_000), Number("arena_bytes@nucleo", 1_024, 2_048)),
        (
            ModuleChange("stem", "moved", "macs", 5, 5, was="root"),
            ModuleChange("a", "grown", "macs", 9_000_000, 9_720_000),
            ModuleChange("a", "grown", "params", 1, 2),
        ),
    )
    found = Comparison((changed,), ("a", "b"), ("c",))
    noted = replace(PAST, notes=("there is no lock",))
    assert comparison_lines(noted, found, [RAISED, DROPPED]) == [
        Line("budget raised: det::coco macs 80 G → 90 G, reason: a wider head", "yellow"),
        Line("  (pyproject.toml:7)", "yellow"),
        Line("budget dropped: det::coco macs of a.* 80 G", "yellow"),
        Line("there is no lock", "yellow"),
        Line("det::coco  29 MMACs → 29.72 MMACs (+2.5%), 1 KiB → 2 KiB (arena) on nucleo"),
        Line("  (+100%)"),
        Line("  what changed, in MACs:"),
        Line("    a     +720,000  from 9,000,000 (+8%)"),
        Line("    stem         0  moved from root"),
        Line("4 cases beside main (1a2b3c4d5): 1 changed, 2 as before, 1 without a count"),
        Line("  there: c."),
    ]


def test_a_raise_without_a_reason() -> None:
    nothing = Comparison((), (), ())
    told = "budget raised: det::coco macs 80 G → 90 G, without a new reason"
    assert comparison_lines(PAST, nothing, [SILENT])[0] == Line(told, "yellow")
    assert comparison_lines(PAST, nothing, [SILENT], needs_reason=True)[0] == Line(told, "red")
    assert comparison_lines(PAST, nothing, [RAISED], needs_reason=True)[0].colour == "yellow"
    assert comparison_lines(PAST, nothing, [])[0] == Line("no case was counted beside main (1a2b3c4d5).")


def test_a_limit_that_comes_from_sizes_is_told_by_its_value() -> None:
    raise_ = Raise("kws", "raised", DERIVED, replace(DERIVED, value=524_288))
    assert comparison_lines(PAST, Comparison((), (), ()), [raise_])[0] == Line(
        "budget raised: kws arena_bytes@nucleo 256 KiB → 512 KiB, without a new reason", "yellow"
    )


def test_which_need_a_reason() -> None:
    rewritten = replace(SILENT, kind="rewritten")
    assert reasonless([RAISED, SILENT, DROPPED, rewritten]) == [SILENT, rewritten]


def test_many_new_cases() -> None:
    new = tuple(f"case{at}" for at in range(7))
    assert comparison_lines(PAST, Comparison((), (), new), []) == [
        Line("7 cases beside main (1a2b3c4d5): 7 without a count there: case0, case1, case2,"),
        Line("  case3, case4 and 2 more."),
    ]
