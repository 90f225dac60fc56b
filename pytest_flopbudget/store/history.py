"""What a lock said at each commit that changed it: a course of cost over time, from git alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from pytest_flopbudget.errors import LockError, RevisionError
from pytest_flopbudget.store.locks import parse_lock
from pytest_flopbudget.store.revisions import Revision, git, text_at

MOST_COMMITS = 200

# Each commit in one line: its whole name, its day, its author, its subject. A subject has no line breaks.
_FORMAT = "%H%x1f%as%x1f%an%x1f%s"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A lock at one commit.

    Args:
        commit: The commit's whole name.
        day: When it was written, by its author's clock.
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


def history(lock: Path, cases: Sequence[str] = (), most: int = MOST_COMMITS) -> tuple[Recorded, ...]:
    """The lock at each commit that changed it, the latest first.

    Along the branch that is checked out: what was merged into it is told by its merge. A shallow clone has the commits
    that it has.

    Args:
        lock: The lock's file.
        cases: Models, ids or globs of them; empty takes all.
        most: How many commits at most.

    Raises:
        RevisionError: git is not installed, or the file is in no repository.
    """
    if git(lock.parent, "rev-parse", "--git-dir") is None:
        raise RevisionError(f"{lock.parent} is in no git repository")
    # A repository without a commit has no log.
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
    lines = (log or b"").decode("utf-8", "replace").split("\n")
    return tuple(_recorded(line, lock, cases) for line in lines if line)


def _recorded(line: str, lock: Path, cases: Sequence[str]) -> Recorded:
    commit, day, author, subject = line.split("\x1f", 3)
    known = Recorded(commit, date.fromisoformat(day), author, subject)
    revision = Revision(commit, commit)
    try:
        text = text_at(revision, lock)
        if text is None:
            return Recorded(commit, known.day, author, subject, problem="it was removed")
        read = parse_lock(text, lock.name)
    except (LockError, RevisionError) as error:
        return Recorded(commit, known.day, author, subject, problem=str(error))
    counts = {case: read.entries[case].metrics for case in sorted(_chosen(read.entries, cases))}
    return Recorded(commit, known.day, author, subject, read.conventions, counts)


def _chosen(ids: Mapping[str, object], cases: Sequence[str]) -> Iterator[str]:
    for case in ids:
        names = (case, case.partition("::")[0])
        if not cases or any(fnmatchcase(name, pattern) for name in names for pattern in cases):
            yield case
