"""What a run tells GitHub Actions, and that hostile names do nothing there, on a terminal, or in JUnit's file."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.report.markdown.page import LARGEST_SUMMARY

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

# 32 * 32 * (3 * 8 * 9 + 8 * 4) = 253,952 MACs.
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x32x32"
macs    = "100 k"
reason  = "100% of the camera"
"""
ANNOTATION = (
    "::error file={}/pyproject.toml,line=4,title=exceeded%3A net%3A%3Adefault::"
    "254 kMACs > 100 kMACs (+154%25)%0AReason: 100%25 of the camera"
)
SUMMARY = "## FLOP budgets: 1 of 1 case fails\n"


@pytest.fixture
def job(pytester: pytest.Pytester, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run as a job of GitHub Actions whose repository has the project in one of its folders; the job's summary."""
    file = pytester.path.with_name(f"{pytester.path.name}-summary.md")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path.parent))
    return file


def commands(result: pytest.RunResult) -> list[str]:
    """The lines that GitHub Actions takes for commands."""
    return [line for line in result.outlines if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("args", [(), ("-q", "--no-summary"), ("-n", "2")], ids=" ".join)
def test_a_job(job: Path, declare: Declare, run: Run, run_alone: Run, args: tuple[str, ...]) -> None:
    folder = declare(TABLE).parent

    result = (run_alone if "-n" in args else run)(*args)

    assert commands(result) == [ANNOTATION.format(folder.name)]
    assert result.outlines[-1] == commands(result)[0]
    assert job.read_text(encoding="utf-8").startswith(SUMMARY)


@pytest.mark.parametrize(
    ("option", "annotated", "summed"),
    [("all", True, True), ("annotations", True, False), ("summary", False, True), ("off", False, False)],
)
def test_the_option(job: Path, declare: Declare, run: Run, option: str, *, annotated: bool, summed: bool) -> None:
    declare(TABLE)

    result = run(f"--flopbudget-github={option}")

    assert (bool(commands(result)), job.exists()) == (annotated, summed)


@pytest.mark.parametrize("value", [None, "", "false"])
def test_no_job(job: Path, declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    declare(TABLE)
    monkeypatch.delenv("GITHUB_ACTIONS") if value is None else monkeypatch.setenv("GITHUB_ACTIONS", value)

    assert (commands(run()), job.exists()) == ([], False)


def test_nothing_to_tell(job: Path, declare: Declare, run: Run) -> None:
    declare(TABLE)

    result = run("tests")

    assert (commands(result), job.exists()) == ([], False)
    assert result.outlines[-1] == "flopbudget: 1 declared case did not run (explicit paths); add --flopbudget"


def test_the_summary_is_added_to(job: Path, declare: Declare, run: Run) -> None:
    declare(TABLE)
    job.write_text("# Ours\n", encoding="utf-8")

    run()
    once = job.read_text(encoding="utf-8")
    run()

    assert once.startswith(f"# Ours\n{SUMMARY}")
    assert job.read_text(encoding="utf-8") == once + once.removeprefix("# Ours\n")


@pytest.mark.parametrize(
    ("contents", "told"),
    [
        ("x" * (LARGEST_SUMMARY - 100), "flopbudget: the job's summary is full: it has no room for this run"),
        (None, "flopbudget: the job's summary cannot be written: Is a directory"),
    ],
)
def test_a_summary_that_takes_no_more(job: Path, declare: Declare, run: Run, contents: str | None, told: str) -> None:
    declare(TABLE.replace("100 k", "1 M"))
    job.mkdir() if contents is None else job.write_text(contents, encoding="utf-8")

    result = run()

    assert result.outlines[-1] == told
    assert result.ret == pytest.ExitCode.OK


NASTY = "\\u001b[31m</code>|`x`\\u202e"
HOSTILE = f"""
[tool.pytest-flopbudget.models.net]
factory = "hostile:net"
input   = "1x3x8x8"
macs    = "1 k"
reason  = "{NASTY}\\n::error::gone ::stop-commands::x ##[add-mask]macs"
modules = {{ "*" = {{ params = 1 }} }}
"""
NET = """\
from torch import nn

def net():
    model = nn.Sequential()
    model.add_module("\\x1b[31m\\n::add-mask::macs\\n</code>|`x`\\u202e", nn.Conv2d(3, 8, 3))
    model.add_module("##[error]no", nn.Conv2d(8, 8, 3))
    return model
"""


def test_hostile_names(job: Path, declare: Declare, run_alone: Run, pytester: pytest.Pytester) -> None:
    folder = declare(HOSTILE).parent
    (folder / "hostile.py").write_text(NET, encoding="utf-8")

    result = run_alone("-vv", "--color=no", "--junitxml=junit.xml")

    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    (command,) = commands(result)
    assert re.fullmatch(r"::error file=[^,:]*pyproject\.toml,line=\d+,title=exceeded%3A net%3A%3Adefault::.*", command)
    assert r"\x1b[31m\n::add-mask::macs\n</code>|`x`\u202e" in text
    assert "\x1b" not in job.read_text(encoding="utf-8")
    names = [each.get("name") or "" for each in ET.parse(pytester.path / "junit.xml").iter("property")]
    assert "flopbudget.limit.params of *" in names
