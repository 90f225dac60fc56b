"""Runs the examples, shows what pytest prints, and checks that those meant to fail do so, and as they should."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Run:
    """A run of pytest and what must come of it.

    Args:
        title: What the run shows.
        folder: Where it runs, below this file's folder.
        options: What stands behind ``pytest``.
        exit_code: pytest's: 0 where every test passed, 1 where one failed.
        lines: Texts that its output must have.
    """

    title: str
    folder: str
    options: str
    exit_code: int
    lines: tuple[str, ...]


RUNS = (
    Run("Budgets that are kept", ".", "-v", 0, (" 25 passed in ",)),
    Run(
        "The cost of every stage of a U-Net",
        ".",
        "-vv -k unet_bilinear",
        0,
        ("up1             121,634,816 MACs", " 1 passed, 24 deselected in "),
    ),
    Run(
        "What a step of training costs, declared and for real",
        "training_step",
        "-v",
        0,
        ("recomputed 786.4 kMACs (15.0%)", " 4 passed"),  # and a warning: torch 2.4's own, of its checkpoints
    ),
    Run(
        "Within the declared budgets of two microcontrollers",
        "microcontroller",
        "-v",
        0,
        ("within the declared budget of sensor", " 7 passed in "),
    ),
    Run(
        "Memory that fails on purpose, though the FLOPs are fine",
        "microcontroller/over_memory",
        "",
        1,
        (
            "FAILED pyproject.toml::vww::R192 - ",
            "FAILED pyproject.toml::door - ",
            " 2 failed, 3 passed in ",
        ),
    ),
    Run(
        "Budgets that fail on purpose",
        "over_budget",
        "",
        1,
        (
            "FAILED pyproject.toml::mobilenet_v2::R160 - ",
            "FAILED pyproject.toml::resnet50::default - ",
            " 2 failed, 1 passed in ",
        ),
    ),
    Run(
        "A model that runs at neither of its inputs, on purpose",
        "cannot_run",
        "",
        1,
        (
            "FAILED pyproject.toml::small_cnn::R64 - ",
            "FAILED pyproject.toml::small_cnn::R128 - ",
            " 2 failed in ",
        ),
    ),
)


def _on_one_line(text: str) -> str:
    """A text without its columns and folds, which go by the terminal's width."""
    return re.sub(r"\s+", " ", text)


def problems(run: Run, exit_code: int, output: str) -> list[str]:
    """What is not as the run says; nothing where all is."""
    shown = _on_one_line(output)
    found = [
        f"{run.folder}: {line.strip()!r} is not in the output" for line in run.lines if _on_one_line(line) not in shown
    ]
    if exit_code != run.exit_code:
        found.insert(0, f"{run.folder}: pytest ended with {exit_code}, expected {run.exit_code}")
    return found


def show(run: Run) -> list[str]:
    """Run pytest, print what it prints, and return what is not as it should be."""
    print(f"\n## {run.title}\n\n$ cd examples/{run.folder}; pytest {run.options}".rstrip(), flush=True)
    colour = "yes" if sys.stdout.isatty() else "no"
    # Plugins that the project's own tests bring along would shuffle the cases, or warn.
    left_out = [argument for name in ("cacheprovider", "randomly", "asyncio") for argument in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", *left_out, f"--color={colour}"]
    done = subprocess.run(
        [*command, *shlex.split(run.options)],
        cwd=HERE / run.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(done.stdout, flush=True)
    return problems(run, done.returncode, _COLOUR.sub("", done.stdout))


def main() -> int:
    """Run all; 0 where all came out as it should, 1 where not."""
    found = [problem for run in RUNS for problem in show(run)]
    if found:
        print("The demo did not come out as it should:", *found, sep="\n  ")
        return 1
    print("The demo came out as it should: what is meant to be kept is kept, what is meant to fail fails.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
