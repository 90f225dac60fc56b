"""The first declaration of a model: its text, and the file that it goes into."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_flopbudget.cli.asking import Subject
from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.homes import homes_of, root_in
from pytest_flopbudget.declaring.lines import Path as Keys
from pytest_flopbudget.declaring.mentions import FILES, mentions_table
from pytest_flopbudget.declaring.model_files import takes_its_own
from pytest_flopbudget.declaring.proposing import Proposal
from pytest_flopbudget.declaring.root import read_unlimited
from pytest_flopbudget.declaring.source import read_toml
from pytest_flopbudget.declaring.spots import dotted
from pytest_flopbudget.declaring.toml_text import inputs_value, toml_text
from pytest_flopbudget.declaring.writing import Edit, edited
from pytest_flopbudget.store.writing import text_of

_PATH_KEY = "pythonpath"


@dataclass(frozen=True, slots=True)
class Start:
    """A model to be declared.

    Args:
        file: Where.
        called: The file as messages show it.
        name: The model's name.
        subject: What is to be measured.
    """

    file: Path
    called: str
    name: str
    subject: Subject

    def text(self, limits: Mapping[str, object]) -> str:
        """The whole file with the declaration at its end and some limits in it.

        Raises:
            FlopBudgetError: The file's layout does not let a folder be added to ``pythonpath``.
        """
        text = text_of(self.file, self.called) if self.file.is_file() else ""
        newline = "\r\n" if "\r\n" in text else "\n"
        text, head = self._found(text)
        parts = [text.rstrip("\r\n") + newline] if text.strip() else []
        parts += [newline.join([*part, ""]) for part in (head, self.declaration(limits)) if part]
        return newline.join(parts)

    def declaration(self, limits: Mapping[str, object]) -> list[str]:
        """The model's own table."""
        case, sizes = self.subject.case, self.subject.sizes
        keys: dict[str, object] = {"factory": case.factory}
        if case.kwargs:
            keys["kwargs"] = dict(case.kwargs)
        if not takes_its_own(case):
            keys["input"] = inputs_value(case.inputs)
        if len(sizes) == 1:
            keys["at"] = [size for each in sizes.values() for size in each]
        elif sizes:
            keys["at"] = {name: list(each) for name, each in sizes.items()}
        lines = [f"{key} = {toml_text(value)}" for key, value in {**keys, **limits}.items()]
        return [f"[{dotted((*self._root, 'models', self.name))}]", *lines]

    def cases(self) -> tuple[Table, list[Case]]:
        """The table as it is to be, and the model's cases in it; its limits may still be to come.

        Raises:
            TableError: The table has mistakes.
        """
        table = read_unlimited(self.file, self.called, self.text({}))
        # The text ends with a part of it.
        assert table is not None
        return table, [case for case in table.cases if case.model == self.name]

    def _found(self, text: str) -> tuple[str, list[str]]:
        """The text with a ``pythonpath`` that finds the factory, or that as a table of its own, where one is needed."""
        folder = self._folder()
        if not folder:
            return text, []
        data = read_toml(self.file, self.called)[0] if text else {}
        table: object = data
        for key in self._root:
            table = table.get(key) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            return text, [f"[{dotted(self._root)}]", f"{_PATH_KEY} = {toml_text([folder])}"]
        known = table.get(_PATH_KEY, [])
        if folder in known:
            return text, []
        return edited(text, [Edit((*self._root, _PATH_KEY), [*known, folder])], self.called), []

    @property
    def _root(self) -> Keys:
        return root_in(self.called, self.called)

    def _folder(self) -> str:
        """The folder of the factory's module as the file names it; empty where that is found without."""
        folder = Path(self.subject.table.folders[0])
        top = re.split(r"[.:]", self.subject.case.factory)[0]
        is_there = (folder / top).is_dir() or (folder / f"{top}.py").is_file()
        if folder == self.file.parent or not is_there:
            return ""
        return Path(os.path.relpath(folder, self.file.parent)).as_posix()


def file_of(config: str | None) -> tuple[Path, str]:
    """Where a first declaration goes, and how messages show that.

    It is the file that is asked for, the nearest with a table, or the working folder's ``pyproject.toml``, which need
    not be there.
    """
    if config is not None:
        return Path(config).absolute(), config
    here = Path.cwd()
    # A file of the table's own comes first: what names us beside it may have no table.
    near = (folder / name for folder in (here, *here.parents) for name in reversed(FILES))
    path = next((each for each in near if mentions_table(each)), here / FILES[0])
    return path, path.name


def refuse_known(file: Path, name: str) -> None:
    """Refuse a name that a model has already.

    Raises:
        AskedWrongly: One has it.
        TableError: The file is no TOML.
    """
    homes = homes_of(file) if file.is_file() else {}
    if name in homes:
        raise AskedWrongly(f"{homes[name].file} declares a model {name!r} already: give this one another --name")


def as_limits(proposals: list[Proposal]) -> dict[str, object]:
    """New limits as the keys of a model: a limit for all points, or a table of limits by point.

    Those that are written already, as defaults, stay as they are.
    """
    limits: dict[str, object] = {}
    by_point: dict[str, dict[str, str]] = {}
    for each in (each for each in proposals if each.before is None):
        below = each.path[2:]
        if len(below) == 1:
            limits[each.metric] = each.text
        else:
            limits[each.metric] = by_point.setdefault(each.metric, {})
            by_point[each.metric][str(below[1])] = each.text
    return limits
