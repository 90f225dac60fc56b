"""Reasons, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judged_cases import measured
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge import wording
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, UncountedOperator
from pytest_flopbudget.quantities import Relation


def check(measured: int, value: int, metric: str = "macs", relation: Relation = "<=", step: int = 1) -> Check:
    place = Place("pyproject.toml", 1)
    return Check(Limit(metric=metric, value=value, place=place, source="", relation=relation, step=step), measured)


def about(measured: int, value: int, metric: str = "macs", relation: Relation = "<=") -> Check:
    return replace(check(measured, value, metric, relation), approximate=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (wording.over(check(29_720_000, 29_000_000)), "29.72 MMACs > 29 MMACs (+2.5%)"),
        (wording.over(check(59_440_000, 58_000_000, "flops")), "59.44 MFLOPs (2 × MACs) > 58 MFLOPs (+2.5%)"),
        (wording.over(check(3_504_872, 3_400_000, "params")), "3.505 M params > 3.4 M params (+3.1%)"),
        (wording.over(check(1, 0)), "1 MAC > 0 MACs (over 0)"),
        (wording.unequal(check(1_325_100_000, 1_320_000_000)), "1.325 GMACs, not 1.32 GMACs (+0.39%)"),
        (wording.close(check(28_999_999, 29_000_000)), "28.999999 MMACs is 99% of 29 MMACs"),
        (wording.plain(check(11_170_000, 12_000_000)), "11.17 MMACs of 12 MMACs (93%)"),
        (wording.plain(check(0, 0)), "0 MACs of 0 MACs"),
        (wording.plain(check(7_077_888, 7_077_888, relation="=")), "7.078 MMACs, exactly"),
        (wording.plain(check(7_077_888, 7_080_000, relation="=", step=10_000)), "7.078 MMACs rounds to 7.08 MMACs"),
        (wording.plain(check(7_077_888, 7_000_000, relation="=")), "7.078 MMACs, not 7 MMACs (+1.1%)"),
        (wording.over(check(11_114_984, 11_000_000, "activations")), "11.11 M elements > 11 M elements (+1%)"),
        (wording.over(about(29_720_000, 29_000_000)), "≈ 29.72 MMACs > 29 MMACs (+2.5%)"),
        (wording.over(about(59_440_000, 58_000_000, "flops")), "≈ 59.44 MFLOPs (2 × MACs) > 58 MFLOPs (+2.5%)"),
        (wording.unequal(about(29_720_000, 29_000_000)), "≈ 29.72 MMACs, not 29 MMACs (+2.5%)"),
        (wording.close(about(28_999_999, 29_000_000)), "≈ 28.999999 MMACs is 99% of 29 MMACs"),
        (wording.plain(about(11_170_000, 12_000_000)), "≈ 11.17 MMACs of 12 MMACs (93%)"),
        (wording.plain(about(7_077_888, 7_077_888, relation="=")), "≈ 7.078 MMACs rounds to 7.078 MMACs"),
    ],
)
def test_limits(text: str, expected: str) -> None:
    assert text == expected


def on(measured: int, value: int, metric: str, assumed: str, relation: Relation = "<=") -> Check:
    """A limit of a target, and what its count assumes."""
    made = check(measured, value, metric, relation)
    return replace(made, limit=replace(made.limit, target="board"), assumed=assumed)


BYTES = on(384_000, 262_144, "peak_activation_bytes", "liveness, int8, conv-bn-act")
KEPT = on(135 * 1024, 262_144, "peak_activation_bytes", "liveness, int8, conv-bn-act")
WEIGHTS = on(219_064, 786_432, "weight_bytes", "int8, int32 biases, conv-bn-act")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            wording.over(BYTES),
            (
                "375 KiB (peak activations) > 256 KiB (+46%), over the declared budget of board (liveness, int8, "
                "conv-bn-act)"
            ),
        ),
        (
            wording.over(replace(BYTES, limit=replace(BYTES.limit, target=""))),
            "375 KiB (peak activations) > 256 KiB (+46%), assuming liveness, int8, conv-bn-act",
        ),
        (
            wording.close(KEPT),
            (
                "135 KiB (peak activations) is 52% of 256 KiB, within the declared budget of board (liveness, int8, "
                "conv-bn-act)"
            ),
        ),
        (wording.over(on(30, 20, "macs", "")), "30 MACs > 20 MACs (+50%), over the declared budget of board"),
        (
            wording.unequal(on(30, 20, "macs", "", "=")),
            "30 MACs, not 20 MACs (+50%), against the declared budget of board",
        ),
        (
            wording.over(on(384_659, 100_000, "latency_us", "480 MHz, 4.5 cycles a MAC")),
            "384.7 ms (an estimate) > 100 ms (+285%), over the declared budget of board (480 MHz, 4.5 cycles a MAC)",
        ),
        (
            "; ".join(wording.kept([check(5, 10), KEPT, WEIGHTS])),
            (
                "5 MACs of 10 MACs (50%); 135 KiB (peak activations) of 256 KiB (52%), 213.9 KiB (weights) of 768 KiB "
                "(27%), within the declared budget of board (liveness, int8, conv-bn-act, int32 biases)"
            ),
        ),
        (
            "; ".join(wording.kept([BYTES, on(30, 20, "macs", "", "="), on(20, 20, "params", "", "=")])),
            (
                "375 KiB (peak activations) of 256 KiB (146%), 30 MACs, not 20 MACs, 20 params, exactly, over the "
                "declared budget of board (liveness, int8, conv-bn-act)"
            ),
        ),
    ],
)
def test_whose_budget_it_is_and_what_it_assumes(text: str, expected: str) -> None:
    assert text == expected


@pytest.mark.parametrize(
    ("uncounted", "expected"),
    [
        ([("a::x", 1)], "1 call of a::x is uncounted"),
        ([("a::x", 2), ("a::x", 1_200)], "1,202 calls of a::x are uncounted"),
        ([("a::x", 2), ("a::y", 1), ("a::x", 1)], "4 calls of 2 operators are uncounted: a::x, a::y"),
    ],
)
def test_uncounted(uncounted: list[tuple[str, int]], expected: str) -> None:
    operators = [UncountedOperator(name, f"m{number}", calls) for number, (name, calls) in enumerate(uncounted)]
    assert wording.incomplete(operators) == expected


def of_module(module: str, measured: int, value: int, subject: str = "blocks.*") -> Check:
    plain = check(measured, value)
    return replace(plain, limit=replace(plain.limit, subject=subject), module=module)


def test_a_module_is_named() -> None:
    attn = of_module("blocks.3.attn", 29_700_000, 29_000_000)
    assert wording.over(attn) == "blocks.3.attn: 29.7 MMACs > 29 MMACs (+2.4%)"
    assert wording.over(replace(attn, approximate=True)) == "blocks.3.attn: ≈ 29.7 MMACs > 29 MMACs (+2.4%)"
    flops = replace(attn, limit=replace(attn.limit, metric="flops"))
    assert wording.over(flops) == "blocks.3.attn: 29.7 MFLOPs (2 × MACs) > 29 MFLOPs (+2.4%)"


def test_of_many_modules_that_keep_a_limit_the_dearest_is_told() -> None:
    checks = [check(90, 100), *(of_module(f"blocks.{number}", 10 + number, 20) for number in (0, 2, 1))]
    assert wording.kept(checks) == [
        "90 MACs of 100 MACs (90%)",
        "blocks.2: 12 MACs of 20 MACs (60%), the dearest of 3 blocks.*",
    ]


def test_one_module_that_keeps_its_limit() -> None:
    assert wording.kept([of_module("stem", 5, 20, "stem")]) == ["stem: 5 MACs of 20 MACs (25%)"]


def test_what_is_missed_on_one_target_is_told_together() -> None:
    arena = on(2048, 1024, "arena_bytes", "tflm-greedy, int8")
    kept = on(1, 1024, "io_bytes", "int8")
    weights = on(3072, 1024, "weight_bytes", "int8, int32 biases")
    other = replace(arena, limit=replace(arena.limit, target="other"), assumed="liveness")
    assert wording.together([check(2, 1), arena, kept, weights, other]) == {
        "2 KiB (arena) > 1 KiB (+100%), over the declared budget of board (tflm-greedy, int8)": (
            "2 KiB (arena) > 1 KiB (+100%), 3 KiB (weights) > 1 KiB (+200%), over the declared budget of board "
            "(tflm-greedy, int8, int32 biases)"
        ),
        "3 KiB (weights) > 1 KiB (+200%), over the declared budget of board (int8, int32 biases)": "",
        "2 KiB (arena) > 1 KiB (+100%), over the declared budget of other (liveness)": (
            "2 KiB (arena) > 1 KiB (+100%), over the declared budget of other (liveness)"
        ),
    }


def test_what_must_equal_a_number_is_told_with_what_must_not_be_over_one() -> None:
    exact, arena = on(2048, 1024, "weight_bytes", "int8", "="), on(2048, 1024, "arena_bytes", "int8")
    assert wording.together([exact, arena]) == {
        "2 KiB (weights), not 1 KiB (+100%), against the declared budget of board (int8)": (
            "2 KiB (weights), not 1 KiB (+100%), 2 KiB (arena) > 1 KiB (+100%), against the declared budget of board "
            "(int8)"
        ),
        "2 KiB (arena) > 1 KiB (+100%), over the declared budget of board (int8)": "",
    }


@pytest.mark.parametrize(
    ("repeat", "data_dependent", "told"),
    [
        (None, False, []),
        (1, False, ["a run of 1 step: 14 FLOPs (2 × MACs)"]),
        (30_000, False, ["a run of 30,000 steps: 420 kFLOPs (2 × MACs)"]),
        (3, True, ["a run of 3 steps: ≈ 42 FLOPs (2 × MACs)"]),
    ],
)
def test_a_whole_run(repeat: int | None, data_dependent: bool, told: list[str]) -> None:
    step = replace(measured(7), repeat=repeat, data_dependent=data_dependent)
    assert wording.run(step) == told


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        (11, "11 MACs of 12 MACs (91%), within the declared budget of board (int8)"),
        (13, "13 MACs of 12 MACs (108%), over the declared budget of board (int8)"),
    ],
)
def test_a_limit_of_a_target(measured: int, told: str) -> None:
    plain = check(measured, 12)
    assert wording.plain(replace(plain, limit=replace(plain.limit, target="board"), assumed="int8")) == told


def test_of_several_modules_the_dearest_is_told() -> None:
    limit = replace(check(0, 10).limit, subject="a.*")
    checks = [Check(limit, measured, module=module) for module, measured in (("a.x", 5), ("a.y", 7))]
    assert wording.kept(checks) == ["a.y: 7 MACs of 10 MACs (70%), the dearest of 2 a.*"]
    assert wording.kept(checks[:1]) == ["a.x: 5 MACs of 10 MACs (50%)"]
