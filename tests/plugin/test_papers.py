"""Tables of costs in files, in whole runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Section = Callable[[pytest.RunResult, str], list[str]]

# toy:net has 8 * 8 * (3 * 8 * 9 + 8 * 4) MACs at 8, and 3 * 8 * 9 + 8 + 8 * 4 + 4 parameters.
TABLES = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input = "1x3xRxR"
at = [8]
macs = "1 M"

[tool.pytest-flopbudget.tables.main]
models = ["net"]
columns = ["params", "macs@R8"]
into = ["README.md#main", "costs.csv"]

[tool.pytest-flopbudget.tables.shown]
models = ["net"]
columns = ["params"]
"""
CSV = "model,params (params),macs@R8 (MACs)\nnet,260,15872\n"
MARKS = "<!-- flopbudget: main -->\n<!-- /flopbudget: main -->\n"
README = "README.md#main is stale: flopbudget table main --write"


@pytest.fixture
def stale(declare: Declare) -> Path:
    """A table of costs in two files: one is as it should be."""
    path = declare(TABLES)
    (path.parent / "README.md").write_text(MARKS, encoding="utf-8")
    (path.parent / "costs.csv").write_text(CSV, encoding="utf-8")
    return path


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_stale_file_fails_with_the_command_that_mends_it(
    stale: Path, run: Run, section: Section, workers: tuple[str, ...]
) -> None:
    result = run("-v", *workers)

    result.assert_outcomes(passed=2, failed=1)
    assert section(result, "table of costs main")[0] == README
    result.stdout.fnmatch_lines([f"FAILED pyproject.toml::tables::main - {README[:39]}..."])


def test_it_passes_where_the_files_have_todays_numbers(stale: Path, run: Run) -> None:
    readme = stale.parent / "README.md"
    stale.write_text(stale.read_text(encoding="utf-8").replace('"README.md#main", ', ""), encoding="utf-8")

    run("pyproject.toml::tables::main").assert_outcomes(passed=1)
    assert readme.read_text(encoding="utf-8") == MARKS


def test_several_files_are_one_failure(stale: Path, run: Run, section: Section) -> None:
    (stale.parent / "costs.csv").unlink()
    result = run("--flopbudget-only=tables::main")

    result.assert_outcomes(passed=1, failed=1, deselected=1)
    assert section(result, "table of costs main") == [README, "costs.csv is stale: flopbudget table main --write"]


def test_it_can_be_left_out(stale: Path, run: Run) -> None:
    run("--flopbudget-skip=tables").assert_outcomes(passed=2, deselected=1)


def test_a_file_without_marks_and_a_model_that_cannot_be_counted(stale: Path, run: Run, section: Section) -> None:
    (stale.parent / "README.md").write_text("", encoding="utf-8")
    result = run("--flopbudget-only=tables")

    assert section(result, "table of costs main") == [
        (
            "README.md: write <!-- flopbudget: main --> and <!-- /flopbudget: main --> once, on lines of their own, "
            "where the table goes"
        )
    ]
    stale.write_text(stale.read_text(encoding="utf-8").replace("toy:net", "toy:nett"), encoding="utf-8")
    result = run("--flopbudget-only=tables")
    assert section(result, "table of costs main") == [
        "net::R8: factory 'toy:nett': module 'toy' has no 'nett'; did you mean 'net'?"
    ]


def test_a_members_table_is_told_with_its_folder(stale: Path, run: Run, section: Section) -> None:
    member = stale.parent / "edge"
    member.mkdir()
    for name in ("README.md", "pyproject.toml"):
        (stale.parent / name).rename(member / name)
    stale.write_text('[tool.pytest-flopbudget]\nmembers = ["edge"]\n', encoding="utf-8")
    (member / "pyproject.toml").write_text(
        '[tool.pytest-flopbudget]\npythonpath = [".."]\n' + (member / "pyproject.toml").read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    (member / "costs.csv").write_text(CSV, encoding="utf-8")
    result = run("--flopbudget-only=tables")

    assert section(result, "table of costs main") == [
        "edge/README.md#main is stale: flopbudget table main --write --config edge/pyproject.toml"
    ]
