"""What a run tells GitHub Actions, where it is part of one of its jobs: annotations, and the job's summary."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pytest_flopbudget.report.annotations import commands
from pytest_flopbudget.report.markdown.page import LARGEST_SUMMARY, SMALLEST, page
from pytest_flopbudget.report.results import Results


def tell_github(results: Results, folder: Path, *, annotations: bool = True, summary: bool = True) -> Iterator[str]:
    """Append to the job's summary; the lines to print: annotations, and what went wrong.

    Nothing happens outside a job, and where the run had nothing to judge.

    Args:
        results: All that the run has come to.
        folder: Where it was called: what its tables' files are relative to.
        annotations: Whether lines of the pull request are to be told.
        summary: Whether the job's summary is.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true" or not (results.reached or results.mistakes):
        return
    if annotations:
        yield from commands(results, lambda path: _in_repository(folder / path))
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file and summary:
        yield from _append(Path(file), results)


def _append(file: Path, results: Results) -> Iterator[str]:
    """Add a page to the summary, which other commands of the same step may have written to."""
    try:
        room = LARGEST_SUMMARY - (file.stat().st_size if file.exists() else 0)
        if room < SMALLEST:
            yield "flopbudget: the job's summary is full: it has no room for this run"
            return
        with file.open("a", encoding="utf-8", newline="\n") as opened:
            opened.write(page(results, room))
    except OSError as error:
        yield f"flopbudget: the job's summary cannot be written: {error.strerror}"


def _in_repository(path: Path) -> str:
    """A file relative to the repository's root, as annotations name it; another one as it is."""
    root = os.environ.get("GITHUB_WORKSPACE")
    normal = Path(os.path.normpath(path))
    return (normal.relative_to(root) if root and normal.is_relative_to(root) else normal).as_posix()
