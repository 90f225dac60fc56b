"""A measurement as a table for people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

MEASUREMENT = Measurement(
    calls=tuple(
        (OperatorCall("aten::conv2d", path, {}, TensorSpec((1,))), Cost(macs))
        for path, macs in {"stem": 1_500_000, "body.0": 3_000_000, "body.1": 1_500_000}.items()
    ),
    modules=(
        ModuleNode("", 1),
        ModuleNode("stem", 1, 1_200),
        ModuleNode("body", 1),
        ModuleNode("body.0", 2, 30),
        ModuleNode("body.1", 1, 1),
    ),
)


HEADING = "module              calls       MACs          params   share"
WHOLE = "(the model itself)      1    6 MMACs  1.231 k params  100.0%"
STEM = "stem                    1  1.5 MMACs    1.2 k params   25.0%"
BODY = "body                    1  4.5 MMACs       31 params   75.0%"
FIRST = "  body.0                2    3 MMACs       30 params   50.0%"
SECOND = "  body.1                1  1.5 MMACs         1 param   25.0%"


@pytest.mark.parametrize(
    ("depth", "lines"),
    [
        (None, [HEADING, WHOLE, STEM, BODY, FIRST, SECOND]),
        (2, [HEADING, WHOLE, STEM, BODY, FIRST, SECOND]),
        (1, [HEADING, WHOLE, STEM, BODY]),
    ],
)
def test_depths(depth: int | None, lines: list[str]) -> None:
    assert MEASUREMENT.table(depth).splitlines() == lines


def test_what_depends_on_data_is_told_as_about() -> None:
    assert replace(MEASUREMENT, data_dependent=True).table(0).splitlines() == [
        "module              calls       MACs          params   share",
        "(the model itself)      1  ≈ 6 MMACs  1.231 k params  100.0%",
    ]


def test_a_model_of_nothing() -> None:
    assert Measurement(calls=(), modules=(ModuleNode("", 1),)).table().splitlines() == [
        "module              calls    MACs    params  share",
        "(the model itself)      1  0 MACs  0 params",
    ]
