"""What a case comes to on its targets, of measurements of small models."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.judging import judge
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import AllowedOperators, MaxBatch, Target
from pytest_flopbudget.judge.verdicts import Verdict

PLACE = Place("pyproject.toml", 3)
INT8 = Deployment(weight_dtype="int8", activation_dtype="int8", fusion="conv-bn-act")
BOARD = Target(name="board", place=PLACE, deployment=INT8)


def net() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 1), nn.ReLU(), nn.Conv2d(8, 4, 1)).eval()


def limit(metric: str, value: int) -> Limit:
    return Limit(metric=metric, value=value, place=PLACE, source=f"{value}", target="board")


def of_ram(value: int) -> Limit:
    """As it comes of the size of a target's RAM."""
    return replace(limit("peak_activation_bytes", value), is_derived=True)


def judged(measurement: Measurement, *targets: Target, limits: tuple[Limit, ...] = ()) -> Verdict:
    case = AskedCase(id="net", kind="test", place=PLACE, targets=targets, limits=limits)
    return judge(case, measurement)


def test_an_account_tells_memory_also_where_nothing_limits_it() -> None:
    account = judged(count(net(), "1x3x4x4"), BOARD).targets["board"]
    weights = 3 * 8 + 8 * 4 + 8 + 4
    peak = (8 + 4) * 4 * 4
    assert account.metrics == {"weight_bytes": weights, "peak_activation_bytes": peak, "arena_bytes": peak}
    assert account.assumptions["fusion"] == "conv-bn-act"


def test_the_cases_own_metrics_are_those_of_the_model_as_it_is() -> None:
    own = replace(limit("weight_bytes", 1), target="")
    verdict = judged(count(net(), "1x3x4x4"), BOARD, limits=(own,))
    assert verdict.metrics["weight_bytes"] == 4 * (3 * 8 + 8 * 4 + 8 + 4)
    assert [(check.limit.name, check.measured) for check in verdict.checks] == [("weight_bytes", 272)]


def test_a_peak_is_told_only_where_memory_is_exceeded() -> None:
    kept = replace(BOARD, limits=(limit("arena_bytes", 192), limit("weight_bytes", 1)))
    assert judged(count(net(), "1x3x4x4"), kept).peaks == {}
    over = replace(BOARD, limits=(limit("weight_bytes", 1), limit("arena_bytes", 191)))
    peak = judged(count(net(), "1x3x4x4"), over).peaks["board"]
    assert (peak.step, peak.steps, peak.operator, peak.module, peak.bytes, peak.placed) == (
        3,
        3,
        "aten::conv2d",
        "2",
        192,
        192,
    )
    assert [(each.operator, each.module, each.shape, each.bytes) for each in peak.alive] == [
        ("aten::conv2d", "0", (1, 8, 4, 4), 128),
        ("aten::conv2d", "2", (1, 4, 4, 4), 64),
    ]


@pytest.mark.parametrize(
    ("input", "reasons"), [("1x3x4x4", ()), ("2x3x4x4", ("batch 2 > 1, over the declared budget of board",))]
)
def test_batches(input: str, reasons: tuple[str, ...]) -> None:
    verdict = judged(count(net(), input), replace(BOARD, max_batch=MaxBatch(1, PLACE)))
    assert verdict.reasons == reasons
    assert verdict.status == ("exceeded" if reasons else "kept")


@pytest.mark.parametrize(
    ("names", "reasons"),
    [
        (("aten::conv2d",), ()),
        (("CONV_2D",), ()),
        (("aten::linear",), ("aten::conv2d in 0 and 1 more is not among the allowed operators of board",)),
        (("ADD",), ("aten::conv2d (CONV_2D) in 0 and 1 more is not among the allowed operators of board",)),
    ],
)
def test_operators(names: tuple[str, ...], reasons: tuple[str, ...]) -> None:
    target = replace(BOARD, allowed=AllowedOperators(names, PLACE))
    verdict = judged(count(net(), "1x3x4x4"), target)
    assert verdict.reasons == reasons
    assert verdict.details == (("what it allows stands at pyproject.toml:3",) if reasons else ())


def test_several_operators_are_told_together() -> None:
    target = replace(BOARD, deployment=Deployment(), allowed=AllowedOperators(("aten::linear",), PLACE))
    assert judged(count(net(), "1x3x4x4"), target).reasons == (
        "aten::conv2d, aten::relu are not among the allowed operators of board",
    )


def test_an_operator_of_the_model_itself() -> None:
    target = replace(BOARD, allowed=AllowedOperators(("ADD",), PLACE))
    assert judged(count(nn.Linear(8, 4).eval(), "1x8"), target).reasons == (
        "aten::linear (FULLY_CONNECTED) is not among the allowed operators of board",
    )


def test_an_operator_of_one_module() -> None:
    target = replace(BOARD, allowed=AllowedOperators(("ADD",), PLACE))
    assert judged(count(nn.Sequential(nn.Linear(8, 4)).eval(), "1x8"), target).reasons == (
        "aten::linear (FULLY_CONNECTED) in 0 is not among the allowed operators of board",
    )


def test_training_has_no_memory_to_judge() -> None:
    target = replace(BOARD, limits=(limit("arena_bytes", 1000),), allowed=AllowedOperators(("ADD",), PLACE))
    verdict = judged(count(net(), "1x3x4x4", mode="training"), target)
    assert verdict.status == "error"
    assert verdict.reasons == ("arena_bytes@board: the memory of a step of training is not told: count the forward",)
    assert verdict.details == ("the limit stands at pyproject.toml:3",)
    assert verdict.targets["board"].metrics == {}


class Cached(nn.Module):
    cache: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("cache", torch.zeros(1, 512))
        self.head = nn.Linear(512, 4)

    def forward(self, x: Tensor) -> Tensor:
        self.cache.copy_(self.cache + x)
        out: Tensor = self.head(self.cache)
        return out


def test_ram_is_held_against_what_is_kept_between_calls_too() -> None:
    measurement = count(Cached().eval(), "1x512")
    # What comes in and the sum, and what is kept; the four outputs are later.
    kept, over = ((of_ram(value),) for value in (3 * 512, 3 * 512 - 1))
    assert judged(measurement, replace(BOARD, limits=kept)).status == "kept"
    verdict = judged(measurement, replace(BOARD, limits=over))
    assert [(check.limit.name, check.measured) for check in verdict.checks] == [("arena_bytes@board", 3 * 512)]
    assert (verdict.status, verdict.peaks["board"].state) == ("exceeded", 512)


def test_ram_is_held_against_the_peak_of_what_keeps_nothing() -> None:
    target = replace(BOARD, limits=(of_ram(192),))
    verdict = judged(count(net(), "1x3x4x4"), target)
    assert [check.limit.name for check in verdict.checks] == ["peak_activation_bytes@board"]


def test_a_limit_on_the_peak_itself_is_on_that_alone() -> None:
    target = replace(BOARD, limits=(limit("peak_activation_bytes", 2 * 512),))
    verdict = judged(count(Cached().eval(), "1x512"), target)
    assert [(check.limit.name, check.measured) for check in verdict.checks] == [("peak_activation_bytes@board", 1024)]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("body", ()),
        ("body.0", ()),
        ("*", ()),
        ("**.1", ("board: weight_dtype: of what has weights no module matches '**.1'; there is body, head",)),
        ("heads", ("board: weight_dtype: of what has weights no module matches 'heads'; did you mean 'head'?",)),
    ],
)
def test_a_type_for_modules_that_there_are_not_is_told(pattern: str, told: tuple[str, ...]) -> None:
    model = nn.Sequential()
    model.body = nn.Sequential(nn.Linear(8, 4), nn.ReLU())
    model.head = nn.Linear(4, 2)
    target = replace(BOARD, deployment=replace(INT8, weight_dtypes={pattern: "float32"}))
    verdict = judged(count(model.eval(), "1x8"), target)
    assert (verdict.notes, verdict.status) == (told, "kept")
