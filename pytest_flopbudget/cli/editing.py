"""The files with the declarations, for commands that write into them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.declaring.homes import root_in
from pytest_flopbudget.declaring.included import file_called
from pytest_flopbudget.declaring.mentions import FILES, mentions_table
from pytest_flopbudget.declaring.proposing import Proposal
from pytest_flopbudget.declaring.root import read_unlimited
from pytest_flopbudget.declaring.writing import Edit, edited
from pytest_flopbudget.errors import FlopBudgetError, shown
from pytest_flopbudget.files import is_file
from pytest_flopbudget.report.text import listed
from pytest_flopbudget.store.writing import TogetherError, text_of, write_atomically, write_together

# ``models`` and its name.
_OF_A_MODEL = 2


@dataclass(frozen=True, slots=True)
class File:
    """A file with a table of ours, and those that it includes.

    Args:
        path: The file.
        called: As messages show it.
        table: What it declares; models may be without a limit.
    """

    path: Path
    called: str
    table: Table

    def written(self, proposals: Sequence[Proposal]) -> dict[str, str]:
        """The texts of the files that some limits belong in, each with its own written, by what messages call it.

        Raises:
            FlopBudgetError: A limit's place is not there, or a layout does not let it be written and nothing else be
                touched.
        """
        edits: dict[str, list[Edit]] = {}
        for each in proposals:
            # A new limit goes into what is there already: a model.
            known = each.path if each.before is not None else each.path[:_OF_A_MODEL]
            root = root_in(each.file, self.called)
            edits.setdefault(each.file, []).append(Edit((*root, *each.path), each.text, len(root) + len(known)))
        return {file: edited(text_of(self._path(file), file), own, file) for file, own in edits.items()}

    def save(self, texts: Mapping[str, str]) -> None:
        """Write files whole, all or none.

        Raises:
            FlopBudgetError: One cannot be written; all are what they were then, or the message says which are not.
        """
        save_all({self._path(file): (file, text) for file, text in texts.items()})

    def _path(self, file: str) -> Path:
        return file_called(file, self.path, self.called)


def find_file(config: str | None) -> File:
    """The file that is asked for, else the nearest ``pyproject.toml`` or ``flopbudget.toml`` with a table of ours.

    Raises:
        TableError: The table has mistakes.
        AskedWrongly: There is no such file, or no table in it.
    """
    if config is not None:
        path = Path(config).absolute()
        table = read_unlimited(path, config) if is_file(path) else None
        if table is None:
            what = "the file has no table [tool.pytest-flopbudget]" if is_file(path) else "there is no such file"
            raise AskedWrongly(f"--config {shown(config)}: {what}")
        return File(path, config, table)
    here = Path.cwd()
    for path in (folder / name for folder in (here, *here.parents) for name in FILES):
        if mentions_table(path) and (table := read_unlimited(path)) is not None:
            return File(path, path.name, table)
    raise AskedWrongly(
        f"no pyproject.toml in {here} or above has a table [tool.pytest-flopbudget]: flopbudget init writes one"
    )


def save(path: Path, text: str | bytes, called: str) -> None:
    """Write a file whole or not at all.

    Raises:
        FlopBudgetError: It cannot be written; it is what it was then.
    """
    try:
        write_atomically(path, text)
    except OSError as error:
        raise FlopBudgetError(f"{called} could not be written: {error.strerror or error}") from None


def save_all(texts: Mapping[Path, tuple[str, str]]) -> None:
    """Write files whole, all or none; each has what messages call it, and its text.

    Raises:
        FlopBudgetError: One cannot be written; all are what they were then, or the message says which are not.
    """
    try:
        write_together({path: text for path, (_, text) in texts.items()})
    except TogetherError as error:
        changed = [texts[path][0] for path in error.changed]
        rest = f"; written already: {listed(changed)}" if changed else "; none is changed" if len(texts) > 1 else ""
        raise FlopBudgetError(f"{texts[error.path][0]} could not be written: {error.strerror}{rest}") from None
