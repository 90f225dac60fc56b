"""``--flopbudget-compare`` and ``--flopbudget-history`` where there is little to compare, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Git = Callable[..., str]

NET = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "64 k"
"""
LOCKED = '[tool.pytest-flopbudget]\nlock = "net.lock.json"\n' + NET


@pytest.fixture
def committed(declare: Declare, git: Git) -> Callable[[str], Path]:
    """Commit a project with a table."""

    def commit(table: str) -> Path:
        path = declare(table)
        git(path.parent, "init", "--initial-branch=main")
        git(path.parent, "add", ".")
        git(path.parent, "commit", "--message", "Begin")
        return path

    return commit


@pytest.mark.parametrize(
    ("revision", "text"),
    [
        ("--all", "'--all' is no revision: write a branch, a tag or a commit, as in origin/main"),
        ("--", "'--' is no value"),
        ("origin/main", "this clone has no origin/main: fetch it, as by git fetch origin"),
    ],
)
def test_what_is_no_revision(committed: Callable[[str], Path], run: Run, revision: str, text: str) -> None:
    committed(NET)
    result = run(f"--flopbudget-compare={revision}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --flopbudget-compare: {text}" in result.errlines


def test_a_damaged_file(committed: Callable[[str], Path], run: Run) -> None:
    (committed(NET).parent / "old.json").write_text("{", encoding="utf-8")
    result = run("--flopbudget-compare=old.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert any(line.startswith("ERROR: --flopbudget-compare: old.json:1: it is damaged: ") for line in result.errlines)


def test_a_file_of_another_kind(committed: Callable[[str], Path], run: Run) -> None:
    committed(NET)
    result = run("--flopbudget-compare=pyproject.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: --flopbudget-compare: pyproject.toml: it is neither a lock nor a JSON report"
    assert told in result.errlines


TARGET = """
[tool.pytest-flopbudget.targets.board]
ram = "64 KiB"

[tool.pytest-flopbudget.bundles.firmware]
target = "board"
cases  = ["net", "other"]
""" + NET.replace("models.net", "models.other")


def test_a_bundle_has_limits_too(committed: Callable[[str], Path], run: Run) -> None:
    path = committed(NET + TARGET)
    path.write_text(NET + TARGET.replace("64 KiB", "128 KiB"), encoding="utf-8")
    result = run("--flopbudget-compare=main")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "budget raised: firmware peak_activation_bytes@board 64 KiB → 128 KiB, without a",
            "  new reason (pyproject.toml:8)",
        ]
    )


def test_why_a_raised_limit_fails_the_run(committed: Callable[[str], Path], run: Run) -> None:
    table = "[tool.pytest-flopbudget]\nraise_needs_reason = true\n" + NET
    path = committed(table)
    path.write_text(table.replace("64 k", "70 k"), encoding="utf-8")
    result = run("--flopbudget-compare=main")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "budget raised: net::default macs 64 k → 70 k, without a new reason",
            "  (pyproject.toml:7)",
            "the run fails: raise_needs_reason asks for a new reason = '...' beside 1 limit",
            "  raised or rewritten without",
        ]
    )


def test_without_a_lock_limits_are_compared(committed: Callable[[str], Path], run: Run) -> None:
    path = committed(NET)
    path.write_text(NET.replace("64 k", "70 k"), encoding="utf-8")
    result = run("--flopbudget-compare=main")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "budget raised: net::default macs 64 k → 70 k, without a new reason",
            "  (pyproject.toml:5)",
            "pyproject.toml keeps no lock: counts are not compared",
            "1 case beside main (*): 1 without a count there: net::default.",
        ]
    )


def test_a_lock_and_a_table_that_were_not_there(committed: Callable[[str], Path], run: Run) -> None:
    path = committed("[project]\n")
    path.write_text(LOCKED, encoding="utf-8")
    result = run("--flopbudget-compare=main", "-W", "ignore")
    result.stdout.fnmatch_lines(
        [
            "there is no net.lock.json at main (*): counts are not compared",
            "pyproject.toml has no table at main (*): limits are not compared",
        ]
    )


def test_a_table_that_had_mistakes(committed: Callable[[str], Path], run: Run) -> None:
    path = committed(NET.replace("macs", "mac"))
    path.write_text(NET, encoding="utf-8")
    result = run("--flopbudget-compare=main")
    assert result.ret == pytest.ExitCode.OK
    told = " ".join(result.stdout.str().split())
    assert "limits are not compared: at main (" in told
    assert "pyproject.toml:4: models.net.mac: unknown key; did you mean 'macs'?" in told


def test_several_tables_and_a_test_without_one(committed: Callable[[str], Path], run: Run) -> None:
    folder = committed('[tool.pytest.ini_options]\npythonpath = ["."]\n').parent
    for name in "ab":
        (folder / name).mkdir()
        (folder / name / "pyproject.toml").write_text(NET, encoding="utf-8")
    test = "from toy import net\ndef test_it(flop_budget):\n    flop_budget(net(), '1x3x16x16', macs='64 k')\n"
    (folder / "tests" / "test_it.py").write_text(test, encoding="utf-8")
    result = run("--flopbudget-compare=main", "--flopbudget", "a", "b", "tests/test_it.py")
    result.assert_outcomes(passed=3)
    lines = result.outlines
    begin = next(at for at, line in enumerate(lines) if "= flop budgets compared =" in line)
    end = next(at for at, line in enumerate(lines) if "= flop budgets =" in line)
    assert [line.partition(" (")[0] for line in lines[begin + 1 : end]] == [
        told
        for table in ("a/pyproject.toml", "b/pyproject.toml")
        for told in (
            f"{table}:",
            f"{table} keeps no lock: counts are not compared",
            f"{table} has no table at main",
            "1 case beside main",
        )
    ]


def test_a_history_of_what_no_git_keeps(declare: Declare, run: Run) -> None:
    folder = declare(LOCKED).parent
    result = run("--flopbudget-history")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --flopbudget-history: {folder} is in no git repository" in result.errlines


def test_a_run_that_ended_otherwise_keeps_its_status(committed: Callable[[str], Path], run: Run) -> None:
    table = "[tool.pytest-flopbudget]\nraise_needs_reason = true\n" + NET
    path = committed(table)
    path.write_text(table.replace("64 k", "70 k"), encoding="utf-8")
    stopping = "import pytest\ndef test_it():\n    pytest.exit('enough', returncode=7)\n"
    (path.parent / "tests" / "test_it.py").write_text(stopping, encoding="utf-8")
    assert run("--flopbudget-compare=main").ret == 7


def test_with_another_lock(committed: Callable[[str], Path], run: Run) -> None:
    path = committed(LOCKED)
    assert run("--flopbudget-update").ret == pytest.ExitCode.OK
    (path.parent / "net.lock.json").rename(path.parent / "old.lock.json")
    (path.parent / "toy.py").write_text(
        (path.parent / "toy.py").read_text(encoding="utf-8").replace("width=8", "width=6"), encoding="utf-8"
    )
    result = run("--flopbudget-compare=old.lock.json", "-W", "ignore")
    # 16 * 16 * (3 * 6 * 9 + 6 * 4) = 47,616 MACs.
    result.stdout.fnmatch_lines(
        [
            "net::default  63.49 kMACs → 47.62 kMACs (-25%), 260 params → 196 params (-25%),",
            "1 case beside old.lock.json: 1 changed.",
        ]
    )


@pytest.mark.parametrize(
    ("table", "case", "text"),
    [
        (NET, "", "no table keeps a lock: write lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]"),
        (LOCKED, "", "no commit of net.lock.json has it"),
        (LOCKED, "=other", "no commit of net.lock.json has a case 'other'"),
    ],
)
def test_no_history(committed: Callable[[str], Path], run: Run, table: str, case: str, text: str) -> None:
    committed(table)
    result = run(f"--flopbudget-history{case}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --flopbudget-history: {text}" in result.errlines


def test_a_history_with_names_of_anybody(committed: Callable[[str], Path], run: Run, git: Git) -> None:
    folder = committed(LOCKED).parent
    cases = {name: {"metrics": {"macs": 7}} for name in ("\x1b[31mred", "::error::x", "b\n##[group]")}
    lock = {"schema_version": 1, "conventions": 1, "cases": cases}
    (folder / "net.lock.json").write_text(json.dumps(lock), encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "Names ##[error]")
    told = run("--flopbudget-history").outlines
    assert told[::2] == [r"\x1b[31mred (macs)", r"\::error::x (macs)", r"b\n##\[group] (macs)"]
    assert all(line.endswith(r"  7 MACs    Names ##\[error] (Ada)") for line in told[1::2])
