"""Services whose modules have the same names: each table has its own, and the summary tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

# 16 * 16 * (3 * width * 9) MACs: 55,296 at width 8 and 110,592 at width 16.
MODULE = "from torch import nn\n\ndef net():\n    return nn.Conv2d(3, {width}, 3, padding=1)\n"
MEASURED = """
[tool.pytest-flopbudget.models.net]
factory = "models:net"
input   = "1x3x16x16"
macs    = "60 k"
"""


@pytest.fixture
def measured(declare: Declare) -> Path:
    """Write two services whose models and modules have the same names; the second's is over its limit."""
    root = declare('[tool.pytest-flopbudget]\nmembers = ["services/*"]\n').parent
    for name, width in (("a", 8), ("b", 16)):
        folder = declare(MEASURED, f"services/{name}/pyproject.toml").parent
        (folder / "models.py").write_text(MODULE.format(width=width), encoding="utf-8")
    return root


OVER = "110.6 kMACs > 60 kMACs (+84%)"
TOTALS = "2 cases: 1 exceeded, 1 kept. Traced: 2 shapes; built: 2 meta."


@pytest.mark.parametrize("args", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_modules_of_the_same_name(measured: Path, run: Run, run_alone: Run, args: tuple[str, ...]) -> None:
    result = (run_alone if args else run)("-v", *args)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "_* flop budget of services/b/pyproject.toml::net::default _*",
            "  limit     60,000 MACs, written '60 k' at services/b/pyproject.toml:4",
            "*= flop budgets =*",
            "services/a/pyproject.toml:",
            "kept        net::default  55.3 kMACs of 60 kMACs (92%)",
            "services/b/pyproject.toml:",
            f"exceeded    net::default  {OVER}",
            TOTALS,
            f"FAILED services/b/pyproject.toml::net::default - {OVER}",
        ]
    )


def test_only_tables_with_something_to_tell_are_named(measured: Path, run: Run) -> None:
    lines = run().outlines
    start = lines.index("services/b/pyproject.toml:")
    assert lines[start + 1 : start + 3] == [f"exceeded    net::default  {OVER}", TOTALS]
    assert "services/a/pyproject.toml:" not in lines


def test_a_module_that_only_the_other_table_has(measured: Path, run: Run) -> None:
    (measured / "services" / "b" / "models.py").unlink()
    result = run("-v")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["error       net::default  factory 'models:net': there is no module 'models'*"])


def test_a_tests_modules_are_its_own(measured: Path, run: Run) -> None:
    folder = measured / "services" / "b"
    (folder / "conftest.py").touch()
    (folder / "test_b.py").write_text(
        "import models\n\ndef test_width():\n    import models as again\n    assert models is again\n"
        "    assert models.net().out_channels == 16\n",
        encoding="utf-8",
    )
    result = run()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines([TOTALS])
