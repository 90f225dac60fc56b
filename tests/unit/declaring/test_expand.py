from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

import pytest

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.inputs import parse_inputs
from pytest_flopbudget.declaring.keys import KEYS
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit

DESIGN = """\
[tool.pytest-flopbudget.models.mobilenet]
factory = "shop.models:mobilenet_v2"
kwargs  = { width_mult = 0.35, img_size = "$R", name = "net_{R}" }
input   = "1x3xRxR"
params  = "600 k"
at = [
  { R = 96,  macs = "12 M" },
  { R = 160, macs = "= 31.00 M", reason = "30 fps" },
]
"""


def test_a_case_has_all_that_its_layers_say(read: Callable[[str], Table]) -> None:
    one, other = read(DESIGN).cases
    params = Limit(metric="params", value=600_000, place=Place("pyproject.toml", 5), source="600 k")
    assert one == Case(
        model="mobilenet",
        point_name="R96",
        place=Place("pyproject.toml", 7),
        factory="shop.models:mobilenet_v2",
        inputs=parse_inputs("1x3x96x96"),
        point={"R": 96},
        kwargs={"width_mult": 0.35, "img_size": 96, "name": "net_96"},
        limits=(Limit(metric="macs", value=12_000_000, place=Place("pyproject.toml", 7), source="12 M"), params),
    )
    assert (other.id, other.reason) == ("mobilenet::R160", "30 fps")
    assert other.limits == (
        Limit(
            metric="macs",
            value=31_000_000,
            relation="=",
            step=10_000,
            place=Place("pyproject.toml", 8),
            source="= 31.00 M",
            reason="30 fps",
        ),
        params,
    )


def test_the_nearest_wins(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.defaults]
factory = "shop:default"
kwargs = { a = 1 }
level = "warn"
build = "real"
macs = "1 M"
flops = "3 M"
reason = "by default"
skip = true
at = [32]
[tool.pytest-flopbudget.models.net]
input = "1x3xR"
kwargs = { b = 2 }
level = "off"
macs = "2 M"
reason = "of the model"
at = [
  { R = 64 },
  { R = 96, level = "error", macs = "3 M", factory = "shop:point", input = "2x3xR", kwargs = {}, skip = false },
]
[tool.pytest-flopbudget.models.other]
input = "1xT"
""").cases
    assert [(case.id, case.factory, case.kwargs, case.level, case.build, case.skip, case.reason) for case in cases] == [
        ("net::R64", "shop:default", {"b": 2}, "off", "real", "skip = true", "of the model"),
        ("net::R96", "shop:point", {}, "error", "real", None, "of the model"),
        ("other::T32", "shop:default", {"a": 1}, "warn", "real", "skip = true", "by default"),
    ]
    assert [[(limit.metric, limit.value, limit.reason) for limit in case.limits] for case in cases] == [
        [("macs", 2_000_000, "of the model"), ("flops", 3_000_000, "by default")],
        [("macs", 3_000_000, None), ("flops", 3_000_000, "by default")],
        [("macs", 1_000_000, "by default"), ("flops", 3_000_000, "by default")],
    ]
    assert [case.inputs for case in cases] == [parse_inputs("1x3x64"), parse_inputs("2x3x96"), parse_inputs("1x32")]


@pytest.mark.parametrize(
    ("key", "of_defaults", "of_model", "of_point"),
    [
        ("factory", "shop:a", "shop:b", "shop:c"),
        ("call", "a", "b", "c"),
        ("part", "a", "b", "c"),
        ("prepare", [".a"], [".b"], [".c", ".d"]),
        ("mode", "training", "inference", "training"),
        ("loss", "shop:a", "shop:b", "shop:c"),
        ("build", "real", "meta", "auto"),
        ("backend", "execute", "shapes", "auto"),
        ("execute_limit", 1, 0, 2),
        ("level", "off", "warn", "error"),
        ("uncounted", "off", "warn", "error"),
        ("allow_zero", True, False, True),
        ("reason", "a", "b", "c"),
        ("skip", "a", "b", "c"),
        ("artifact", "a.tflite", "b.tflite", "c.tflite"),
    ],
)
def test_the_nearest_of_each_key(
    read: Callable[[str], Table], key: str, of_defaults: object, of_model: object, of_point: object
) -> None:
    by_default, by_model, by_point = (f"{key} = {json.dumps(value)}" for value in (of_defaults, of_model, of_point))
    cases = read(f"""\
[tool.pytest-flopbudget.defaults]
{by_default}
{"" if key == "factory" else 'factory = "shop:net"'}
{"mode = 'training'" if key == "loss" else ""}
macs = 1
[tool.pytest-flopbudget.models.net]
{by_model}
input = "1xR"
at = [{{ R = 1 }}, {{ R = 2, {by_point} }}]
[tool.pytest-flopbudget.models.other]
input = "1"
""").cases
    expected = [tuple(value) if isinstance(value, list) else value for value in (of_model, of_point, of_defaults)]
    assert [getattr(case, key) for case in cases] == expected


def test_every_other_key_of_a_case_is_known_to_need_more_than_a_field() -> None:
    more = [key.name for key in KEYS if key.put is None and "point" in key.where]
    metrics = [name for name, metric in METRICS.items() if not metric.needs]
    assert more == ["args", "kwargs", "input", "input_factory", "name", "targets", *metrics, "modules"]


def test_limits_by_point(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.models.net]
factory = "shop:net"
input = "1xR"
at = [1, 2, { R = 3, macs = 33 }]
reason = "why"
flops = 9

[tool.pytest-flopbudget.models.net.macs]
R1 = 11
R3 = 13
""").cases
    assert [
        [(limit.metric, limit.value, limit.place.line, limit.reason) for limit in case.limits] for case in cases
    ] == [
        [("macs", 11, 9, "why"), ("flops", 9, 6, "why")],
        [("flops", 9, 6, "why")],
        [("macs", 33, 4, None), ("flops", 9, 6, "why")],
    ]


@pytest.mark.parametrize("day", ["2027-03-01", '"2027-03-01"'])
def test_a_warning_may_end(read: Callable[[str], Table], day: str) -> None:
    cases = read(f"""\
[tool.pytest-flopbudget.defaults]
factory = "shop:net"
input = "1"
macs = 1
until = {day}
[tool.pytest-flopbudget.models.tolerated]
level = "warn"
[tool.pytest-flopbudget.models.strict]
""").cases
    assert [(case.level, case.until) for case in cases] == [("warn", date(2027, 3, 1)), ("error", date(2027, 3, 1))]


def test_a_loss_may_stand_where_only_some_train(read: Callable[[str], Table]) -> None:
    cases = read("""\
[tool.pytest-flopbudget.defaults]
factory = "shop:net"
input = "1"
macs = 1
loss = "shop:loss"
[tool.pytest-flopbudget.models.inherited]
[tool.pytest-flopbudget.models.own]
loss = "shop:own"
at = [{ name = "step", mode = "training" }, { name = "forward" }]
""").cases
    assert [(case.id, case.mode, case.loss) for case in cases] == [
        ("inherited::default", "inference", "shop:loss"),
        ("own::step", "training", "shop:own"),
        ("own::forward", "inference", "shop:own"),
    ]
