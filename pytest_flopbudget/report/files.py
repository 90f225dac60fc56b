"""The files of reports: what keeps one from being written is found before the run, and each is written after it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pytest_flopbudget.declaring.report_kinds import unknown_suffix
from pytest_flopbudget.files import is_folder
from pytest_flopbudget.report.formats import FORMATS, Format
from pytest_flopbudget.report.results import Results
from pytest_flopbudget.store.writing import write_atomically


def why_not(path: Path, told: str) -> str | None:
    """Why a report cannot be written, whatever the run comes to; None where it can. Its folder is made.

    Args:
        path: Where it is to stand.
        told: As messages call it, its path as it was written last: ``"--report: flops.json"``.
    """
    option, _, written = told.rpartition(": ")
    if why := unknown_suffix(written):
        return f"{option}: {why}"
    if why := _format(path).hindrance():
        return f"{told}: {why}"
    if is_folder(path):
        return f"{told} is a folder, not a file"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            path.stat()
        # Tried out: permissions alone do not tell it.
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        return f"{told} cannot be written: {_why(error)}"
    return None


def tells_moments(paths: Iterable[Path]) -> bool:
    """Whether one of some reports tells what cases cost at earlier commits."""
    return any(_format(path).tells_moments for path in paths)


def write_report(path: Path, found: Results) -> str:
    """Write a report; why that cannot be, or nothing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _format(path).write(found))
    except OSError as error:
        return _why(error)
    return ""


def _format(path: Path) -> Format:
    return FORMATS[path.suffix.casefold()]


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
