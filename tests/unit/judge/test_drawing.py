"""Plans that are drawn: where RAM is limited, and no more buffers than fit a page."""

from __future__ import annotations

import pytest
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.drawing import drawing_of
from pytest_flopbudget.judge.judging import judge
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Target

PLACE = Place("pyproject.toml", 3)
GREEDY = Deployment(activation_dtype="int8", fusion="conv-bn-act", planner="tflm-greedy")


@pytest.fixture(scope="module")
def measurement() -> Measurement:
    """Of 48, 128 and 64 elements in, between and out; the activation is fused where the deployment says so."""
    return count(nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(), nn.Conv2d(8, 4, 1)).eval(), "1x3x4x4")


def test_every_buffer_has_its_place(measurement: Measurement) -> None:
    drawing = drawing_of(measurement, GREEDY)
    assert (drawing.planner, drawing.steps, drawing.peak_bytes, drawing.placed_bytes) == (
        "tflm-greedy",
        3,
        128 + 64,
        128 + 64,
    )
    assert [(each.kind, each.bytes, each.offset) for each in drawing.buffers] == [
        ("input", 3 * 16, 128),
        ("activation", 8 * 16, 0),
        ("output", 4 * 16, 128),
    ]
    assert (drawing.left_out, drawing.left_out_bytes) == (0, 0)


def test_of_too_many_the_largest_are_drawn_in_their_order(measurement: Measurement) -> None:
    drawing = drawing_of(measurement, GREEDY, most=2)
    assert [each.bytes for each in drawing.buffers] == [8 * 16, 4 * 16]
    assert (drawing.left_out, drawing.left_out_bytes) == (1, 3 * 16)
    assert drawing.peak_bytes == 128 + 64


def test_no_more_are_drawn_than_fit_a_page() -> None:
    deep = count(nn.Sequential(*[nn.Linear(1, 1) for _ in range(299)]).eval(), "1x1")
    drawing = drawing_of(deep, AS_IT_IS)
    assert (len(drawing.buffers), drawing.left_out) == (256, 300 - 256)


def limit(metric: str, target: str = "") -> Limit:
    return Limit(metric=metric, value=10**6, place=PLACE, source="1 MB", target=target)


@pytest.mark.parametrize(
    ("limits", "on_board", "planned"),
    [
        pytest.param((), (), [], id="nothing"),
        pytest.param((limit("macs"),), (limit("weight_bytes", "board"),), [], id="no limit on RAM"),
        pytest.param((limit("peak_activation_bytes"),), (), [""], id="the case's own"),
        pytest.param((), (limit("arena_bytes", "board"),), ["board"], id="a target's"),
    ],
)
def test_only_where_ram_is_limited(
    limits: tuple[Limit, ...], on_board: tuple[Limit, ...], planned: list[str], measurement: Measurement
) -> None:
    board = Target(name="board", place=PLACE, deployment=GREEDY, limits=on_board)
    case = AskedCase(id="net", kind="test", place=PLACE, targets=(board,), limits=limits)
    plans = judge(case, measurement).plans
    assert list(plans) == planned
    assert all(plans[name] == drawing_of(measurement, GREEDY if name else AS_IT_IS) for name in plans)
