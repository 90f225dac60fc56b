"""The entries of a lock that no case uses: only those of which a run can tell."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.judge.locks import Lock
from pytest_flopbudget.plugin.course import Course

_IN_A_TEST = 2


def unused(lock: Lock, table: Table, reached: Collection[str], course: Course) -> list[str]:
    """The ids of a lock's entries that no case uses, sorted; what merely did not run is none of these.

    A declared case's is one that the table does not declare. That of a test is one whose file is gone, whose test
    passed without it, or whose test is not in its file any more, which shows where all of that file ran
    in a run that went through.

    Args:
        lock: The lock.
        table: The table that keeps it.
        reached: The ids of the cases that the run judged.
        course: What ran.
    """
    known = {*reached, *(case.id for case in table.declared)}
    folder = Path(table.path).parent
    return sorted(case for case in lock.entries if case not in known and _is_unused(case, folder, course))


def _is_unused(case: str, folder: Path, course: Course) -> bool:
    if case.count("::") < _IN_A_TEST:
        return True
    test, _, _ = case.rpartition("::")
    file, _, name = test.partition("::")
    path = folder / file
    if not path.is_file():
        return True
    if course.crashed:
        return False
    passed = course.passed(path, name)
    return passed if passed is not None else course.ran_file(path) and course.went_through and not course.is_partial
