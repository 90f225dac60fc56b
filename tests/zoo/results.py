"""What came of measuring one model of the zoo, and the files that keep it between runs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement to make.

    Args:
        set: The set, ``"torchvision"``.
        name: The model in it.
        worst: Whether with ``data_dependent = "worst"``.
    """

    set: str
    name: str
    worst: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it.

    Args:
        job: What was measured.
        macs: Multiply–accumulates, in MACs.
        traced: ``"shapes"``, ``"executed"`` or ``"worst case"``; ``""`` where it failed.
        built: ``"meta"`` or ``"real"``; ``""`` where it failed.
        uncounted: The operators that have neither a formula nor a place among the free.
        notes: What the measurement tells of the way it was traced.
        seconds: How long building and tracing took.
        error: Why it failed; ``""`` where it did not.
    """

    job: Job
    macs: int = 0
    traced: str = ""
    built: str = ""
    uncounted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""


def read(path: Path) -> dict[Job, Result]:
    """The results that a file keeps, the last of each job; none where there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    results = [_result(json.loads(line)) for line in lines]
    return {result.job: result for result in results}


def append(path: Path, result: Result) -> None:
    """Keep a result at once, so that a run that breaks off can go on from there."""
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def forget(path: Path, jobs: Iterable[Job]) -> None:
    """Drop the results of some jobs."""
    gone = set(jobs)
    kept = [result for job, result in read(path).items() if job not in gone]
    path.unlink(missing_ok=True)
    for result in kept:
        append(path, result)


def _result(record: dict[str, object]) -> Result:
    job, macs, seconds = record["job"], record["macs"], record["seconds"]
    assert isinstance(job, dict)
    assert isinstance(macs, int)
    assert isinstance(seconds, float)
    return Result(
        job=Job(**job),
        macs=macs,
        traced=str(record["traced"]),
        built=str(record["built"]),
        uncounted=_texts(record["uncounted"]),
        notes=_texts(record["notes"]),
        seconds=seconds,
        error=str(record["error"]),
    )


def _texts(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(map(str, value))
