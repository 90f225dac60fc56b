"""The terminal summary and warnings of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

NET = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "64 k"
"""
# 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs
NEAR = "63.49 kMACs is 99% of 64 kMACs"
OVER = "63.49 kMACs > 60 kMACs (+5.8%)"
TOTALS = "1 case: 1 kept. Traced: 1 shapes; built: 1 meta."


def section(result: pytest.RunResult) -> list[str]:
    """The lines of our section of the summary."""
    lines = result.outlines
    headings = [index for index, line in enumerate(lines) if "= flop budgets =" in line]
    if not headings:
        return []
    end = next(index for index, line in enumerate(lines) if index > headings[0] and line.startswith("="))
    return lines[headings[0] + 1 : end]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((), [TOTALS]),
        (("-v",), ["kept        net::default  63.49 kMACs of 64 kMACs (99%)", TOTALS]),
        (
            ("-vv",),
            [
                "kept        net::default  63.49 kMACs of 64 kMACs (99%)",
                "              0  55,296 MACs   87.1%",
                "              2   8,192 MACs   12.9%",
                TOTALS,
            ],
        ),
        (("-q",), []),
        (("--no-summary",), []),
        (("--no-header", "-rA"), [TOTALS]),
    ],
)
def test_summary(declare: Declare, run: Run, args: tuple[str, ...], expected: list[str]) -> None:
    declare(NET)
    result = run(*args)
    result.assert_outcomes(passed=2)
    assert section(result) == expected


def test_no_section_without_cases(declare: Declare, run: Run) -> None:
    declare(NET)
    assert "flop budgets" not in run("-vv", "tests").stdout.str()


@pytest.mark.parametrize("plugin", ["terminal", "cacheprovider", "junitxml", "skipping", "warnings", "flopbudget"])
def test_without_a_plugin(declare: Declare, run_alone: Run, plugin: str) -> None:
    declare(NET)
    result = run_alone("-p", f"no:{plugin}")
    assert result.ret == pytest.ExitCode.OK
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


def test_skip(declare: Declare, run: Run) -> None:
    declare(NET + 'skip = "waits for the new DSP"\n')
    result = run("-rs")
    result.assert_outcomes(passed=1, skipped=1)
    assert "SKIPPED [1] pyproject.toml: waits for the new DSP" in result.outlines
    assert section(result) == ["skipped     net::default  waits for the new DSP", "1 case: 1 skipped."]


@pytest.mark.parametrize(
    ("table", "args", "row"),
    [
        (NET + 'warn_at = "95%"\n', (), f"near        net::default  {NEAR} (warning)"),
        (NET.replace("64 k", "60 k") + 'level = "warn"\n', (), f"exceeded    net::default  {OVER} (warning)"),
        (NET.replace("64 k", "60 k"), ("--flopbudget-level=warn",), f"exceeded    net::default  {OVER} (warning)"),
    ],
)
def test_warnings(declare: Declare, run: Run, table: str, args: tuple[str, ...], row: str) -> None:
    path = declare(table)
    result = run(*args)
    result.assert_outcomes(passed=2, warnings=1)
    assert section(result)[0] == row
    reason = row.partition("default  ")[2].removesuffix(" (warning)")
    told = f"net::default: {reason}; the limit is at pyproject.toml:4"
    assert f"  {path}:1: FlopBudgetWarning: {told}" in result.outlines


@pytest.mark.parametrize(
    ("limit", "row", "left"),
    [('"64 k"', NEAR, "  left        512 MACs (99% used)"), ('"60 k"', OVER, "  over      3,488 MACs (+5.8%)")],
    ids=["near", "exceeded"],
)
def test_warnings_can_be_made_failures(
    declare: Declare, run_alone: Run, pytester: pytest.Pytester, limit: str, row: str, left: str
) -> None:
    declare(
        NET.replace('"64 k"', limit) + 'warn_at = "95%"\nlevel = "warn"\n'
        '[tool.pytest.ini_options]\nfilterwarnings = ["error"]\n'
    )
    pytester.makepyfile(
        test_it=f"""
        from toy import net
        def test_it(flop_budget):
            flop_budget(net(), "1x3x16x16", macs={limit}, warn_at="95%", level="warn")
        """
    )
    result = run_alone()
    result.assert_outcomes(passed=1, failed=2)
    assert f"FAILED pyproject.toml::net::default - {row}" in result.outlines
    assert f"FAILED test_it.py::test_it - {row}" in result.outlines
    why = 'a warning, which is an error here: add "default::pytest_flopbudget.FlopBudgetWarning" to filterwarnings'
    assert {why, f"E       {why}", left, f"E       {left}"} <= set(result.outlines)
    assert "Traceback" not in result.stdout.str()


def test_the_way_out_of_warnings_that_are_errors(declare: Declare, run_alone: Run) -> None:
    declare(
        NET + 'warn_at = "95%"\n[tool.pytest.ini_options]\n'
        'filterwarnings = ["error", "default::pytest_flopbudget.FlopBudgetWarning"]\n'
    )
    run_alone().assert_outcomes(passed=2, warnings=1)


def test_level_off_judges_nothing(declare: Declare, run: Run) -> None:
    declare(NET.replace("64 k", "60 k"))
    result = run("--flopbudget-level=off", "-v")
    result.assert_outcomes(passed=2)
    assert section(result)[0] == "unjudged    net::default  63.49 kMACs of 60 kMACs (105%)"


def test_the_command_line_beats_the_table(declare: Declare, run: Run) -> None:
    declare(NET.replace("64 k", "60 k") + 'level = "off"\n')
    run("--flopbudget-level=error").assert_outcomes(passed=1, failed=1)


def test_colours_come_with_words(declare: Declare, run: Run) -> None:
    declare(NET.replace("64 k", "60 k"))
    (row,) = [line for line in run("--color=yes").outlines if "net::default  " in line]
    assert row == f"\x1b[31mexceeded    net::default  {OVER}\x1b[0m"


def test_a_factory_that_skips(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(NET.replace("toy:net", "needy:net"))
    (pytester.path / "needy.py").write_text("import pytest\npytest.importorskip('no_such_module_at_all')\n", "utf-8")
    result = run()
    result.assert_outcomes(passed=1, skipped=1)
    assert section(result)[-1] == "1 case: 1 skipped."


def test_a_forward_that_exits(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(NET.replace("toy:net", "leaving:Net"))
    (pytester.path / "leaving.py").write_text(
        "import sys\nfrom torch import nn\nclass Net(nn.Linear):\n    def __init__(self):\n"
        "        super().__init__(16, 4)\n    def forward(self, x):\n        sys.exit(3)\n",
        "utf-8",
    )
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    assert "FAILED pyproject.toml::net::default - cannot run at 1x3x16x16: Net: SystemExi..." in result.outlines
    assert "Traceback" not in result.stdout.str()


def test_text_that_cannot_be_encoded(declare: Declare, run_alone: Run, pytester: pytest.Pytester) -> None:
    declare(NET.replace("toy:net", "odd:net"))
    (pytester.path / "odd.py").write_text("def net():\n    raise ValueError('\\udc80 bad')\n", "utf-8")
    result = run_alone("-n", "2")
    result.assert_outcomes(passed=1, failed=1)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_model_that_resizes_inside(
    declare: Declare, run_alone: Run, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    declare("""
        [tool.pytest-flopbudget.models.sized]
        factory = "sized:net"
        input = "1x3xRxR"
        at = { R = [16, 32] }
        macs = "= 55_296"
        """)
    (pytester.path / "sized.py").write_text(
        "from torch import nn\n\n\ndef net():\n"
        "    return nn.Sequential(nn.AdaptiveAvgPool2d(16), nn.Conv2d(3, 8, 3, padding=1))\n",
        "utf-8",
    )
    result = run_alone(*workers)
    result.assert_outcomes(passed=3)
    assert section(result) == [
        "note        sized costs the same at R = 16 and 32: does it resize its input",
        "            inside?",
        "2 cases: 2 kept. Traced: 2 shapes; built: 2 meta.",
    ]
