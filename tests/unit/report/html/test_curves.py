from __future__ import annotations

from collections.abc import Mapping

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.report.html.curves import curves
from pytest_flopbudget.report.results import Reached

PLACE = Place("pyproject.toml", 7)


def at(point: Mapping[str, int], macs: int, limit: int | None = None, subject: str = "") -> Reached:
    name = "-".join(f"{dimension}{size}" for dimension, size in point.items())
    checks = (Check(Limit(metric="macs", value=limit, place=PLACE, source="", subject=subject), macs),) if limit else ()
    return Reached(
        "pyproject.toml",
        Verdict(case=f"net::{name}", model="net", place=PLACE, point=point, checks=checks, metrics={"macs": macs}),
    )


def test_in_the_order_of_the_one_dimension_that_differs() -> None:
    (curve,) = curves(
        [at({"N": 1, "R": 224}, 4000, 4100), at({"N": 1, "R": 96}, 700, 600), at({"N": 1, "R": 128}, 1300)]
    )
    assert (curve["model"], curve["dimension"], curve["sizes"]) == ("net", "R", [96, 128, 224])
    assert curve["points"] == ["N1-R96", "N1-R128", "N1-R224"]
    assert curve["lines"] == [
        {
            "name": "macs",
            "unit": "MACs",
            "measured": ["700", "1,300", "4,000"],
            "limit": ["600", None, "4,100"],
            "kept": [False, True, True],
        }
    ]


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([{"H": 8, "W": 8}, {"H": 16, "W": 16}], id="two differ"),
        pytest.param([{"R": 8}, {"T": 8}], id="others"),
        pytest.param([{"R": 8}, {"R": 8}], id="none differs"),
    ],
)
def test_else_in_their_own_order(points: list[dict[str, int]]) -> None:
    (curve,) = curves([at(point, 10) for point in points])
    assert (curve["dimension"], curve["sizes"], len(curve["points"])) == ("", [], 2)


def test_one_point_is_no_curve() -> None:
    assert curves([at({"R": 8}, 10)]) == []


def test_a_limit_on_modules_is_no_part_of_it() -> None:
    (curve,) = curves([at({"R": size}, 10, 5, subject="head.*") for size in (8, 16)])
    assert [line["limit"] for line in curve["lines"]] == [[None, None]]


def test_a_targets_metric_where_the_case_is_on_it() -> None:
    limit = Limit(metric="arena_bytes", value=90, place=PLACE, source="", target="board")
    on = Verdict(
        case="net::R8",
        model="net",
        place=PLACE,
        point={"R": 8},
        metrics={"macs": 10},
        checks=(Check(limit, 80),),
        targets={"board": Account({"arena_bytes": 80}, {})},
    )
    (curve,) = curves([Reached("", on), Reached("", at({"R": 16}, 40).verdict)])
    line = curve["lines"][1]
    assert (line["name"], line["unit"], line["measured"], line["limit"]) == (
        "arena_bytes@board",
        "B",
        ["80", None],
        ["90", None],
    )
