"""Targets in whole runs: what is judged, what a failure says, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

# toy:net at 16×16 and 8 bits: 3 * 16 * 16 bytes go in, 8 * 16 * 16 come out of the first convolution and its ReLU, and
# 4 * 16 * 16 of the second. Weights: 3 * 8 * 9 + 8 * 4 bytes, and 8 + 4 biases of 4. MACs: 63_488.
BOARD = """
[tool.pytest-flopbudget.targets.board]
ram = "4 KiB"
reserve_ram = "2 KiB"
flash = "1 KiB"
weight_dtype = "int8"
activation_dtype = "int8"
bias_dtype = "int32"
fusion = "conv-bn-act"
"""
NET = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input = "1x3xRxR"
targets = ["board"]
at = [16]
"""


@pytest.fixture(params=[(), ("-n", "1")], ids=["alone", "xdist"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    assert isinstance(request.param, tuple)
    return request.param


def test_over_memory(declare: Declare, run: Run, rows: Rows, section: Section, workers: tuple[str, ...]) -> None:
    declare(f"{BOARD}{NET}")
    result = run(*workers)
    result.assert_outcomes(passed=1, failed=1)
    assert section(result, "flop budget of net::R16") == [
        "3 KiB (peak activations) > 2 KiB (+50%), over the declared budget of board (liveness, int8, conv-bn-act)",
        "",
        "peak_activation_bytes@board:",
        "  required   3,072 B (peak activations)",
        "  available  2,048 B, ram 4 KiB less reserve_ram 2 KiB, at pyproject.toml:2",
        "  excess     1,024 B (+50%)",
        "",
        "The peak on board is at step 3 of 3, aten::conv2d in 2, where 2 tensors are",
        "  alive:",
        "  2,048 B  1x8x16x16  int8  aten::conv2d in 0",
        "  1,024 B  1x4x16x16  int8  aten::conv2d in 2",
        "",
        "Assumed of board: weights int8, biases int32, activations int8, inputs and",
        "  outputs as the activations, fusion conv-bn-act, planner liveness.",
        "",
        "Traced: shapes. Built: meta.",
        "To change the limit, edit ram of board at pyproject.toml:2.",
    ]
    assert rows(result) == [
        (
            "exceeded net::R16 3 KiB (peak activations) > 2 KiB (+50%), over the declared budget of board (liveness, "
            "int8, conv-bn-act)"
        )
    ]


def test_within_the_declared_budget(declare: Declare, run: Run, rows: Rows, workers: tuple[str, ...]) -> None:
    declare(f"{BOARD.replace('2 KiB', '1 KiB')}{NET}macs = '64 k'\n")
    result = run("-v", *workers)
    result.assert_outcomes(passed=2)
    assert rows(result) == [
        (
            "kept net::R16 63.49 kMACs of 64 kMACs (99%) 3 KiB (peak activations) of 3 KiB (100%), 296 B (weights) of "
            "1 KiB (28%), within the declared budget of board (liveness, int8, conv-bn-act, int32 biases)"
        )
    ]
    assert "fits" not in result.stdout.str()


def test_every_target_is_judged_by_its_own_deployment(declare: Declare, run: Run, rows: Rows) -> None:
    more = """
[tool.pytest-flopbudget.targets.floats]
ram = "8 KiB"
[tool.pytest-flopbudget.targets.tflm]
extends = "board"
planner = "tflm-greedy"
arena_overhead = "0.5 KiB"
"""
    on_all = NET.replace('"board"', '"board", "floats", "tflm"')
    declare(f"{BOARD}{more}{on_all}level = 'warn'\n")
    result = run()
    result.assert_outcomes(passed=2, warnings=1)
    # In floats the ReLU has 2 * 4 * 8 * 16 * 16 bytes alive; TFLite Micro's arena has 3,072 and 512 of its own.
    assert rows(result) == [
        (
            "exceeded net::R16 3 KiB (peak activations) > 2 KiB (+50%), over the declared budget of board (liveness, "
            "int8, conv-bn-act) (warning) 16 KiB (peak activations) > 8 KiB (+100%), over the declared budget of "
            "floats (liveness, the model's own types, nothing fused) (warning) 3.5 KiB (arena) > 2 KiB (+75%), over "
            "the declared budget of tflm (tflm-greedy, int8, conv-bn-act) (warning)"
        ),
        "tolerated 1 case over a limit or the lock, most of all net::R16 (peak_activation_bytes@floats +100%)",
    ]


def test_rates_times_batches_and_operators(declare: Declare, run: Run, rows: Rows, section: Section) -> None:
    board = """
[tool.pytest-flopbudget.targets.board]
macs = "60 k"
inferences_per_second = 2.5
mac_rate = "150 kMAC/s"
clock_hz = "1 MHz"
cycles_per_mac = 4.5
latency_us = "250 ms"
max_batch = 1
allowed_operators = ["CONV_2D", "aten::add"]
reason = "a coin cell"
"""
    declare(f"{board}{NET.replace('1x3', '2x3').replace('16', '8')}")
    result = run()
    # At 8×8 and two of them 31,744 MACs: at 1 MHz and 4.5 cycles 142,848 µs, twice and a half a second 79,360 MAC/s.
    assert rows(result) == [
        (
            "exceeded net::R8 batch 2 > 1, over the declared budget of board aten::relu (RELU) in 1 is not among the "
            "allowed operators of board"
        )
    ]
    told = section(result, "flop budget of net::R8")
    assert told[:5] == [
        "batch 2 > 1, over the declared budget of board",
        "aten::relu (RELU) in 1 is not among the allowed operators of board",
        "what it allows stands at pyproject.toml:8",
        "what it allows stands at pyproject.toml:9",
        "",
    ]
    declare(f"{board}{NET.replace('16', '32')}")
    result = run()
    told = section(result, "flop budget of net::R32")
    # 1 * 253,952 MACs
    assert told[:5] == [
        "254 kMACs > 60 kMACs (+323%), over the declared budget of board",
        "634.9 kMAC/s > 150 kMAC/s (+323%), over the declared budget of board (2.5 inferences a second)",
        "1.143 s (an estimate) > 250 ms (+357%), over the declared budget of board (1 MHz, 4.5 cycles a MAC)",
        "aten::relu (RELU) in 1 is not among the allowed operators of board",
        "what it allows stands at pyproject.toml:9",
    ]
    assert told[6:11] == [
        "macs@board:",
        "  counted  253,952 MACs",
        "  limit     60,000 MACs, written '60 k' at pyproject.toml:2",
        "  over     193,952 MACs (+323%)",
        "  reason   a coin cell",
    ]
    assert "latency_us@board:" in told
    assert "  counted  1,142,784 µs (an estimate)" in told
    assert sum("a coin cell" in line for line in told) == 1


def test_what_is_fused_needs_no_operator(declare: Declare, run: Run) -> None:
    board = BOARD.replace('ram = "4 KiB"\nreserve_ram = "2 KiB"\n', 'allowed_operators = ["CONV_2D"]\n')
    declare(f"{board}{NET}")
    run().assert_outcomes(passed=2)


def test_bytes_as_plain_limits_have_the_models_own_types(declare: Declare, run: Run, section: Section) -> None:
    plain = NET.replace('targets = ["board"]', 'peak_activation_bytes = "8 KiB"').strip()
    declare(f"{plain}\nweight_bytes = '2 KiB'\n")
    told = section(run(), "flop budget of net::R16")
    assert told[:12] == [
        "16 KiB (peak activations) > 8 KiB (+100%), assuming liveness, the model's own types, nothing fused",
        "",
        "peak_activation_bytes:",
        "  required   16,384 B (peak activations)",
        "  available   8,192 B, written '8 KiB' at pyproject.toml:4",
        "  excess      8,192 B (+100%)",
        "",
        "The peak is at step 2 of 3, aten::relu in 1, where 2 tensors are alive:",
        "  8,192 B  1x8x16x16  float32  aten::conv2d in 0",
        "  8,192 B  1x8x16x16  float32  aten::relu in 1",
        "",
        "Traced: shapes. Built: meta.",
    ]


def test_targets_in_tests(declare: Declare, run: Run, pytester: pytest.Pytester, rows: Rows) -> None:
    declare(f"{BOARD}{NET}skip = true\n")
    (pytester.path / "test_net.py").write_text(
        """
import pytest
from toy import net
from pytest_flopbudget import value


@pytest.mark.flop_budget(targets=["board"], params=1000)
def test_mark(flop_budget):
    flop_budget(net(), "1x3x16x16")


def test_call(flop_budget):
    flop_budget(net(), "1x3x8x8", targets=["board"])


def test_unknown(flop_budget):
    flop_budget(net(), "1x3x8x8", targets=["bord"])


@pytest.mark.flop_budget(targets=["board"], io_bytes="1 B", macs="1 G")
def test_region(flop_budget):
    with flop_budget.region():
        import torch
        torch.ones(2, 2) @ torch.ones(2, 2)


def test_region_of_bytes(flop_budget):
    with flop_budget.region(io_bytes="1 KiB"):
        pass


def test_region_on_targets(flop_budget):
    with flop_budget.region(targets=["board"]):
        pass


def test_value(count_flops):
    measurement = count_flops(net(), "1x3x16x16")
    assert value(measurement, "weight_bytes") == 4 * 260
    assert value(measurement, "weight_bytes", "board") == 296
    assert value(measurement, "peak_activation_bytes", "board") == 3072
""",
        encoding="utf-8",
    )
    result = run("test_net.py")
    result.assert_outcomes(passed=3, failed=4)
    lines = [line for line in result.outlines if line.startswith("FAILED")]
    assert [line.partition(" - ")[0] for line in lines] == [
        f"FAILED test_net.py::test_{name}" for name in ("mark", "unknown", "region_of_bytes", "region_on_targets")
    ]
    told = result.stdout.str()
    assert "test_net.py:17: targets: no target 'bord' is declared; did you mean 'board'?" in told
    assert (
        "test_net.py:28: flop_budget.region: io_bytes: memory is told of a model's forward, not of a region: "
        "limit it in a call, as in flop_budget(model, '1x3x224x224', io_bytes='320 KiB')"
    ) in told
    assert ("test_net.py:33: flop_budget.region: targets: a region runs as it is: targets belongs in a call") in told
