"""A spot in a table: which key it is, on which line it stands, and where its mistakes are noted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """

    file: str
    lines: Mapping[Path, int]
    depth: int


@dataclass(slots=True)
class Notebook:
    """One file being read: its name, its lines, and the mistakes found in it so far.

    What stands in Python, a mark or a call, is told how it is written there, and not in TOML. A file of ours alone,
    ``is_ours``, has the keys of the table at its top. What it includes has parts, by their paths in the whole file.
    """

    file: str
    lines: Mapping[Path, int]
    mistakes: list[Mistake] = field(default_factory=list)
    in_python: bool = False
    is_ours: bool = False
    parts: dict[Path, Part] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """The place of a path in the whole file, or of the nearest table around it."""
        file, lines = self.file, self.lines
        part = next((self.parts[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.parts), None)
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
