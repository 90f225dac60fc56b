"""Steps of training, declared and in tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

# The toy's net at 1x3x16x16: forward 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs; backward 16 * 16 * 3 * 8 * 9 for the
# weights of the first layer, and twice 16 * 16 * 8 * 4 for the second: 71,680.
TABLE = """
[tool.pytest-flopbudget.defaults]
factory = "toy:net"
input   = "1x3xRxR"

[tool.pytest-flopbudget.models.step]
mode    = "training"
at      = [16]
macs    = "= 135_168"
modules = { "0" = { macs = "82%" } }

[tool.pytest-flopbudget.models.over]
loss    = "losses:total"
at      = [{ R = 16, mode = "training", macs = "130 k" }, { R = 16, name = "forward", macs = "= 63_488" }]

[tool.pytest-flopbudget.models.still]
factory = "toy:still"
mode    = "training"
at      = [16]
macs    = "1 k"
"""
LOSSES = """
def total(out):
    return out.square().mean()
"""
TESTS = """
import pytest
from toy import net

@pytest.mark.flop_budget(mode="training", macs="= 135_168")
def test_mark(flop_budget):
    flop_budget(net(), "1x3x16x16")
    flop_budget(net(), "1x3x16x16", mode="inference", macs="= 63_488", label="forward")

def test_call(flop_budget, count_flops):
    step = flop_budget(net(), "1x3x16x16", mode="training", macs="136 k")
    assert step.macs == count_flops(net(), "1x3x16x16", mode="training").macs == 135_168

def test_declared(flop_budget):
    model = net()
    flop_budget(model, declared="step")
    assert model[0].weight.grad is None

def test_declared_with_its_loss(flop_budget):
    assert flop_budget(net(), declared="over", at="R16", macs="136 k").by_operator()["aten::mean"].other_flops
"""


def test_declared_and_in_tests(
    declare: Declare, run: Run, rows: Rows, section: Section, pytester: pytest.Pytester
) -> None:
    declare(TABLE)
    pytester.makepyfile(losses=LOSSES, test_it=TESTS)
    result = run("-v")
    result.assert_outcomes(passed=7, failed=2)
    shares = "training: forward 63.49 kMACs (47.0%), backward 71.68 kMACs (53.0%)"
    assert rows(result)[:5] == [
        f"kept step::R16 135.2 kMACs, exactly 0: 110.6 kMACs of 110.8 kMACs (99%) {shares}",
        f"exceeded over::R16 135.2 kMACs > 130 kMACs (+4%) {shares}",
        "kept over::forward 63.49 kMACs, exactly",
        ("error still::R16 cannot be trained: no output depends on a parameter that asks for a gradient"),
        f"kept test_it.py::test_mark::#1 135.2 kMACs, exactly {shares}",
    ]
    told = section(result, "flop budget of over::R16")
    assert "  training: forward 63.49 kMACs (47.0%), backward 71.68 kMACs (53.0%)" in told


def test_a_loss_that_is_not_there(declare: Declare, run: Run, rows: Rows) -> None:
    declare(TABLE.replace("losses:total", "toy:totl"))
    result = run("pyproject.toml::over")
    assert rows(result) == ["error over::R16 loss 'toy:totl': module 'toy' has no 'totl'"]
