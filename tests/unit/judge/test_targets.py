"""What a target asks for, and what a case has to keep on its targets."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import AllowedOperators, MaxBatch, Target, limits_of

PLACE = Place("pyproject.toml", 3)
MACS = Limit(metric="macs", value=1, place=PLACE, source="1")
NONE = Target(name="board", place=PLACE)


@pytest.mark.parametrize(
    ("target", "asks_something"),
    [
        (NONE, False),
        (replace(NONE, limits=(MACS,)), True),
        (replace(NONE, max_batch=MaxBatch(1, PLACE)), True),
        (replace(NONE, allowed=AllowedOperators(("ADD",), PLACE)), True),
    ],
)
def test_what_asks_for_something(target: Target, asks_something: bool) -> None:
    assert target.asks_something is asks_something


@dataclass(frozen=True, slots=True)
class Asked:
    limits: tuple[Limit, ...]
    targets: tuple[Target, ...]


def test_a_cases_own_limits_come_first() -> None:
    own, first, second = (replace(MACS, target=name) for name in ("", "a", "b"))
    assert limits_of(Asked((own,), (NONE.holding((first,)), NONE.holding((second,))))) == (own, first, second)
