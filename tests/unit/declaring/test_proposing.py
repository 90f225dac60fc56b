"""Limits by what was counted, without counting."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.declaring.cases import Case
from pytest_flopbudget.declaring.homes import Home
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.declaring.proposing import Left, Proposal, Wish, propose, why_not
from pytest_flopbudget.errors import FlopBudgetError, Place
from pytest_flopbudget.judge.limits import Limit

PLACE = Place("pyproject.toml", 4)
HOME = Home("pyproject.toml", ("models", "net"))
EXACT = Wish(("macs",), Fraction(0))


def case(point: str, model: str = "net") -> Case:
    return Case(model=model, point_name=point, place=PLACE, factory="shop:net", inputs=Inputs())


def counts(macs: dict[str, int]) -> Callable[[Case], Measurement]:
    """Counts a case by its id; one that is not there cannot be measured."""

    def measured(case: Case) -> Measurement:
        if case.id not in macs:
            raise FlopBudgetError(f"{case.id} cannot be built")
        call = OperatorCall("aten::linear", "", {}, TensorSpec((1, 1)))
        return Measurement(calls=((call, Cost(macs[case.id])),), modules=())

    return measured


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        (
            Limit(metric="macs", value=9, place=PLACE, source="= 9", relation="="),
            "it is a number that the count must equal",
        ),
        (Limit(metric="macs", value=0, place=PLACE, source="lock", relation="lock"), "the lock has its number"),
        (
            Limit(metric="macs", value=0, place=PLACE, source="5% of a", share=Fraction(1, 20), of="a"),
            "it is a share of another number",
        ),
        (Limit(metric="macs", value=9, place=PLACE, source="10 k per R"), "it is a number for each element"),
        (Limit(metric="macs", value=9, place=PLACE, source="9"), "it stands in no table"),
        (Limit(metric="macs", value=9, place=PLACE, source="9", path=("models", "net", "macs")), ""),
    ],
)
def test_why_a_limit_stays(limit: Limit, why: str) -> None:
    assert why_not(limit) == why


def test_one_limit_for_all_points_where_they_cost_the_same() -> None:
    cases = [case("R1"), case("R2")]
    counted = {"net::R1": 1500, "net::R2": 1500}
    made = Proposal(file="pyproject.toml", path=("models", "net", "macs"), metric="macs", text="1_500", counts=counted)
    assert propose(cases, cases, {"net": HOME}, EXACT, counts(counted)) == ([made], [])


def test_a_point_that_cannot_be_measured_has_no_limit() -> None:
    cases = [case("R1"), case("R2"), case("R3")]
    found, left = propose(cases, cases, {"net": HOME}, EXACT, counts({"net::R1": 1500, "net::R3": 2500}))
    assert [(each.path, each.text) for each in found] == [
        (("models", "net", "macs", "R1"), "1_500"),
        (("models", "net", "macs", "R3"), "2_500"),
    ]
    assert left == [Left("net::R2", "", "net::R2 cannot be built")]
