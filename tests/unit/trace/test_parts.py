"""From a model to what of it is traced: a part, a method."""

from __future__ import annotations

import pytest
from torch import nn

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.parts import subject_of

ARGUMENTS = given("3x4", None)


def test_an_attribute_that_is_no_method() -> None:
    with pytest.raises(MeasureError) as refused:
        subject_of(nn.Linear(4, 5), ARGUMENTS, call="weight")
    assert str(refused.value) == "call 'weight': it is no method, but an object of Parameter"


def test_a_part_inside_of_a_wrapper() -> None:
    layer = nn.Linear(4, 5)
    model = nn.Sequential(nn.DataParallel(nn.Sequential(layer)))
    assert subject_of(model, ARGUMENTS, part="0.0").model is layer
