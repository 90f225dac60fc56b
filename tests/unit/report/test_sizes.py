from __future__ import annotations

import json

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.report.record import from_record, to_record
from pytest_flopbudget.report.sizes import size_sections

PLACE = Place("pyproject.toml", 3)


def over(metric: str, target: str = "") -> Check:
    return Check(Limit(metric=metric, value=1, place=PLACE, source="1 B", target=target), 1000)


def told(checks: list[Check], **sizes: dict[str, int]) -> list[list[str]]:
    named = {name.replace("_at_", "@"): parts for name, parts in sizes.items()}
    return size_sections(Verdict(case="net::default", model="net", place=PLACE, sizes=named), checks)


def test_weights_are_told_by_module() -> None:
    parts = {"head": 8704, "body.0": 1296, "": 0}
    assert told([over("weight_bytes")], weight_bytes=parts) == [
        [
            "Where the weights are, by module:",
            "  head    8,704 B   87.0%",
            "  body.0  1,296 B   13.0%",
        ]
    ]


def test_of_many_modules_the_largest_are_told() -> None:
    parts = {f"layers.{at}": 70 - at for at in range(7)}
    # 70 + 69 + 68 + 67 + 66 + 65 + 64 = 469.
    assert told([over("traffic_bytes", "board")], traffic_bytes_at_board=parts) == [
        [
            "Where the traffic is on board, the 5 largest of 7 modules:",
            "  layers.0  70 B   14.9%",
            "  layers.1  69 B   14.7%",
            "  layers.2  68 B   14.5%",
            "  layers.3  67 B   14.3%",
            "  layers.4  66 B   14.1%",
        ]
    ]


def test_targets_on_which_weights_are_alike_have_one_table() -> None:
    checks = [over("weight_bytes", "a"), over("weight_bytes", "b"), over("weight_bytes", "c")]
    found = told(checks, weight_bytes_at_a={"": 4}, weight_bytes_at_b={"": 16}, weight_bytes_at_c={"": 4})
    assert found == [
        ["Where the weights are on a and c, by module:", "  the model itself  4 B  100.0%"],
        ["Where the weights are on b, by module:", "  the model itself  16 B  100.0%"],
    ]


def test_the_largest_tensors_are_told_by_what_makes_them() -> None:
    parts = {"1x8x4x4 float32, aten::conv2d in 0": 512, "1x3x4x4 float32, an input of the model": 192}
    assert told([over("largest_tensor_bytes")], largest_tensor_bytes=parts) == [
        [
            "The largest tensors:",
            "  512 B  1x8x4x4 float32, aten::conv2d in 0",
            "  192 B  1x3x4x4 float32, an input of the model",
        ]
    ]


def test_without_parts_there_is_nothing_to_tell() -> None:
    assert told([over("io_bytes")]) == []


def test_they_are_the_same_in_another_process() -> None:
    verdict = Verdict(case="net::default", model="net", place=PLACE, sizes={"weight_bytes@board": {"head": 3}})
    assert from_record(json.loads(json.dumps(to_record(verdict)))).sizes == {"weight_bytes@board": {"head": 3}}
