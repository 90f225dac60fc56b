"""``flopbudget count``: inputs that are made, a metric without a value, several remarks."""

from __future__ import annotations

import json
from pathlib import Path

from command_line import Command


def test_inputs_that_are_made(flopbudget: Command, project: Path) -> None:
    (project / "made.py").write_text("import torch\n\n\ndef made(R):\n    return (torch.zeros(1, 3, R, R),), {}\n")
    (project / "pyproject.toml").write_text(
        "[tool.pytest-flopbudget.models.net]\nfactory = 'model:Net'\ninput_factory = 'made:made'\n"
        "at = [{ R = 8 }]\nmacs = '1 M'\n"
    )
    ran = flopbudget("count", "net", "--json")

    assert json.loads(ran.out)["metrics"]["macs"] == 8 * 8 * (3 * 8 * 9 + 8 * 4)


def test_a_metric_without_a_value(flopbudget: Command) -> None:
    ran = flopbudget("count", "model.py:Net", "1x3x8x8", "--metric", "run_flops")

    why = "no number of steps is declared: write mode = 'training' and repeat = 30_000 in the model"
    assert (ran.code, ran.out, ran.err) == (1, "", f"flopbudget: run_flops: {why}\n")


def test_several_remarks_are_told_below_each_other(flopbudget: Command) -> None:
    # shop::mix is uncounted, and flatten is free.
    (Path.cwd() / "own.py").write_text(
        "import model\n\n\nclass Flat(model.Shop):\n    def forward(self, x):\n"
        "        return super().forward(x).flatten(1)\n"
    )
    told = flopbudget("count", "own.py:Flat", "1x3x4x4").out

    assert told.splitlines()[-3:] == [
        "",
        "Free: aten::flatten (1 call)",
        "Uncounted: shop::mix in the model itself, 1 call",
    ]
