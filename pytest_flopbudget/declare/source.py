"""A TOML file as data and lines, or what keeps it from being read."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from pytest_flopbudget.declare.lines import lines_of
from pytest_flopbudget.declare.spots import Notebook
from pytest_flopbudget.errors import Mistake, Place, TableError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_POSITION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


def read_toml(path: Path) -> tuple[Mapping[str, object], Notebook]:
    """A file's data, and the notebook for its mistakes.

    Raises:
        TableError: The file cannot be read, is no UTF-8, or is no TOML; with the line where there is one.
    """
    text = _read_text(path)
    try:
        return tomllib.loads(text), Notebook(path.name, lines_of(text))
    except RecursionError:
        raise _broken(path, 1, "the file is nested too deeply to be read") from None
    except ValueError as error:
        raise _no_toml(path, text, error) from None


def _read_text(path: Path) -> str:
    try:
        written = path.read_bytes()
    except OSError as error:
        raise _broken(path, 1, f"the file cannot be read: {error.strerror}") from None
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + written.count(b"\n", 0, error.start)
        raise _broken(path, line, f"the file is no UTF-8: byte 0x{written[error.start]:02x}") from None


def _no_toml(path: Path, text: str, error: ValueError) -> TableError:
    """A syntax error; a number of thousands of digits, which has no position, is one as well."""
    match = _POSITION.search(str(error))
    line = 1 + text.rstrip().count("\n")
    if match is None or match[1]:
        line = int(match[1]) if match else 1
    return _broken(path, line, f"the file is no TOML: {_POSITION.sub('', str(error))}")


def _broken(path: Path, line: int, text: str) -> TableError:
    return TableError([Mistake(Place(path.name, line), "", text)])
