"""What a run tells GitHub Actions, where it is part of one of its jobs: annotations, and the job's summary."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_flopbudget.plugin.options import Options
from pytest_flopbudget.report.annotations import commands
from pytest_flopbudget.report.markdown.page import LARGEST_SUMMARY, SMALLEST, page
from pytest_flopbudget.report.results import Results


def tell_github(results: Results, options: Options, config: pytest.Config) -> Iterator[str]:
    """Append to the job's summary; the lines to print: annotations, and what went wrong.

    Nothing happens outside a job, and where the run had nothing to judge.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true" or not (results.reached or results.mistakes):
        return
    if options.github in {"all", "annotations"}:
        folder = config.invocation_params.dir
        yield from commands(results, lambda path: _in_repository(folder / path))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary and options.github in {"all", "summary"}:
        yield from _append(Path(summary), results)


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
