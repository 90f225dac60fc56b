"""A TOML file as data and lines, or what keeps it from being read."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_flopbudget.declaring.lines import lines_of
from pytest_flopbudget.declaring.spots import Notebook
from pytest_flopbudget.errors import Mistake, Place, TableError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10, which has no tomllib
    import tomli as tomllib

_POSITION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


def read_toml(path: Path, called: str | None = None) -> tuple[Mapping[str, object], Notebook]:
    """A file's data, and the notebook for its mistakes, in which the file is called as it is shown, else by its name.

    Raises:
        TableError: The file cannot be read, is no UTF-8, or is no TOML; with the line where there is one.
    """
    called = called or path.name
    return parse_toml(read_text(path, called), called)


def parse_toml(text: str, called: str) -> tuple[Mapping[str, object], Notebook]:
    """The data of a file's text, and the notebook for its mistakes, in which the file is called as it is shown.

    Raises:
        TableError: It is no TOML; with the line where there is one.
    """
    try:
        return tomllib.loads(text), Notebook(called, lines_of(text))
    except RecursionError:
        raise _broken(called, 1, "the file is nested too deeply to be read") from None
    except ValueError as error:
        raise _no_toml(called, text, error) from None


def read_text(path: Path, called: str) -> str:
    """A file's text.

    Raises:
        TableError: The file cannot be read, or is no UTF-8.
    """
    try:
        written = path.read_bytes()
    except OSError as error:
        raise _broken(called, 1, f"the file cannot be read: {error.strerror}") from None
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + written.count(b"\n", 0, error.start)
        raise _broken(called, line, f"the file is no UTF-8: byte 0x{written[error.start]:02x}") from None


def _no_toml(called: str, text: str, error: ValueError) -> TableError:
    """A syntax error; a number of thousands of digits, which has no position, is one as well."""
    match = _POSITION.search(str(error))
    line = 1 + text.rstrip().count("\n")
    if match is None or match[1]:
        line = int(match[1]) if match else 1
    return _broken(called, line, f"the file is no TOML: {_POSITION.sub('', str(error))}")


def _broken(called: str, line: int, text: str) -> TableError:
    return TableError([Mistake(Place(called, line), "", text)])
