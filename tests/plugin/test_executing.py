"""Cases that are executed, and keys that say what of a model is measured."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

# stem: 2 * 4 * 8 MACs at 2x4, and 4 * 8 + 8 parameters; expert, which runs on what is positive: 2 * 8 * 8.
ROUTER = """
import torch
from torch import nn


class Router(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(4, 8)
        self.expert = nn.Linear(8, 8)

    def forward(self, x):
        x = self.stem(x)
        return self.expert(x) if x.abs().sum() > 0 else x

    def embed(self, x):
        return self.stem(x)

    def fuse(self):
        self.expert = nn.Identity()


def without_bias(model):
    model.stem.bias = None


def batch(N):
    return (torch.ones(N, 4),), {}
"""
TABLE = """
[tool.pytest-flopbudget.models.router]
factory = "router:Router"
"""
COST = 2 * 4 * 8 + 2 * 8 * 8


@pytest.fixture
def router(declare: Declare, pytester: pytest.Pytester) -> Callable[[str], None]:
    """Declare the model ``router`` with these lines."""

    def write(lines: str) -> None:
        declare(f"{TABLE}{lines}\n")
        (pytester.path / "router.py").write_text(ROUTER, "utf-8")

    return write


def summary(result: pytest.RunResult) -> list[str]:
    """The lines of our section of the summary."""
    lines = result.outlines
    start = next(index for index, line in enumerate(lines) if "= flop budgets =" in line)
    end = next(index for index, line in enumerate(lines) if index > start and line.startswith("="))
    return lines[start + 1 : end]


def test_an_executed_case_is_counted_among_the_totals(router: Callable[[str], None], run: Run) -> None:
    router('input = "2x4"\nmacs = 192')
    result = run()
    result.assert_outcomes(passed=2)
    assert COST == 192
    assert summary(result) == ["1 case: 1 kept. Traced: 1 executed; built: 1 real."]


def test_verbose_says_why(router: Callable[[str], None], run: Run) -> None:
    router('input = "2x4"\nmacs = 192')
    row, *why, _ = summary(run("-v"))
    assert row == "kept        router::default  ≈ 192 MACs of 192 MACs (100%)"
    assert "aten::is_nonzero in Router" in " ".join(line.strip() for line in why)


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_failure_is_about_right(
    router: Callable[[str], None], run: Run, run_alone: Run, args: tuple[str, ...]
) -> None:
    router('input = "2x4"\nmacs = 180\nparams = 100')
    result = (run_alone if args else run)(*args)
    result.assert_outcomes(passed=1, failed=1)
    assert "FAILED pyproject.toml::router::default - ≈ 192 MACs > 180 MACs (+6.7%) (+1 more)" in result.outlines
    result.stdout.fnmatch_lines(
        [
            "≈ 192 MACs > 180 MACs (+6.7%)",
            "112 params > 100 params (+12%)",
            "  counted  ≈ 192 MACs",
            "  limit      180 MACs, written '180' at pyproject.toml:4",
            "  over      ≈ 12 MACs (+6.7%)",
            "  counted  112 params",
            "  expert  ≈ 128 MACs   66.7%",
            "  stem     ≈ 64 MACs   33.3%",
            "Traced: executed. Built: real.",
            "  executed, *aten::is_nonzero in Router*",
            "≈: the forward's way depends on values; other inputs may cost something else.",
        ]
    )


def test_junit_knows_that_a_count_depends_on_data(
    router: Callable[[str], None], run: Run, pytester: pytest.Pytester
) -> None:
    router('input = "2x4"\nmacs = 192')
    run("--junitxml=report.xml")
    told = {each.get("name"): each.get("value") for each in ET.parse(pytester.path / "report.xml").iter("property")}
    assert told == {
        "flopbudget.status": "kept",
        "flopbudget.macs": "192",
        "flopbudget.flops": "384",
        "flopbudget.total_flops": str(384 + 2 * 8 + 2 * 8 + (2 * 8 - 1) + 1 + 2 * 8),
        "flopbudget.params": str(4 * 8 + 8 + 8 * 8 + 8),
        "flopbudget.activations": str(2 * 8 + 2 * 8),
        "flopbudget.traced": "executed",
        "flopbudget.built": "real",
        "flopbudget.limit.macs": "192",
        "flopbudget.data_dependent": "true",
    }


@pytest.mark.parametrize(
    ("lines", "row"),
    [
        ('input = "2x4"\ncall = "embed"\nmacs = "= 64"', "64 MACs, exactly"),
        ('input = "2x4"\npart = "stem"\nmacs = "= 64"', "64 MACs, exactly"),
        ('input = "2x4"\npart = "stem"\nparams = "= 40"', "40 params, exactly"),
        ('input = "2x4"\npart = "stem"\nactivations = "= 16"', "16 elements, exactly"),
        ('input = "2x4"\npart = "stem"\nprepare = "router:without_bias"\nparams = "= 32"', "32 params, exactly"),
        ('input = "2x4"\nprepare = [".fuse"]\nmacs = 64', "≈ 64 MACs of 64 MACs (100%)"),
        ('input_factory = "router:batch"\npart = "stem"\nat = [{ N = 3 }]\nmacs = "= 96"', "96 MACs, exactly"),
        ('input = "2x4"\nbackend = "execute"\nparams = "= 112"', "112 params, exactly"),
    ],
)
def test_what_is_measured(router: Callable[[str], None], run: Run, lines: str, row: str) -> None:
    router(lines)
    result = run("-v")
    result.assert_outcomes(passed=2)
    assert summary(result)[0].partition("  ")[0] == "kept"
    assert summary(result)[0].endswith(f"  {row}")


@pytest.mark.parametrize("lines", ['backend = "shapes"', 'execute_limit = "100 B"'])
def test_what_may_not_be_executed_is_an_error(router: Callable[[str], None], run: Run, lines: str) -> None:
    router(f'input = "2x4"\nmacs = 192\n{lines}')
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    assert summary(result)[0].startswith("error       router::default  ")
    assert "aten::is_nonzero in Router" in " ".join(line.strip() for line in summary(result)[:-1])
