"""What a run keeps of its measurements."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost, OperatorCall
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.errors import Place
from pytest_flopbudget.sharing import Sharing

CALL = (OperatorCall("aten::relu", "", {}, None), Cost())


def case(name: str) -> Case:
    return Case(model=name, point_name="default", place=Place("t.toml", 1), factory="x:y", inputs=Inputs())


def test_the_measurements_of_many_calls_are_let_go_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five calls are kept: `a` and `b` have two each, and `large` has nine."""
    counted: list[str] = []

    def measure(case: Case, *_: object) -> Measurement:
        counted.append(case.model)
        return Measurement(calls=(CALL,) * (9 if case.model == "large" else 2), modules=())

    monkeypatch.setattr("pytest_flopbudget.sharing._MOST_CALLS", 5)
    monkeypatch.setattr("pytest_flopbudget.engine.measure", measure)
    sharing = Sharing()
    for name in ("a", "b", "a", "c", "a", "b", "large", "large", "b", "b"):
        sharing.measure(case(name), Table(path="t.toml"))
    # `b` goes for `c`, since `a` was asked for after it; `large` stays alone, and goes for `b`.
    assert counted == ["a", "b", "c", "b", "large", "b"]


def test_at_the_end_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_flopbudget.engine.measure", lambda *_: Measurement(calls=(CALL,), modules=()))
    sharing, table = Sharing(), Table(path="t.toml")
    first = sharing.measure(case("a"), table)
    assert sharing.measure(case("a"), table) is first
    sharing.end()
    assert sharing == Sharing()
    assert sharing.measure(case("a"), table) is not first
