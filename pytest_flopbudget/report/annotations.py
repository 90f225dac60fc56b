"""Annotations of GitHub Actions: a verdict at the line in the pull request where its limit stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.harmless import visible
from pytest_flopbudget.report.headline import headline, told_of
from pytest_flopbudget.report.results import Results, worst_first
from pytest_flopbudget.report.text import shortened

MOST: Final = 10
"""GitHub shows ten of a step's errors, and ten of its warnings."""

_LONGEST = 1000
_OF_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_OF_PROPERTIES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def commands(results: Results, called: Callable[[str], str]) -> list[str]:
    """Commands, a line each, at most :data:`MOST`: tables with mistakes, then the worst cases.

    Args:
        results: The run's.
        called: The path of a place as GitHub knows it, relative to the repository's root.
    """
    found = [*_on_tables(results), *_on_cases(results)][:MOST]
    return [_command(kind, called(place.path), place.line, title, text) for kind, place, title, text in found]


def _on_tables(results: Results) -> Iterator[tuple[str, Place, str, str]]:
    for table, mistakes in results.mistakes.items():
        for mistake in mistakes:
            text = f"{mistake.key}: {mistake.text}" if mistake.key else mistake.text
            yield "error", mistake.place, f"mistake in {table}", text


def _on_cases(results: Results) -> Iterator[tuple[str, Place, str, str]]:
    for each in worst_first(results.reached):
        verdict = each.verdict
        if verdict.fails or verdict.warns:
            kind = "error" if verdict.fails else "warning"
            yield kind, _place(verdict), f"{verdict.status}: {verdict.case}", _text(verdict)


def _place(verdict: Verdict) -> Place:
    told = told_of(verdict)
    return told[0].limit.place if told else verdict.place


def _text(verdict: Verdict) -> str:
    told = told_of(verdict)
    reason = told[0].limit.reason if told else None
    why = reason or verdict.reason
    return "\n".join([headline(verdict), *([f"Reason: {visible(why)}"] if why else [])])


def _command(kind: str, path: str, line: int, title: str, text: str) -> str:
    where = f"file={_property(path)},line={line},title={_property(title)}"
    lines = "\n".join(shortened(visible(each), _LONGEST) for each in text.split("\n"))
    return f"::{kind} {where}::{lines.translate(_OF_DATA)}"


def _property(text: str) -> str:
    return shortened(visible(text), _LONGEST).translate(_OF_PROPERTIES)
