"""Relative limits, limits on modules, and templates, in whole runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]

# R * R * (3 * 8 * 9 + 8 * 4) MACs at 8 channels, R * R * (3 * 16 * 9 + 16 * 4) at 16; at R = 16 these are
# 63_488 (55_296 of them in module 0, 8_192 in module 2) and 126_976.
STUDENT = """
[tool.pytest-flopbudget.models.student]
factory = "toy:net"
input   = "1x3xRxR"
at      = [16, 32]
"""
TEACHER = """
[tool.pytest-flopbudget.models.teacher]
factory = "toy:net"
kwargs  = { width = 16 }
input   = "1x3xRxR"
at      = [16, 32]
macs    = "1 M"
"""


@pytest.fixture(params=[(), ("-n", "1")], ids=["alone", "xdist"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    assert isinstance(request.param, tuple)
    return request.param


def test_a_share_of_another_model(declare: Declare, run: Run, rows: Rows, workers: tuple[str, ...]) -> None:
    declare(f'{STUDENT}macs = "49% of teacher"\n{TEACHER}')
    result = run(*workers)
    result.assert_outcomes(passed=3, failed=2)
    assert sorted(rows(result)) == [
        "exceeded student::R16 63.49 kMACs > 62.22 kMACs (+2%)",
        "exceeded student::R32 254 kMACs > 248.9 kMACs (+2%)",
    ]
    result.stdout.fnmatch_lines(
        [
            "macs:",
            "  counted  63,488 MACs",
            "  limit    62,218 MACs, written '49% of teacher' at pyproject.toml:5 (teacher: 126,976 MACs)",
            "  over      1,270 MACs (+2%)",
        ]
    )


def test_shares_that_are_kept(declare: Declare, run: Run, rows: Rows) -> None:
    declare(f'{STUDENT}macs = "50% of teacher"\nflops = "50% of teacher::R16"\nparams = "100% of teacher"\n{TEACHER}')
    result = run("-v", "pyproject.toml::student")
    assert rows(result) == [
        (
            "kept student::R16 63.49 kMACs of 63.49 kMACs (100%) "
            "127 kFLOPs (2 × MACs) of 127 kFLOPs (100%) 260 params of 516 params (50%)"
        ),
        "exceeded student::R32 507.9 kFLOPs (2 × MACs) > 127 kFLOPs (+300%)",
    ]


def test_a_number_for_each_element(declare: Declare, run: Run, rows: Rows) -> None:
    declare(f'{STUDENT}macs = "247 per R*R"\nat = [16]\n'.replace("at      = [16, 32]\n", ""))
    assert rows(run()) == ["exceeded student::R16 63.49 kMACs > 63.23 kMACs (+0.4%)"]


def test_limits_on_modules(declare: Declare, run: Run, rows: Rows, workers: tuple[str, ...]) -> None:
    declare(f'{STUDENT}modules = {{ "*" = {{ macs = "87%" }}, "2" = {{ params = 35, reason = "a small head" }} }}\n')
    result = run(*workers)
    result.assert_outcomes(passed=1, failed=2)
    # 55_296 of 63_488 MACs are 87.1%; the head has 8 * 4 + 4 parameters.
    assert sorted(rows(result)) == [
        "exceeded student::R16 0: 55.3 kMACs > 55.23 kMACs (+0.11%) 2: 36 params > 35 params (+2.9%)",
        "exceeded student::R32 0: 221.2 kMACs > 220.9 kMACs (+0.11%) 2: 36 params > 35 params (+2.9%)",
    ]
    result.stdout.fnmatch_lines(
        [
            "macs of 0:",
            "  counted  55,296 MACs",
            "  limit    55,234 MACs, written '87%' at pyproject.toml:5 (the whole model: 63,488 MACs)",
            "params of 2:",
            "  counted  36 params",
            "  reason   a small head",
            "FAILED pyproject.toml::student::R16 - 0: 55.3 kMACs > 55.23 kMACs (+0.11%) (+*",
        ]
    )


def test_a_pattern_that_matches_nothing(declare: Declare, run: Run, rows: Rows) -> None:
    declare(f'{STUDENT}macs = "1 M"\nlevel = "off"\nmodules = {{ "body.*" = {{ macs = "87%" }} }}\n')
    result = run()
    result.assert_outcomes(passed=1, failed=2)
    assert rows(result) == [
        f"error student::{point} modules: no module matches 'body.*'; there is 0, 1, 2" for point in ("R16", "R32")
    ]
    result.stdout.fnmatch_lines(["the pattern stands at pyproject.toml:7"])


def test_a_teacher_that_cannot_be_measured(declare: Declare, run: Run, rows: Rows) -> None:
    declare(f'{STUDENT}macs = "49% of teacher"\n{TEACHER}'.replace("width = 16", "depth = 16"))
    result = run("pyproject.toml::student::R16")
    result.assert_outcomes(failed=1)
    (row,) = rows(result)
    assert row.startswith("error student::R16 macs '49% of teacher' at pyproject.toml:5: teacher: ")


def test_mistakes_are_one_failing_item(declare: Declare, run: Run) -> None:
    declare(f'{STUDENT}macs = "49% of techer"\nflops = "1 k per Q"\n')
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "pyproject.toml:5: models.student.macs: '49% of techer': no model 'techer' is declared; there is student",
            "pyproject.toml:6: models.student.flops: no size for the dimension 'Q'; there is R",
        ]
    )


def test_templates(declare: Declare, run: Run, rows: Rows, workers: tuple[str, ...]) -> None:
    declare("""
        [tool.pytest-flopbudget.models."net.{width}"]
        each    = { width = [2, 4, 8] }
        factory = "toy:net"
        kwargs  = { width = "$width" }
        input   = "1x3xRxR"
        at      = [16, 32]
        macs    = "130 per R*R"

        [tool.pytest-flopbudget.models.twice]
        extends = "net.4"
        macs    = "100% of net.4"
        """)
    result = run("-v", *workers)
    result.assert_outcomes(passed=7, failed=2)
    # (27 + 4) * width MACs for each pixel.
    assert sorted(rows(result)) == [
        "exceeded net.8::R16 63.49 kMACs > 33.28 kMACs (+91%)",
        "exceeded net.8::R32 254 kMACs > 133.1 kMACs (+91%)",
        "kept net.2::R16 15.87 kMACs of 33.28 kMACs (47%)",
        "kept net.2::R32 63.49 kMACs of 133.1 kMACs (47%)",
        "kept net.4::R16 31.74 kMACs of 33.28 kMACs (95%)",
        "kept net.4::R32 127 kMACs of 133.1 kMACs (95%)",
        "kept twice::R16 31.74 kMACs of 31.74 kMACs (100%)",
        "kept twice::R32 127 kMACs of 127 kMACs (100%)",
    ]


def test_a_model_of_a_template_is_asked_for_by_name(declare: Declare, run: Run) -> None:
    declare("""
        [tool.pytest-flopbudget.models."net.{width}"]
        each    = { width = [2, 4] }
        factory = "toy:net"
        kwargs  = { width = "$width" }
        input   = "1x3x16x16"
        macs    = "1 M"
        """)
    run("pyproject.toml::net.4").assert_outcomes(passed=1)
    run("--flopbudget-only=net.2").assert_outcomes(passed=2)


UNCALLED = """
import torch.nn.functional as F
from torch import nn


class Headed(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.head, self.other = nn.Linear(16, 8), nn.Linear(8, 4), nn.Linear(8, 4)

    def forward(self, x):
        x = self.stem(x)
        return F.linear(x, self.head.weight) + self.other.forward(x)
"""


@pytest.mark.parametrize("module", ["head", "other"])
def test_a_limit_on_a_module_that_is_not_called(
    declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester, workers: tuple[str, ...], module: str
) -> None:
    declare(f"""
        [tool.pytest-flopbudget.models.net]
        factory = "uncalled:Headed"
        input   = "1x16"
        modules = {{ "{module}" = {{ macs = 1 }} }}
        """)
    pytester.makepyfile(uncalled=UNCALLED)
    result = run(*workers)
    result.assert_outcomes(passed=1, failed=1)
    reason = f"modules: '{module}' has 0 MACs: it is not called as a module, and its operators belong to its caller"
    assert rows(result) == [f"empty net::default {reason}"]
    result.stdout.fnmatch_lines(
        [
            reason,
            "the pattern stands at pyproject.toml:4",
            "",
            "A limit over nothing is kept by every model, so it fails. Limit the module that",
            "calls it, or, if it is to have no multiply–accumulates, write allow_zero = true",
            "in the table of net (pyproject.toml:1).",
        ]
    )
