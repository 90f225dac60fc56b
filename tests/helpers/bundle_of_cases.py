"""A bundle of cases that no table declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.targets import Arena, Target
from pytest_flopbudget.judge.verdicts import Level

PLACE = Place("pyproject.toml", 3)


@dataclass(frozen=True, kw_only=True, slots=True)
class BundleOfCases:
    """What judging asks of a bundle."""

    target: Target
    cases: Sequence[AskedCase]
    arena: Arena = "separate"
    id: str = "robot"
    place: Place = PLACE
    level: Level = "error"
    until: date | None = None
    reason: str | None = None
    skip: str | None = None
