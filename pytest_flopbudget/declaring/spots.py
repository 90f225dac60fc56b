"""A spot in a table: which key it is, on which line it stands, and where its mistakes are noted."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as File

from pytest_flopbudget.declaring.lines import Path
from pytest_flopbudget.errors import Mistake, Place

_BARE = re.compile(r"[A-Za-z0-9_-]+")


_PREFIX = "tool.pytest-flopbudget"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a table that stands elsewhere.

    Args:
        file: The file, as it is shown.
        lines: The lines of its keys, by their paths below the table's root.
        depth: How long the path of the table's root is.
        in_python: Whether it is declared in Python.
    """

    file: str
    lines: Mapping[Path, int]
    depth: int
    in_python: bool = False


@dataclass(slots=True)
class Notebook:
    """One file being read: its name, its lines, and the mistakes found in it so far.

    What stands in Python, a mark or a call, is told how it is written there, and not in TOML. A file of ours alone,
    ``is_ours``, has the keys of the table at its top. What it includes has parts, by their paths in the whole file.
    ``declarers`` are the functions that it lets declare models, each with the place that names it.
    """

    file: str
    lines: Mapping[Path, int]
    mistakes: list[Mistake] = field(default_factory=list)
    in_python: bool = False
    is_ours: bool = False
    parts: dict[Path, Part] = field(default_factory=dict)
    declarers: list[tuple[str, Place]] = field(default_factory=list)

    def part(self, path: Path) -> Part | None:
        """The part of the table that a path in the whole file leads into; None where it stands in this very file."""
        return next((self.parts[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.parts), None)

    def place(self, path: Path) -> Place:
        """The place of a path in the whole file, or of the nearest table around it."""
        file, lines = self.file, self.lines
        part = self.part(path)
        if part is not None:
            file, lines, path = part.file, part.lines, path[part.depth :]
        while path and path not in lines:
            path = path[:-1]
        return Place(file, lines.get(path, 1))


@dataclass(frozen=True, slots=True)
class Spot:
    """A key in a table.

    Args:
        notebook: The file that it stands in.
        root: The path of our own table in the file.
        path: The key's path below that.
    """

    notebook: Notebook
    root: Path = ()
    path: Path = ()

    def __truediv__(self, key: str | int) -> Spot:
        """The spot one level down."""
        return self.down(key)

    def down(self, *keys: str | int) -> Spot:
        """The spot some levels down."""
        return Spot(self.notebook, self.root, (*self.path, *keys))

    def has_mistakes_below(self) -> bool:
        """Whether a mistake was noted at this key or below it."""
        return any(
            mistake.key == self.key or mistake.key.startswith((f"{self.key}.", f"{self.key}["))
            for mistake in self.notebook.mistakes
        )

    @property
    def place(self) -> Place:
        """File and line."""
        return self.notebook.place((*self.root, *self.path))

    @property
    def is_in_python(self) -> bool:
        """Whether it is a key of what is declared in Python."""
        part = self.notebook.part((*self.root, *self.path))
        return part is not None and part.in_python

    @property
    def key(self) -> str:
        """The path as a person writes it: ``models."vit.tiny".at[0].macs``."""
        return dotted(self.path)

    def wrong(self, text: str) -> None:
        """Note a mistake here; the same one is noted once, however many cases meet it."""
        if self.notebook.is_ours:
            text = text.replace(f"[{_PREFIX}.", "[").replace(f"in [{_PREFIX}]", "at the top of the file")
        mistake = Mistake(self.place, self.key, text)
        if mistake not in self.notebook.mistakes:
            self.notebook.mistakes.append(mistake)


def called_beside(file: File, path: File, notebook: Notebook) -> str:
    """A file as messages call it, in the manner of another.

    Args:
        file: The file.
        path: The other, absolute.
        notebook: That of the other, which has the name by which messages call it.
    """
    try:
        below = os.path.relpath(file, path.parent)
    except ValueError:
        # On another drive.
        return str(file)
    return File(os.path.normpath(File(notebook.file).parent / below)).as_posix()


def dotted(path: Path) -> str:
    """A path as TOML writes a dotted key, with the places in a list in brackets."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{bare_or_quoted(key)}"
    return text.removeprefix(".")


def bare_or_quoted(key: str) -> str:
    """A key as TOML writes it, quoted where it must be."""
    # JSON's escapes are a part of TOML's.
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
