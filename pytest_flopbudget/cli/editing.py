"""The file with the declarations, for commands that write into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.declare.cases import Table
from pytest_flopbudget.declare.homes import ROOT
from pytest_flopbudget.declare.mentions import mentions_table
from pytest_flopbudget.declare.proposing import Proposal
from pytest_flopbudget.declare.root import read_unlimited
from pytest_flopbudget.declare.writing import Edit, edited
from pytest_flopbudget.errors import FlopBudgetError, shown
from pytest_flopbudget.store.writing import write_atomically


@dataclass(frozen=True, slots=True)
class File:
    """A file with a table of ours.

    Args:
        path: The file.
        called: As messages show it.
        table: What it declares; models may be without a limit.
    """

    path: Path
    called: str
    table: Table

    def written(self, proposals: Sequence[Proposal]) -> str:
        """Its text with some limits written.

        Raises:
            FlopBudgetError: Its layout does not let them be written and nothing else be touched.
        """
        edits = [Edit((*ROOT, *each.path), each.text) for each in proposals]
        return edited(text_of(self.path), edits, self.called)

    def save(self, text: str) -> None:
        """Write the file whole.

        Raises:
            FlopBudgetError: It cannot be written; it is what it was then.
        """
        save(self.path, text, self.called)


def find_file(config: str | None) -> File:
    """The file that is asked for, else the nearest ``pyproject.toml`` with a table of ours.

    Raises:
        TableError: The table has mistakes.
        AskedWrongly: There is no such file, or no table in it.
    """
    if config is not None:
        path = Path(config).absolute()
        table = read_unlimited(path, config) if path.is_file() else None
        if table is None:
            what = "the file has no table [tool.pytest-flopbudget]" if path.is_file() else "there is no such file"
            raise AskedWrongly(f"--config {shown(config)}: {what}")
        return File(path, config, table)
    here = Path.cwd()
    for path in (folder / "pyproject.toml" for folder in (here, *here.parents)):
        if mentions_table(path) and (table := read_unlimited(path)) is not None:
            return File(path, path.name, table)
    raise AskedWrongly(
        f"no pyproject.toml in {here} or above has a table [tool.pytest-flopbudget]: flopbudget init writes one"
    )


def text_of(path: Path) -> str:
    """A file's text with its line ends and its byte order mark, as they are."""
    return path.read_bytes().decode("utf-8")


def save(path: Path, text: str, called: str) -> None:
    """Write a file whole or not at all.

    Raises:
        FlopBudgetError: It cannot be written; it is what it was then.
    """
    try:
        write_atomically(path, text)
    except OSError as error:
        raise FlopBudgetError(f"{called} could not be written: {error.strerror or error}") from None
