"""Bundles of models of one layer: what each needs, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bundle_of_cases import BundleOfCases
from pytest_flopbudget.counting.boundary import Boundary, Weight
from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import FlopBudgetError, MeasureError, Place
from pytest_flopbudget.judge.bundles import broken_bundle, judge_bundle, skipped_bundle
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Arena, MaxBatch, Target
from pytest_flopbudget.judge.verdicts import Finding, Level, Share, Verdict
from pytest_flopbudget.quantities import Relation

PLACE = Place("pyproject.toml", 3)
INT8 = Deployment(activation_dtype="int8", weight_dtype="int8", fusion="none")
BOARD = Target(name="board", place=PLACE, deployment=INT8)
CASES = tuple(AskedCase(id=name, kind="test", place=PLACE, targets=(BOARD,)) for name in ("eye", "ear", "nose"))


def net(taken: int, given: int, *, batch: int = 1, macs: int = 1, uncounted: bool = False) -> Measurement:
    """A layer with a byte of input, weight or output for each of its elements."""
    x, out, weight = (
        TensorSpec((batch, taken), storage=1),
        TensorSpec((given,), storage=2),
        TensorSpec((taken,), storage=3),
    )
    call = OperatorCall("aten::linear", "fc", {"input": x, "weight": weight}, out)
    calls: list[tuple[OperatorCall, Cost | None]] = [(call, Cost(macs))]
    if uncounted:
        calls.append((OperatorCall("shop::mix", "", {"x": out}, out), None))
    boundary = Boundary((x,), (out,), (Weight("fc", "weight", "parameter", weight),))
    return Measurement(calls=tuple(calls), modules=(ModuleNode(""), ModuleNode("fc")), boundary=boundary)


# Peaks of 40, 10 and 5 bytes; in places of 16 bytes 48, 32 and 32. Weights of 30, 6 and 3.
NETS = (net(30, 10), net(6, 4), net(3, 2))


def limit(metric: str, value: int, relation: Relation = "<=") -> Limit:
    return Limit(metric=metric, value=value, relation=relation, place=PLACE, source=str(value), target="board")


def on(*limits: Limit, deployment: Deployment = INT8, max_batch: int | None = None) -> Target:
    largest = None if max_batch is None else MaxBatch(max_batch, Place("pyproject.toml", 9))
    return replace(BOARD, limits=limits, deployment=deployment, max_batch=largest)


def judged(*limits: Limit, arena: Arena = "separate", level: Level = "error", deployment: Deployment = INT8) -> Verdict:
    bundle = BundleOfCases(cases=CASES, target=on(*limits, deployment=deployment), arena=arena, level=level)
    return judge_bundle(bundle, NETS)


@pytest.mark.parametrize(
    ("metric", "arena", "planner", "measured"),
    [
        ("weight_bytes", "shared", "liveness", 30 + 6 + 3),
        ("peak_activation_bytes", "separate", "liveness", 40 + 10 + 5),
        ("peak_activation_bytes", "shared", "liveness", 40),
        ("peak_activation_bytes", "shared", "tflm-greedy", 40),
        ("arena_bytes", "separate", "tflm-greedy", (32 + 16) + (16 + 16) + (16 + 16)),
        ("arena_bytes", "shared", "tflm-greedy", 32 + 16),
    ],
)
def test_what_adds_up(metric: str, arena: Arena, planner: str, measured: int) -> None:
    deployment = replace(INT8, planner="tflm-greedy" if planner == "tflm-greedy" else "liveness")
    verdict = judged(limit(metric, 1000), arena=arena, deployment=deployment)
    assert [check.measured for check in verdict.checks] == [measured]
    assert verdict.targets["board"].metrics == {metric: measured}
    assert (verdict.findings, verdict.peaks) == ((), {})


@pytest.mark.parametrize(
    ("most", "to_lose", "peaks"),
    [
        # Kept: nothing to lose.
        (55, (None, None, None), ()),
        (54, (1, 1, 1), ("eye", "ear", "nose")),
        # Without the last, 50 are left, and without the second 45.
        (50, (5, 5, 5), ("eye", "ear", "nose")),
        (49, (6, 6, None), ("eye", "ear")),
        (44, (11, None, None), ("eye",)),
        (15, (40, None, None), ("eye",)),
        # None can make up for it alone, and all are shown.
        (14, (None, None, None), ("eye", "ear", "nose")),
    ],
)
def test_what_each_would_have_to_lose(most: int, to_lose: tuple[int | None, ...], peaks: tuple[str, ...]) -> None:
    verdict = judged(limit("peak_activation_bytes", most))
    shares = zip(("eye", "ear", "nose"), (40, 10, 5), to_lose, strict=True)
    assert verdict.shares == {"peak_activation_bytes": tuple(Share(*share) for share in shares)}
    assert tuple(verdict.peaks) == peaks


def test_in_one_arena_only_the_largest_can_lose_something() -> None:
    verdict = judged(limit("peak_activation_bytes", 30), arena="shared")
    assert verdict.shares["peak_activation_bytes"] == (Share("eye", 40, 10), Share("ear", 10), Share("nose", 5))


def test_no_peak_is_told_for_weights() -> None:
    verdict = judged(limit("weight_bytes", 1), limit("peak_activation_bytes", 55))
    assert ([finding.status for finding in verdict.findings], verdict.peaks) == (["exceeded"], {})


@pytest.mark.parametrize(
    ("relation", "level", "findings"),
    [
        ("<=", "error", [("exceeded", "error")]),
        ("<=", "warn", [("exceeded", "warn")]),
        ("<=", "off", []),
        ("=", "error", [("differs", "error")]),
    ],
)
def test_what_is_not_kept(relation: Relation, level: Level, findings: list[tuple[str, str]]) -> None:
    verdict = judged(limit("weight_bytes", 38, relation), level=level)
    assert [(finding.status, finding.level) for finding in verdict.findings] == findings


def test_only_what_is_in_ram_has_an_arena() -> None:
    verdict = judged(limit("weight_bytes", 50), limit("arena_bytes", 100), arena="shared")
    assert [check.assumed for check in verdict.checks] == [
        "int8, nothing fused",
        "liveness, int8, nothing fused, one shared arena",
    ]


def test_what_a_target_does_not_take_is_told_of_its_case() -> None:
    target = on(max_batch=1)
    nets = (net(3, 2), net(3, 2, batch=2), net(3, 2))
    verdict = judge_bundle(BundleOfCases(cases=CASES, target=target, level="warn"), nets)
    why = "ear: batch 2 > 1, over the declared budget of board"
    assert verdict.findings == (Finding("exceeded", "warn", why),)
    assert verdict.details == ("what it allows stands at pyproject.toml:9",)
    assert judge_bundle(BundleOfCases(cases=CASES, target=target, level="off"), nets).findings == ()


def test_what_is_not_counted_is_told_of_its_case_and_errors_come_first() -> None:
    loose, strict, wide = CASES
    limited = replace(wide, limits=(replace(limit("macs", 0), target=""),))
    cases = (replace(loose, uncounted="warn"), strict, limited)
    nets = (net(3, 2, uncounted=True), net(3, 2, macs=0), net(3, 2))
    verdict = judge_bundle(BundleOfCases(target=on(limit("weight_bytes", 8)), cases=cases), nets)
    assert [(finding.status, finding.level, finding.text.partition(":")[0]) for finding in verdict.findings] == [
        ("empty", "error", "ear"),
        ("exceeded", "error", "9 B (weights) > 8 B (+13%), over the declared budget of board (int8, nothing fused)"),
        ("incomplete", "warn", "eye"),
    ]


def test_the_memory_of_training_is_not_told() -> None:
    bundle = BundleOfCases(cases=CASES, target=on(limit("macs", 1), limit("peak_activation_bytes", 1)))
    verdict = judge_bundle(bundle, (NETS[0], replace(NETS[1], mode="training"), NETS[2]))
    why = "ear: peak_activation_bytes@board: the memory of a step of training is not told: count the forward"
    assert verdict.findings == (Finding("error", "error", why),)
    assert verdict.checks == ()


@pytest.mark.parametrize(
    ("error", "text", "details"),
    [
        (MeasureError("it cannot run", "conv: 3 channels"), "ear: it cannot run", ("conv: 3 channels",)),
        (FlopBudgetError(), "ear: FlopBudgetError", ()),
    ],
)
def test_a_case_that_cannot_be_measured(error: FlopBudgetError, text: str, details: tuple[str, ...]) -> None:
    verdict = broken_bundle(
        BundleOfCases(target=BOARD, cases=CASES, until=date(2027, 3, 1), reason="rev B"), "ear", error
    )
    assert (verdict.findings, verdict.details) == ((Finding("error", "error", text),), details)
    assert (verdict.case, verdict.until, verdict.reason) == ("robot", "2027-03-01", "rev B")


def test_a_bundle_that_is_not_run() -> None:
    verdict = skipped_bundle(BundleOfCases(target=BOARD, cases=CASES), "no board yet")
    assert (verdict.findings, verdict.until) == ((Finding("skipped", "off", "no board yet"),), "")
