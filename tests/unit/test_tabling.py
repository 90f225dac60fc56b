"""Tables of costs: what has no number in them."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.costs import PaperTable
from pytest_flopbudget.declaring.inputs import Inputs
from pytest_flopbudget.errors import FlopBudgetError, Place
from pytest_flopbudget.tabling import filled

PLACE = Place("pyproject.toml", 1)
TABLE = Table(
    path="pyproject.toml",
    cases=(Case(model="net", point_name="R8", place=PLACE, factory="nets:Net", inputs=Inputs()),),
)
KNOWN = (OperatorCall("aten::mm", "", {}, TensorSpec((2, 3))), Cost(24))
UNKNOWN = (OperatorCall("shop::mix", "", {}, TensorSpec((2, 3))), None)


def numbers(metric: str, *calls: tuple[OperatorCall, Cost | None]) -> list[int | None]:
    declared = PaperTable(name="main", place=PLACE, models=("net",), columns=((metric, ""),))
    measurement = Measurement(calls=calls, modules=(ModuleNode("", params=30),))
    return list(filled(declared, TABLE, lambda _: measurement).rows["net"])


@pytest.mark.parametrize(
    ("metric", "calls", "why"),
    [
        ("macs", (KNOWN, UNKNOWN), "net::R8: macs: 1 call of an operator is not counted"),
        ("flops", (UNKNOWN, KNOWN, UNKNOWN), "net::R8: flops: 2 calls of operators are not counted"),
        ("io_bytes", (KNOWN,), "net::R8: io_bytes: memory is told of a model's forward, not of a region"),
    ],
)
def test_what_has_no_number(metric: str, calls: tuple[tuple[OperatorCall, Cost | None], ...], why: str) -> None:
    with pytest.raises(FlopBudgetError) as caught:
        numbers(metric, *calls)
    assert str(caught.value) == why


def test_parameters_are_known_whatever_was_counted() -> None:
    assert numbers("params", UNKNOWN) == [30]
    assert numbers("macs", KNOWN) == [24]
