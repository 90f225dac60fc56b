"""Bundles in whole runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

# toy:net at 8 bits, with its ReLU in its convolution: of a width W at R × R 3 * W * 9 + 4 * W bytes of weights and
# W + 4 biases of four bytes; (W + 4) * R * R bytes of activations at the second convolution.
FIRMWARE = """
[tool.pytest-flopbudget.targets.board]
ram = "{ram}"
flash = "{flash}"
weight_dtype = "int8"
activation_dtype = "int8"
bias_dtype = "int32"
fusion = "conv-bn-act"
inferences_per_second = 2
mac_rate = "1 MMAC/s"

[tool.pytest-flopbudget.defaults]
factory = "toy:net"
input = "1x3xRxR"
targets = ["board"]

[tool.pytest-flopbudget.models.kws]
at = [8]

[tool.pytest-flopbudget.models.vww]
kwargs = {{ width = 16 }}
at = [16]

[tool.pytest-flopbudget.bundles.doorbell]
target = "board"
cases = ["kws", "vww::R16"]
arena = "{arena}"
"""
# kws: 296 bytes of weights and 768 of activations; vww: 496 + 80 and 5,120.


@pytest.fixture(params=[(), ("-n", "1")], ids=["alone", "xdist"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    assert isinstance(request.param, tuple)
    return request.param


def test_each_within_the_budget_and_not_together(
    declare: Declare, run: Run, rows: Rows, section: Section, workers: tuple[str, ...]
) -> None:
    declare(FIRMWARE.format(ram="5.5 KiB", flash="800 B", arena="separate"))
    result = run(*workers)
    result.assert_outcomes(passed=3, failed=1)
    assert section(result, "flop budget of doorbell") == [
        (
            "5.75 KiB (peak activations) > 5.5 KiB (+4.5%), over the declared budget of board (liveness, int8, "
            "conv-bn-act, separate arenas)"
        ),
        "872 B (weights) > 800 B (+9%), over the declared budget of board (int8, int32 biases, conv-bn-act)",
        "",
        "peak_activation_bytes@board:",
        "  required   5,888 B (peak activations)",
        "  available  5,632 B, ram 5.5 KiB, at pyproject.toml:2",
        "  excess       256 B (+4.5%)",
        "",
        "weight_bytes@board:",
        "  required   872 B (weights)",
        "  available  800 B, flash 800 B, at pyproject.toml:3",
        "  excess      72 B (+9%)",
        "",
        "The peak of kws::R8 is at step 3 of 3, aten::conv2d in 2, where 2 tensors are",
        "  alive:",
        "  512 B  1x8x8x8  int8  aten::conv2d in 0",
        "  256 B  1x4x8x8  int8  aten::conv2d in 2",
        "",
        "The peak of vww::R16 is at step 3 of 3, aten::conv2d in 2, where 2 tensors are",
        "  alive:",
        "  4,096 B  1x16x16x16  int8  aten::conv2d in 0",
        "  1,024 B  1x4x16x16   int8  aten::conv2d in 2",
        "",
        "Assumed of board: weights int8, biases int32, activations int8, inputs and",
        "  outputs as the activations, fusion conv-bn-act, planner liveness, arena",
        "  separate.",
        "",
        "The shares of peak_activation_bytes@board:",
        "  kws::R8     768 B   13.0%  by itself would have to lose 256 B",
        "  vww::R16  5,120 B   87.0%  by itself would have to lose 256 B",
        "",
        "The shares of weight_bytes@board:",
        "  kws::R8   296 B   33.9%  by itself would have to lose 72 B",
        "  vww::R16  576 B   66.1%  by itself would have to lose 72 B",
        "",
        "To change the limit, edit ram of board at pyproject.toml:2, flash of board at",
        "  pyproject.toml:3.",
    ]
    assert rows(result) == [
        (
            "exceeded doorbell 5.75 KiB (peak activations) > 5.5 KiB (+4.5%), 872 B (weights) > 800 B (+9%), over the "
            "declared budget of board (liveness, int8, conv-bn-act, separate arenas, int32 biases)"
        )
    ]


def test_a_shared_arena_is_the_largest(declare: Declare, run: Run, rows: Rows) -> None:
    declare(FIRMWARE.format(ram="5 KiB", flash="1 KiB", arena="shared"))
    result = run("-v", "pyproject.toml::doorbell")
    result.assert_outcomes(passed=1)
    # Twice a second 8 * 8 * (3 * 8 * 9 + 8 * 4) MACs and 16 * 16 * (3 * 16 * 9 + 16 * 4).
    assert rows(result) == [
        (
            "kept doorbell 5 KiB (peak activations) of 5 KiB (100%), 872 B (weights) of 1 KiB (85%), 285.7 kMAC/s of 1 "
            "MMAC/s (28%), within the declared budget of board (liveness, int8, conv-bn-act, one shared arena, int32 "
            "biases, 2 inferences a second)"
        )
    ]


def test_a_shared_arena_over_its_limit(declare: Declare, run: Run, section: Section) -> None:
    declare(FIRMWARE.format(ram="0.5 KiB", flash="1 KiB", arena="shared"))
    told = section(run("pyproject.toml::doorbell"), "flop budget of doorbell")
    at = told.index("The shares of peak_activation_bytes@board:")
    assert told[at : at + 4] == [
        "The shares of peak_activation_bytes@board:",
        "  kws::R8     768 B   15.0%",
        "  vww::R16  5,120 B  100.0%",
        "  None can make room by itself: kws::R8 and vww::R16 must together.",
    ]
    declare(FIRMWARE.format(ram="4 KiB", flash="1 KiB", arena="shared"))
    told = section(run("pyproject.toml::doorbell"), "flop budget of doorbell")
    at = told.index("The shares of peak_activation_bytes@board:")
    assert told[at + 1 : at + 3] == [
        "  kws::R8     768 B   15.0%  not enough by itself",
        "  vww::R16  5,120 B  100.0%  by itself would have to lose 1,024 B",
    ]
    # Nothing is gained by looking at the other.
    assert [line for line in told if line.startswith("The peak")] == [
        "The peak of vww::R16 is at step 3 of 3, aten::conv2d in 2, where 2 tensors are"
    ]


def test_what_a_runtime_keeps_of_each_adds_up_in_a_shared_arena(declare: Declare, run: Run, rows: Rows) -> None:
    text = FIRMWARE.format(ram="5.5 KiB", flash="1 KiB", arena="shared")
    declare(text.replace("flash =", 'arena_overhead = "0.25 KiB"\nflash ='))
    # 5,120 of the larger one, and 256 of the runtime for each.
    result = run("-v", "pyproject.toml::doorbell")
    result.assert_outcomes(passed=1)
    assert rows(result)[0].startswith("kept doorbell 5.5 KiB (arena) of 5.5 KiB (100%), ")


def test_collecting_and_choosing(declare: Declare, run: Run) -> None:
    declare(FIRMWARE.format(ram="8 KiB", flash="1 KiB", arena="shared"))
    collected = run("--collect-only", "-q", "pyproject.toml")
    assert [line for line in collected.outlines if "::" in line] == [
        "pyproject.toml::kws::R8",
        "pyproject.toml::vww::R16",
        "pyproject.toml::doorbell",
    ]
    run("--flopbudget-only", "doorbell", "pyproject.toml").assert_outcomes(passed=1, deselected=2)
    run("--flopbudget-skip", "door*", "pyproject.toml").assert_outcomes(passed=2, deselected=1)
    result = run("tests/test_plain.py")
    assert result.outlines[-1] == "flopbudget: 3 declared cases did not run (explicit paths); add --flopbudget"


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ('skip = "rev B only"', "skipped doorbell rev B only"),
        ('level = "off"', "unjudged doorbell"),
    ],
)
def test_not_judged(declare: Declare, run: Run, rows: Rows, lines: str, status: str) -> None:
    declare(f"{FIRMWARE.format(ram='1 KiB', flash='1 KiB', arena='shared')}{lines}\n")
    (row,) = rows(run("pyproject.toml::doorbell"))
    assert row.startswith(status)


def test_a_warning(declare: Declare, run: Run, rows: Rows) -> None:
    declare(f"{FIRMWARE.format(ram='1 KiB', flash='1 KiB', arena='shared')}level = 'warn'\n")
    result = run("pyproject.toml::doorbell")
    result.assert_outcomes(passed=1, warnings=1)
    assert rows(result)[0].startswith("exceeded doorbell 5 KiB (peak activations) > 1 KiB (+400%), over the declared")


def test_a_case_that_cannot_be_measured(declare: Declare, run: Run, rows: Rows) -> None:
    text = FIRMWARE.format(ram="8 KiB", flash="1 KiB", arena="shared")
    declare(text.replace("at = [8]", 'at = [8]\nfactory = "toy:nett"'))
    result = run("pyproject.toml::doorbell")
    result.assert_outcomes(failed=1)
    assert rows(result) == [
        "error doorbell kws::R8: factory 'toy:nett': module 'toy' has no 'nett'; did you mean 'net'?"
    ]


def test_a_case_that_is_skipped_skips_the_bundle(declare: Declare, run: Run, rows: Rows) -> None:
    text = FIRMWARE.format(ram="8 KiB", flash="1 KiB", arena="shared")
    declare(text.replace("at = [8]", 'at = [8]\nskip = "no data yet"'))
    assert rows(run("pyproject.toml::doorbell")) == ["skipped doorbell kws::R8: no data yet"]


def test_nothing_counted_in_one_of_the_cases(declare: Declare, run: Run, rows: Rows) -> None:
    text = FIRMWARE.format(ram="8 KiB", flash="1 KiB", arena="shared")
    declare(text.replace("at = [8]", 'at = [8]\nfactory = "toy:still"'))
    assert rows(run("pyproject.toml::doorbell")) == ["empty doorbell kws::R8: 0 MACs: nothing in the model was counted"]


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ("execute", "kept doorbell 5 KiB (peak activations) of 8 KiB"),
        ("thop", "error doorbell kws::R8: peak_activation_bytes@board: thop knows macs and params only"),
    ],
)
def test_the_backend_of_the_command_line(declare: Declare, run: Run, rows: Rows, backend: str, told: str) -> None:
    declare(FIRMWARE.format(ram="8 KiB", flash="1 KiB", arena="shared"))
    (row,) = rows(run("-v", f"--flopbudget-backend={backend}", "pyproject.toml::doorbell"))
    assert row.startswith(told)
