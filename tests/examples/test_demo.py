"""The examples as a user runs them, and the demo that shows them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import demo

EXAMPLES = Path(__file__).parents[2] / "examples"
# What torch 2.4 says of its own checkpoints.
OF_TORCH_ITSELF = "ignore:`torch.cpu.amp.autocast:FutureWarning"


def run_pytest(folder: str, *options: str) -> tuple[int, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", "-W", "error", *options],
        cwd=EXAMPLES / folder,
        env=environment | {"COLUMNS": "160", "PYTEST_ADDOPTS": "-p no:randomly -p no:asyncio"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def outcomes(output: str) -> dict[str, list[str]]:
    """The names in pytest's short summary by their outcome."""
    found: dict[str, list[str]] = {}
    for outcome, name in re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED) pyproject\.toml::(\S+)", output, re.MULTILINE):
        found.setdefault(outcome, []).append(name)
    return found


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.usefixtures("warm")
def test_kept(options: tuple[str, ...]) -> None:
    exit_code, output = run_pytest(".", "-rA", *options)

    found = outcomes(output)
    assert (exit_code, list(found), len(found["PASSED"])) == (0, ["PASSED"], 25)


@pytest.mark.usefixtures("warm")
def test_training_step() -> None:
    exit_code, output = run_pytest("training_step", "-rA", "-W", OF_TORCH_ITSELF)

    assert exit_code == 0
    assert outcomes(output) == {"PASSED": ["small_cnn::default", "stack::default", "stack_saving::default"]}
    assert "PASSED test_step.py::test_step" in output


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "xdist"])
@pytest.mark.usefixtures("warm")
def test_microcontroller(options: tuple[str, ...]) -> None:
    exit_code, output = run_pytest("microcontroller", "-rA", *options)

    found = outcomes(output)
    assert exit_code == 0
    assert list(found) == ["PASSED"]
    assert sorted(found["PASSED"]) == [
        "autoencoder::default",
        "doorbell",
        "kws::default",
        "resnet8::default",
        "vww::R128",
        "vww::R160",
        "vww::R96",
    ]


@pytest.mark.usefixtures("warm")
def test_over_memory() -> None:
    exit_code, output = run_pytest("microcontroller/over_memory", "-rA")

    assert exit_code == 1
    assert outcomes(output) == {
        "PASSED": ["vww::R160", "kws::default", "resnet8::default"],
        "FAILED": ["vww::R192", "door"],
    }
    assert "294,912 B (arena)" in output
    assert "1x16x96x96  int8  aten::conv2d in blocks.0.pointwise.conv" in output
    assert "vww::R160         204,800 B   75.9%  by itself would have to lose 7,808 B" in output
    assert "fits" not in output


@pytest.mark.usefixtures("warm")
def test_over_budget() -> None:
    exit_code, output = run_pytest("over_budget", "-rA")

    assert exit_code == 1
    assert outcomes(output) == {
        "PASSED": ["mobilenet_v2::R96"],
        "FAILED": ["mobilenet_v2::R160", "resnet50::default"],
    }
    assert "30 frames a second on the camera's processor" in output
    assert "154,083,200" in output
    assert "4,089,184,256" in output


@pytest.mark.usefixtures("warm")
def test_cannot_run() -> None:
    exit_code, output = run_pytest("cannot_run", "-rA")

    assert exit_code == 1
    assert outcomes(output) == {"FAILED": ["small_cnn::R64", "small_cnn::R128"]}
    assert "1x16384" in output  # 64 * 16 * 16 features come, from two poolings of 64×64
    assert "1x65536" in output  # 64 * 32 * 32, from 128×128
    assert "4096x10" in output  # 64 * 8 * 8 are expected
    assert "Traceback" not in output


def test_the_demo_ends_well() -> None:
    done = subprocess.run(
        [sys.executable, "demo.py"], cwd=EXAMPLES, capture_output=True, text=True, encoding="utf-8", check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == (
        "The demo came out as it should: what is meant to be kept is kept, what is meant to fail fails."
    )


@pytest.mark.parametrize(
    ("exit_code", "output", "expected"),
    [
        (1, "FAILED a - b\n= 1 failed in 0.1s =", []),
        (0, "FAILED a - b\n= 1 failed in 0.1s =", ["folder: pytest ended with 0, expected 1"]),
        (1, "FAILED c - d\n= 1 failed in 0.1s =", ["folder: 'FAILED a -' is not in the output"]),
        (
            3,
            "",
            [
                "folder: pytest ended with 3, expected 1",
                "folder: 'FAILED a -' is not in the output",
                "folder: '1 failed in' is not in the output",
            ],
        ),
    ],
)
def test_the_demo_tells_what_is_not_as_it_should_be(exit_code: int, output: str, expected: list[str]) -> None:
    run = demo.Run("", "folder", "", exit_code=1, lines=("FAILED a - ", " 1 failed in "))

    assert demo.problems(run, exit_code, output) == expected


@pytest.mark.usefixtures("warm")
def test_the_demo_fails_where_a_run_does_not_come_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    over_budget = next(run for run in demo.RUNS if run.folder == "over_budget")
    monkeypatch.setattr(demo, "RUNS", (demo.Run(over_budget.title, over_budget.folder, "", 0, ()),))

    assert demo.main() == 1
    assert capsys.readouterr().out.endswith("\n  over_budget: pytest ended with 1, expected 0\n")
