"""What a shell completes: names that the table declares. Nothing is measured, and torch is not imported."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from pytest_flopbudget.cli.asking import find_table
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import FlopBudgetError


def metrics(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """The metrics."""
    return _beginning(METRICS, begun)


def targets(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """The declared targets."""
    return _beginning((target.name for target in _table(ctx).targets), begun)


def tables(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """The declared tables of costs."""
    return _beginning((table.name for table in _table(ctx).tables), begun)


def models(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """The declared models, or the cases of one that is named already."""
    cases = _table(ctx).cases
    return _beginning((case.id if "::" in begun else case.model for case in cases), begun)


def factories(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem]:
    """The declared models; where none begins like that, files."""
    found = models(ctx, param, begun)
    return [CompletionItem(name) for name in found] or [CompletionItem(begun, type="file")]


def _table(ctx: click.Context) -> Table:
    try:
        return find_table(ctx.params.get("config"))
    except FlopBudgetError:
        # A shell has no place to tell mistakes; the command tells them once it runs.
        return Table(path="")


def _beginning(names: Iterable[str], begun: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(begun)]
