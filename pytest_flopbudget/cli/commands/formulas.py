"""``flopbudget formulas``: what is counted and how, from the formulas' own docstrings."""

from __future__ import annotations

from collections.abc import Sequence

import click

from pytest_flopbudget.cli.asking import find_table
from pytest_flopbudget.cli.exits import Exit
from pytest_flopbudget.cli.formula_rows import FormulaRecord, FormulasRecord, formula_records, matching
from pytest_flopbudget.cli.options import examples, shared
from pytest_flopbudget.cli.showing import aside, show, show_json, width
from pytest_flopbudget.counting.onnx_formulas import ONNX_FORMULAS
from pytest_flopbudget.declaring.resolving import importable
from pytest_flopbudget.report.text import wrapped

EXAMPLES = examples("flopbudget formulas", "flopbudget formulas conv2d", "flopbudget formulas '*attention*' --json")
_TITLES = {"formula": "Formulas", "free": "Free: they compute nothing", "module": "Formulas of whole modules"}

Printed = FormulasRecord


@click.command(epilog=EXAMPLES)
@click.argument("name", required=False)
@shared
def command(name: str | None, config: str | None, as_json: bool) -> int:
    """Tell what is counted and how: of the operators that NAME fits, or of all.

    NAME is an operator, aten::conv2d, conv2d or onnx::Conv, or a glob. The formulas of the project's own table are
    among them.
    """
    table = find_table(config)

    from pytest_flopbudget.engine import formulas_of

    with importable(table.folders), aside():
        records = formula_records(ONNX_FORMULAS + formulas_of(table))
    if name is not None:
        records = matching(records, name)
    if as_json:
        printed: FormulasRecord = {"schema_version": 1, "formulas": records}
        show_json(printed)
    elif name is None:
        _show_all(records)
    else:
        _show_each(records)
    return Exit.KEPT


def _show_all(records: Sequence[FormulaRecord]) -> None:
    """A line each: what they are called, and the first that is said of them."""
    for kind, title in _TITLES.items():
        own = [row for row in records if row["kind"] == kind]
        if own:
            show(f"{title} ({len(own):,})", "bold")
        for row in own:
            show("\n".join(wrapped(row["says"].partition("\n")[0], f"{row['name']}  ", "    ", width())))
        show()


def _show_each(records: Sequence[FormulaRecord]) -> None:
    """What is said of them in full; those that share a function together."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for row in records:
        groups.setdefault((row["kind"], row["says"], row["place"]), []).append(row["name"])
    for index, ((kind, says, place), names) in enumerate(groups.items()):
        if index:
            show()
        for line in wrapped(", ".join(names), "", "", width()):
            show(line, "bold")
        for paragraph in (f"free: {says}" if kind == "free" else says).split("\n"):
            show("\n".join(wrapped(paragraph, "  ", "  ", width())))
        show(f"  {place}", "dim")
