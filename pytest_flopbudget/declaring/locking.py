"""What a table says of its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.cases import AskedCase, Bundle, Case, Locking
from pytest_flopbudget.declaring.layers import Layer, TableReader
from pytest_flopbudget.declaring.limit_kinds import WrittenLimit
from pytest_flopbudget.judge.by_lock import Subject
from pytest_flopbudget.judge.targets import ADD_UP, limits_of

_NO_LOCK = f"no lock is kept: write lock = 'flopbudget.lock.json' in [tool.{keys.TABLE}]"
_DEPTH = 2


def read_locking(reader: TableReader, path: Path) -> Locking | None:
    """The lock of a table; None where it keeps none, and keys that need one are noted.

    Args:
        reader: Of the root table.
        path: The table's own file, absolute.
    """
    name, policy = reader.read(keys.LOCK), reader.read(keys.LOCK_POLICY)
    new, depth = reader.read(keys.NEW), reader.read(keys.LOCK_DEPTH)
    if name is None:
        for key in (keys.LOCK_POLICY, keys.NEW, keys.LOCK_DEPTH):
            if keys.LOCK.name not in reader.table and key.name in reader.table:
                (reader.spot / key.name).wrong(_NO_LOCK)
        return None
    return Locking(
        path=str(path.parent / name),
        place=(reader.spot / keys.LOCK.name).place,
        policy=policy or "no_growth",
        new=new,
        depth=_DEPTH if depth is None else depth,
    )


def subject_of(case: Case | AskedCase | Bundle) -> Subject:
    """What a case says of its lock; of a bundle, what its models share."""
    if isinstance(case, Bundle):
        return Subject(tuple(limit for limit in case.target.limits if limit.metric in ADD_UP), case.growth)
    is_run = isinstance(case, Case) and case.steps is not None
    return Subject(limits_of(case), case.growth, ("run_flops",) if is_run else ())


def note_no_lock(limits: Iterable[WrittenLimit], layers: Sequence[Layer] = ()) -> None:
    """Note what needs a lock where none is kept.

    Args:
        limits: The limits of a case.
        layers: The case's layers.
    """
    for written in limits:
        if written.limit.relation == "lock":
            written.spot.wrong(_NO_LOCK)
    for layer in layers:
        if layer.get(keys.MAX_GROWTH) is not None:
            (layer.spot / keys.MAX_GROWTH.name).wrong(_NO_LOCK)
