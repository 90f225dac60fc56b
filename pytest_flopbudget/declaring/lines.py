"""On which line each key of a TOML text stands; ``tomllib`` does not say."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Mapping

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10, which has no tomllib
    import tomli as tomllib

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|[^\s.=\]"'#]+)[ \t]*""")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?!")'
    r"|'''.*?'''(?!')"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}\n#]*")


def lines_of(text: str) -> Mapping[Path, int]:
    """The line, counted from 1, of every table, key and array element of a valid TOML text.

    Args:
        text: Read by ``tomllib`` without an error; on any other text the result means nothing.

    Returns:
        Lines by path: ``("tool", "x", "at", 0, "R")``. A table that is only implied has the line of the first
        key that implies it.
    """
    return _Scanner(text.removeprefix("\ufeff")).scan()


class _Scanner:
    """Walks a text once; leans on its being valid, so that nothing is checked twice."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._lines: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self._position < len(self._text):
            table = self._header() if self._sees("[") else self._assignment(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> Path:
        line = self._line()
        is_element = self._sees("[[")
        self._position += 2 if is_element else 1
        path: Path = ()
        keys = self._keys()
        for index, key in enumerate(keys, start=1):
            path = (*path, key)
            self._lines.setdefault(path, line)
            if is_element and index == len(keys):
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
        self._lines[path] = line
        self._position += 2 if is_element else 1
        return path

    def _assignment(self, table: Path) -> Path:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._position += 1
        self._value(path)
        return table

    def _keys(self) -> list[str]:
        keys = []
        while match := _KEY.match(self._text, self._position):  # pragma: no branch - valid TOML has a key here
            keys.append(_unquoted(match[1]))
            self._position = match.end()
            if not self._sees("."):
                break
            self._position += 1
        return keys

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        if self._sees("["):
            self._array(path)
        elif self._sees("{"):
            self._inline_table(path)
        else:
            self._skip(_STRING if self._sees('"') or self._sees("'") else _PLAIN)

    def _array(self, path: Path) -> None:
        index = 0
        while not self._closes("]"):
            self._lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        while not self._closes("}"):
            self._assignment(path)

    def _closes(self, bracket: str) -> bool:
        """Step over the opening bracket or a comma and what is blank; whether the closing one was next."""
        self._skip(_BLANK)
        if not self._sees(bracket):
            self._position += 1
            self._skip(_BLANK)
        if not self._sees(bracket):
            return False
        self._position += 1
        return True

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._position)
        self._position = match.end() if match else self._position + 1

    def _sees(self, text: str) -> bool:
        return self._text.startswith(text, self._position)

    def _line(self) -> int:
        return bisect_right(self._starts, self._position)


def _unquoted(key: str) -> str:
    if key.startswith('"'):
        (name,) = tomllib.loads(f"{key} = 0")
        return name
    return key.strip("'")
