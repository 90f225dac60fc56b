"""The forms of a report, each by the suffix of its file: a new one is a file beside this, and a line below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_flopbudget.report.html.needed import missing
from pytest_flopbudget.report.html.page import page
from pytest_flopbudget.report.json_report import json_report
from pytest_flopbudget.report.markdown.page import markdown_report
from pytest_flopbudget.report.results import Results


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Format:
    """A form of a report.

    Args:
        write: Makes all of its text; pure, and the same for the same results.
        hindrance: Why it cannot be written here and what to do about it, on one line, as where an extra is not
            installed; ``""`` where it can. Asked before the run.
        tells_moments: Whether it tells what cases cost at earlier commits, which git must be asked for.
    """

    write: Callable[[Results], str]
    hindrance: Callable[[], str] = _nothing
    tells_moments: bool = False


FORMATS: Mapping[str, Format] = {
    ".json": Format(json_report),
    ".md": Format(markdown_report),
    ".html": Format(page, missing, tells_moments=True),
}
