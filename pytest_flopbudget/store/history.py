"""What a lock said at each commit that changed it: a course of cost over time, from git alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from pytest_flopbudget.errors import LockError, RevisionError
from pytest_flopbudget.store.locks import parse_lock
from pytest_flopbudget.store.revisions import Revision, git, no_repository, text_at

MOST_COMMITS = 200

# Each commit in one line: its whole name, its day, its author, its subject. A subject has no line breaks.
_FORMAT = "%H%x1f%as%x1f%an%x1f%s"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A lock at one commit.

    Args:
        commit: The commit's whole name.
        day: When it was written, by its author's clock; the last day that can be told, of one that is set beyond it.
        author: Who wrote it.
        subject: The first line of its message.
        conventions: By which conventions the numbers were counted; 0 where the lock cannot be read.
        counts: The locked metrics in their units, by the case's id; cases that the lock did not have are left out.
        problem: Why the lock cannot be read there; empty where it can.
    """

    commit: str
    day: date
    author: str
    subject: str
    conventions: int = 0
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    problem: str = ""

    @property
    def short(self) -> str:
        """The commit's name as it is told."""
        return self.commit[:9]


def history(
    lock: Path, cases: Sequence[str] = (), most: int = MOST_COMMITS, characters: int | None = None
) -> tuple[Recorded, ...]:
    """The lock at each commit that changed it, the latest first.

    Along the branch that is checked out: what was merged into it is told by its merge. A shallow clone has the commits
    that it has.

    Args:
        lock: The lock's file.
        cases: Models, ids or globs of them; empty takes all.
        most: How many commits at most.
        characters: How much of locks to read at most, the first that is over it included: of large ones that gives
            fewer commits. None reads all.

    Raises:
        RevisionError: git is not installed, or the file is in no repository.
    """
    if git(lock.parent, "rev-parse", "--git-dir") is None:
        raise no_repository(lock.parent)
    found: list[Recorded] = []
    for line in _log(lock, most):
        known, length = _recorded(line, lock, cases)
        found.append(known)
        if characters is not None:
            characters -= length
            if characters <= 0:
                break
    return tuple(found)


def _log(lock: Path, most: int) -> list[str]:
    """A line for each commit that changed a lock; a repository without a commit has no log."""
    log = git(
        lock.parent,
        "--literal-pathspecs",
        "log",
        # A branch's own steps are none of the course: beside another branch's, each would be told a change that no
        # commit made. Its merge tells what it brought.
        "--first-parent",
        f"--max-count={most}",
        f"--format={_FORMAT}",
        "--no-show-signature",
        "--no-color",
        "--encoding=UTF-8",
        "HEAD",
        "--",
        lock.name,
    )
    return [line for line in (log or b"").decode("utf-8", "replace").split("\n") if line]


def _recorded(line: str, lock: Path, cases: Sequence[str]) -> tuple[Recorded, int]:
    """A lock at the commit that a line of the log names, and how long its text is."""
    commit, day, author, subject = line.split("\x1f", 3)
    known = Recorded(commit, _day(day), author, subject)
    text: str | None = None
    try:
        text = text_at(Revision(commit, commit), lock)
        if text is None:
            return replace(known, problem="it was removed"), 0
        read = parse_lock(text, lock.name, is_past=True)
    except (LockError, RevisionError) as error:
        return replace(known, problem=str(error)), len(text or "")
    counts = {case: read.entries[case].metrics for case in sorted(_chosen(read.entries, cases))}
    return replace(known, conventions=read.conventions, counts=counts), len(text)


def _day(written: str) -> date:
    """A commit may say any day, and git tells those of the year 10000 and after too."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return date.max


def _chosen(ids: Mapping[str, object], cases: Sequence[str]) -> Iterator[str]:
    for case in ids:
        names = (case, case.partition("::")[0])
        if not cases or any(fnmatchcase(name, pattern) for name in names for pattern in cases):
            yield case
