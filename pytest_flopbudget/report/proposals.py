"""Proposed limits as TOML, as a list of changes, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypedDict

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.homes import root_in
from pytest_flopbudget.declaring.lines import Path
from pytest_flopbudget.declaring.proposing import Left, Proposal
from pytest_flopbudget.declaring.spots import dotted
from pytest_flopbudget.quantities import format_exact


class ProposalRecord(TypedDict):
    """A limit by its file and key, as it is to be and as it is; the counts of its cases in the metric's unit."""

    file: str
    key: str
    metric: str
    limit: str
    before: str | None
    counts: dict[str, int]


class LeftRecord(TypedDict):
    """A limit that stays as it is, and why."""

    case: str
    metric: str
    why: str


class FailedRecord(TypedDict):
    """A case that cannot be measured, and why."""

    case: str
    why: str


class SuggestRecord(TypedDict):
    """What ``flopbudget suggest --json`` prints; ``written`` says whether files were changed."""

    schema_version: Literal[1]
    file: str
    written: bool
    limits: list[ProposalRecord]
    left: list[LeftRecord]
    failed: list[FailedRecord]


def as_toml(proposals: Sequence[Proposal], file: str) -> Iterator[str]:
    """Tables with the limits, each line with what was counted and what is written now.

    Args:
        proposals: The limits.
        file: The table's own file; what belongs in another has that beside it.
    """
    for number, (home, of_home) in enumerate(_by_home(proposals).items()):
        if number:
            yield ""
        there = of_home[0].file
        yield f"[{dotted((*root_in(there, file), *home))}]" + (f"  # in {there}" if there != file else "")
        lines = [f'{_key(each)} = "{each.text}"' for each in of_home]
        width = max(map(len, lines))
        for each, line in zip(of_home, lines, strict=True):
            yield f"{line.ljust(width)}  # {_why(each)}"


def changes(proposals: Sequence[Proposal]) -> Iterator[str]:
    """A line for each limit that is written."""
    for each in (each for of_home in _by_home(proposals).values() for each in of_home):
        before = f"{each.before} becomes " if each.before is not None else ""
        yield f"{dotted(each.path)}: {before}{each.text} ({_counted(each)})"


def as_record(file: str, proposals: Sequence[Proposal], left: Sequence[Left], *, written: bool) -> SuggestRecord:
    """The limits and what is left, for JSON."""
    return {
        "schema_version": 1,
        "file": file,
        "written": written,
        "limits": [
            {
                "file": each.file,
                "key": dotted(each.path),
                "metric": each.metric,
                "limit": each.text,
                "before": each.before,
                "counts": dict(each.counts),
            }
            for each in proposals
        ],
        "left": [{"case": each.case, "metric": each.metric, "why": each.why} for each in left if each.metric],
        "failed": [{"case": each.case, "why": each.why} for each in left if not each.metric],
    }


def _by_home(proposals: Sequence[Proposal]) -> dict[Path, list[Proposal]]:
    """Those of each table, one metric behind the other."""
    found: dict[Path, list[Proposal]] = {}
    for each in sorted(proposals, key=lambda each: list(METRICS).index(each.metric)):
        found.setdefault(_home(each.path), []).append(each)
    # A model's own place among the others does not hang on its metrics.
    return {home: found[home] for home in dict.fromkeys(_home(each.path) for each in proposals)}


def _home(path: Path) -> Path:
    return path[:1] if path[0] == "defaults" else path[:2]


def _key(proposal: Proposal) -> str:
    """The key below its model; that of a point in a list as one by the point's name."""
    below = proposal.path[len(_home(proposal.path)) :]
    if below[:1] != ("at",):
        return dotted(below)
    names = [case.rpartition("::")[2] for case in proposal.counts]
    rest = below[2:]
    return dotted((*rest, names[0])) if len(rest) == 1 else f"# {dotted(below)}"


def _why(proposal: Proposal) -> str:
    now = f"; now {proposal.before}" if proposal.before is not None else ""
    return f"{_counted(proposal)}{now}"


def _counted(proposal: Proposal) -> str:
    largest = max(proposal.counts.values())
    return f"{format_exact(largest)} counted" if len(proposal.counts) == 1 else f"{format_exact(largest)} at most"
