"""How long the reports of very many cases take: ``python tests/benchmarks/reports.py [CASES]``."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, ModuleRow, Verdict
from pytest_flopbudget.report.annotations import commands
from pytest_flopbudget.report.formats import FORMATS
from pytest_flopbudget.report.markdown.page import LARGEST_SUMMARY, page
from pytest_flopbudget.report.reading import read_report
from pytest_flopbudget.report.results import Reached, Results, results

_CASES = 10_000
_MODULES = 60
_MACS = 4_000_000


def many(number: int) -> Results:
    """A run of so many cases, each with 60 modules; every tenth is over its limit, and has grown."""
    place = Place("pyproject.toml", 7)
    limit = Limit(metric="macs", value=_MACS * _MODULES, place=place, source="240 M", reason="30 fps")
    modules = tuple(ModuleRow(f"blocks.{at}", 1, _MACS, 10**5, 10**4, 10**5) for at in range(_MODULES))
    macs = _MACS * _MODULES
    whole = Verdict(
        case="",
        model="net",
        place=place,
        metrics={"macs": macs, "flops": 2 * macs, "total_flops": 3 * macs, "params": 10**6, "activations": 10**6},
        checks=(Check(limit, macs),),
        modules=(ModuleRow("", 1, macs, 10**6, 10**6, 10**6), *modules),
        traced="shapes",
        built="meta",
        change="same",
        locked={"macs": macs, "params": 10**6, "activations": 10**6},
    )
    over = replace(
        whole,
        findings=(Finding("exceeded", "error", "264 MMACs > 240 MMACs (+10%)"),),
        checks=(Check(limit, macs + macs // 10),),
        change="grown",
        changes=tuple(ModuleChange(f"blocks.{at}", "grown", "macs", _MACS // 2, _MACS) for at in range(20)),
    )
    cases = (replace(whole if at % 10 else over, case=f"net::R{at:05}") for at in range(number))
    return results(Reached("pyproject.toml", each) for each in cases)


def main() -> None:
    """Time every form once."""
    run = many(int(sys.argv[1]) if len(sys.argv) > 1 else _CASES)
    forms = {f"*{suffix}": form.write for suffix, form in FORMATS.items()}
    forms |= {
        "a job's summary": lambda found: page(found, LARGEST_SUMMARY),
        "annotations": lambda found: "\n".join(commands(found, str)),
    }
    texts = {}
    for name, write in forms.items():
        start = time.perf_counter()
        texts[name] = write(run)
        print(f"{name:<16} {time.perf_counter() - start:6.2f} s  {len(texts[name].encode()):>12,} bytes")
    start = time.perf_counter()
    read_report(texts["*.json"], "flops.json")
    print(f"{'read back':<16} {time.perf_counter() - start:6.2f} s")


if __name__ == "__main__":
    main()
