"""Built files beside the models that they were built from: the same limits, and where the two drift apart."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from torch import nn

pytest.importorskip("flatbuffers")

from pytest_flopbudget import count
from pytest_flopbudget.counting.artifact import Artifact, as_built
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.declaring.cases import AskedCase
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.judging import judge
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import AllowedOperators, MaxBatch, Target
from pytest_flopbudget.judge.verdicts import Level, Verdict
from pytest_flopbudget.quantities import Relation
from pytest_flopbudget.trace.artifacts.tflite import read_tflite
from tflite_files import TFLiteFile

PLACE = Place("pyproject.toml", 3)
INT8 = Deployment(weight_dtype="int8", activation_dtype="int8", bias_dtype="int32", fusion="conv-bn-act")
BOARD = Target(name="board", place=PLACE, deployment=INT8)
# 1x3x16x16: a convolution of stride 2 with padding and a ReLU, and one of 1x1.
MACS = 8 * 8 * 8 * 3 * 9 + 8 * 8 * 4 * 8


def net() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 1)).eval()


def built(*, pads: int = 0, dtype: str = "int8", size: int = 16, activation: str = "", custom: str = "") -> Artifact:
    """What a converter makes of it."""
    file, half = TFLiteFile(), size // 2
    source = image = file.tensor((1, size, size, 3), dtype)
    for _ in range(pads):
        source = file.call("PAD", (source, file.constant((4, 2), "int32")), (1, size + 2, size + 2, 3), dtype)
    bias = "float32" if dtype == "float32" else "int32"
    weights = file.constant((8, 3, 3, 3), dtype), file.constant((8,), bias)
    made = file.call("CONV_2D", (source, *weights), (1, half, half, 8), dtype)
    for name in (activation, custom):
        made = file.call(name, (made,), (1, half, half, 8), dtype) if name else made
    weights = file.constant((4, 1, 1, 8), dtype), file.constant((4,), bias)
    made = file.call("CONV_2D", (made, *weights), (1, half, half, 4), dtype)
    data = file.written([image], [made])
    return Artifact("build/net.tflite", len(data), read_tflite(data))


def limit(metric: str, value: int, target: str = "", *, subject: str = "", relation: Relation = "<=") -> Limit:
    source = f"{value}"
    return Limit(
        metric=metric, value=value, place=PLACE, source=source, target=target, subject=subject, relation=relation
    )


def judged(artifact: Artifact, *targets: Target, limits: tuple[Limit, ...] = (), uncounted: Level = "error") -> Verdict:
    case = AskedCase(id="net", kind="test", place=PLACE, targets=targets, limits=limits, uncounted=uncounted)
    return judge(case, count(net(), "1x3x16x16"), artifact=artifact)


def test_a_file_is_held_to_the_same_upper_limits() -> None:
    on_board = replace(
        BOARD, limits=(limit("peak_activation_bytes", 1280, "board"), limit("weight_bytes", 10_000, "board"))
    )
    limits = (limit("macs", MACS), limit("params", 10_000), limit("macs", 20, subject="0"))
    verdict = judged(built(pads=1), on_board, limits=limits)
    assert [(check.artifact, check.limit.name, check.measured, check.assumed) for check in verdict.checks[-3:]] == [
        ("build/net.tflite", "macs", MACS, ""),
        # 16 * 16 * 3 and the same with the padding around it.
        ("build/net.tflite", "peak_activation_bytes@board", 16 * 16 * 3 + 18 * 18 * 3, "liveness, as built"),
        # Beside the weights the sizes of the padding, 4 * 2 numbers of 4 bytes.
        ("build/net.tflite", "weight_bytes@board", 8 * 27 + 4 * 8 + 4 * (8 + 4) + 32, "as built"),
    ]
    assert verdict.status == "exceeded"
    assert [reason for reason in verdict.reasons if "build" in reason] == [
        (
            "build/net.tflite: 1.699 KiB (peak activations) > 1.25 KiB (+36%), over the declared budget of board "
            "(liveness, as built)"
        )
    ]


def test_what_must_equal_a_number_is_the_model_alone() -> None:
    verdict = judged(built(pads=1), limits=(limit("macs", MACS, relation="="),))
    assert [check.artifact for check in verdict.checks] == [""]


def test_the_peak_of_a_file_is_told_beside_that_of_the_model() -> None:
    verdict = judged(built(pads=1), replace(BOARD, limits=(limit("peak_activation_bytes", 100, "board"),)))
    assert {name: peak.bytes for name, peak in verdict.peaks.items()} == {
        "board": 16 * 16 * 3 + 8 * 8 * 8,
        "board in build/net.tflite": 16 * 16 * 3 + 18 * 18 * 3,
    }


def test_rates_and_times_of_a_file() -> None:
    timed = replace(INT8, inferences_per_second=Fraction(2), clock_hz=Fraction(10**6), cycles_per_mac=Fraction(1))
    limits = (limit("mac_rate", 10**9, "board"), limit("latency_us", 10**9, "board"))
    verdict = judged(built(), replace(BOARD, deployment=timed, limits=limits))
    assert [(check.measured, check.assumed) for check in verdict.checks if check.artifact] == [
        (2 * MACS, "2 inferences a second"),
        (MACS, "1 MHz, 1 cycles a MAC"),
    ]


@pytest.mark.parametrize(
    ("names", "reasons"),
    [
        (("CONV_2D", "PAD"), ()),
        (("CONV_2D",), ("build/net.tflite: PAD is not among the allowed operators of board",)),
        (("aten::conv2d", "PAD"), ()),
        # ATen's names alone are about the model.
        (("aten::conv2d",), ()),
    ],
)
def test_the_operators_of_a_file(names: tuple[str, ...], reasons: tuple[str, ...]) -> None:
    verdict = judged(built(pads=1), replace(BOARD, allowed=AllowedOperators(names, PLACE)))
    assert verdict.reasons == reasons


def test_the_batch_of_a_file() -> None:
    file = TFLiteFile()
    source = file.tensor((4, 16, 16, 3))
    data = file.written([source], [file.conv(source, (4, 8, 8, 8), (8, 3, 3, 3))])
    artifact = Artifact("net.tflite", len(data), read_tflite(data))
    verdict = judged(artifact, replace(BOARD, max_batch=MaxBatch(1, PLACE)))
    assert verdict.reasons == ("net.tflite: batch 4 > 1, over the declared budget of board",)


@pytest.mark.parametrize(("uncounted", "status"), [("error", "incomplete"), ("warn", "incomplete"), ("off", "kept")])
def test_operators_of_a_file_that_nothing_can_count(uncounted: Level, status: str) -> None:
    verdict = judged(built(custom="ShopMix"), limits=(limit("macs", 10**9),), uncounted=uncounted)
    assert verdict.status == status
    assert verdict.reasons == (
        () if uncounted == "off" else ("build/net.tflite: 1 call of tflite::ShopMix is uncounted",)
    )


def test_a_file_without_macs() -> None:
    file = TFLiteFile()
    source = file.tensor((1, 16, 16, 3))
    data = file.written([source], [file.call("ethos-u", (source,), (1, 8, 8, 4))])
    verdict = judged(Artifact("vela.tflite", len(data), read_tflite(data)), limits=(limit("macs", 10**9),))
    assert verdict.status == "empty"
    assert verdict.reasons == ("vela.tflite: 0 MACs: 1 call of tflite::ethos-u is uncounted",)


def test_a_file_of_another_format_is_a_size() -> None:
    verdict = judged(Artifact("net.onnx", 1000), BOARD, limits=(limit("macs", MACS),))
    assert ([check.artifact for check in verdict.checks], verdict.notes) == ([""], ())


@pytest.mark.parametrize(
    ("artifact", "line"),
    [
        (built(), "the same MACs, weights and peak activations"),
        (
            built(pads=1),
            (
                "the same MACs; weights +11%: 32 B of constants that are no weights; peak activations +36%: 1 PAD "
                "operator that PyTorch does not have"
            ),
        ),
        (
            built(pads=2),
            (
                "the same MACs; weights +22%: 64 B of constants that are no weights; peak activations +52%: 2 PAD "
                "operators that PyTorch does not have"
            ),
        ),
        (
            built(dtype="float32"),
            (
                "the same MACs; weights +251%: its weights are float32, not int8; peak activations +300%: its "
                "activations are float32, not int8"
            ),
        ),
        (
            built(size=32),
            (
                "the same weights; MACs +300%: it takes 1x32x32x3, and the model 1x3x16x16; peak activations +300%: it "
                "takes 1x32x32x3, and the model 1x3x16x16"
            ),
        ),
    ],
    ids=["same", "one more operator", "two more", "floats", "another size"],
)
def test_drift(artifact: Artifact, line: str) -> None:
    assert judged(artifact, BOARD).notes == (f"build/net.tflite beside the model on board: {line}",)


def test_drift_where_a_step_of_the_model_is_fused() -> None:
    # ReLU is a step of its own on this board, and 512 bytes beside 512 in both.
    unfused = replace(BOARD, deployment=replace(INT8, fusion="none"))
    same = "build/net.tflite beside the model on board: the same MACs, weights and peak activations"
    assert judged(built(activation="RELU"), unfused).notes == (same,)


def test_what_the_model_has_more_of() -> None:
    model = nn.Sequential(net(), nn.Upsample(scale_factor=4), nn.Sigmoid())
    case = AskedCase(id="net", kind="test", place=PLACE, targets=(BOARD,))
    verdict = judge(case, count(model, "1x3x16x16"), artifact=built())
    # 4 * 32 * 32 bytes, twice, where the file has 16 * 16 * 3 + 8 * 8 * 8.
    assert verdict.notes == (
        (
            "build/net.tflite beside the model on board: the same MACs and weights; peak activations -84%: without 1 "
            "RESIZE_NEAREST_NEIGHBOR and 1 LOGISTIC operators that PyTorch has"
        ),
    )


def test_the_arena_where_buffers_are_placed() -> None:
    placed = replace(BOARD, deployment=replace(INT8, planner="tflm-greedy"))
    assert judged(built(), placed).notes == (
        "build/net.tflite beside the model on board: the same MACs, weights and arena",
    )


def test_without_a_target_only_macs_can_be_held_against_each_other() -> None:
    assert judged(built(pads=1)).notes == ("build/net.tflite beside the model: the same MACs",)


def test_what_is_assumed_of_a_file_is_what_it_does_not_say() -> None:
    deployment = replace(INT8, planner="tflm-greedy", arena_overhead=7, explicit_padding=True, io_dtype="float32")
    assert as_built(deployment) == replace(AS_IT_IS, planner="tflm-greedy", arena_overhead=7)
