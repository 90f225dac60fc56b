"""Running a job of the benchmarks in a process of its own, and what came of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CHILD = Path(__file__).with_name("bench_child.py")
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: its numbers by name, or why there are none."""

    numbers: dict[str, float] = field(default_factory=dict)
    failure: str = ""


def outcome_of(limit: float, job: str, **arguments: object) -> Outcome:
    """Run a job in a fresh process.

    Args:
        limit: The seconds that it may take.
        job: Its name.
        arguments: Its arguments, fit for JSON.
    """
    command = [sys.executable, str(CHILD), json.dumps({"job": job, **arguments})]
    return outcome_of_command(command, limit)


def outcome_of_command(command: Sequence[str], limit: float) -> Outcome:
    """Run a command whose last line is a dict of numbers as JSON; a failure has the last line of its errors."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return Outcome(failure=f"took more than {limit:.0f} s")
    if done.returncode == 0:
        return Outcome(numbers=json.loads(done.stdout.splitlines()[-1]))
    if done.returncode < 0:
        return Outcome(failure=f"killed by signal {-done.returncode}")
    return Outcome(failure=shortened(done.stderr))


def shortened(errors: str) -> str:
    """The exception that a traceback tells, in one line fit for a table."""
    lines = [line.strip() for line in errors.splitlines() if line and not line[0].isspace()]
    told = lines[-1] if lines else "ended without a word"
    # A message of several lines begins with its exception's name.
    told = next((line for line in reversed(lines) if line.partition(":")[0].endswith(("Error", "Exception"))), told)
    told = told.replace("|", "/").replace("`", "'")
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"
