"""Several tables in one repository: which of them a run has, and that each has its own models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

# Without a word of its own in the root's file, pytest takes a service's folder for the root.
INI = "[tool.pytest.ini_options]\n"
MEMBERS = INI + '[tool.pytest-flopbudget]\nmembers = ["services/*"]\n'
TESTPATHS = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
IN_TESTS = MEMBERS.replace(INI, TESTPATHS)
ROOT = "pyproject.toml::whole::default"
A, B = (f"services/{name}/pyproject.toml::{name}_net::default" for name in "ab")
TEST = "tests/test_plain.py::test_plain"
TEST_A, TEST_B = (f"services/{name}/tests/test_{name}.py::test_{name}" for name in "ab")
MODEL = """
[tool.pytest-flopbudget.models.{name}]
factory = "models:net"
input   = "1x3x16x16"
macs    = "1 M"
"""
DISTRIBUTED = pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])


def collected(result: pytest.RunResult) -> list[str]:
    return sorted(line for line in result.outlines if "::" in line and " " not in line)


def last_line(result: pytest.RunResult) -> str:
    return [line for line in result.outlines if line.strip()][-1]


def left_out(number: int) -> str:
    cases = "1 declared case" if number == 1 else f"{number} declared cases"
    return f"flopbudget: {cases} did not run (explicit paths); add --flopbudget"


@pytest.mark.parametrize(
    ("root", "args", "expected"),
    [
        # What pytest walks by is collected, once, whether it is named or not.
        (MEMBERS, [], [ROOT, A, B, TEST, TEST_A, TEST_B]),
        (INI, [], [ROOT, A, B, TEST, TEST_A, TEST_B]),
        (MEMBERS, ["."], [ROOT, A, B, TEST, TEST_A, TEST_B]),
        (MEMBERS, [".", "--flopbudget"], [ROOT, A, B, TEST, TEST_A, TEST_B]),
        # Members are collected where pytest would not come by them.
        (IN_TESTS, [], [ROOT, A, B, TEST]),
        (TESTPATHS, [], [ROOT, TEST]),
        (IN_TESTS.replace("services/*", "services/b"), [], [ROOT, B, TEST]),
        (IN_TESTS.replace("services/*", "services/b/pyproject.toml"), [], [ROOT, B, TEST]),
        (MEMBERS, ["tests", "--flopbudget"], [ROOT, A, B, TEST]),
        # The nearest table above what is named counts.
        (MEMBERS, ["services/a"], [A, TEST_A]),
        (MEMBERS, ["services/a", "services/b"], [A, B, TEST_A, TEST_B]),
        (MEMBERS, ["services/a", "--flopbudget"], [A, TEST_A]),
        (MEMBERS, ["services/a/tests", "--flopbudget"], [A, TEST_A]),
        (MEMBERS, ["services/a/tests", "tests", "--flopbudget"], [ROOT, A, B, TEST, TEST_A]),
        (MEMBERS, [B, "tests"], [B, TEST]),
        # Where the file that names them is named, its members are collected; where a case of it is, that case alone.
        (MEMBERS, ["pyproject.toml"], [ROOT, A, B]),
        (IN_TESTS, ["pyproject.toml", "tests"], [ROOT, A, B, TEST]),
        (IN_TESTS + 'collect = "never"\n', ["pyproject.toml"], [ROOT, A, B]),
        (MEMBERS, ["pyproject.toml::whole"], [ROOT]),
        (MEMBERS, ["services/a/pyproject.toml"], [A]),
        (MEMBERS, ["pyproject.toml", "services/a/pyproject.toml"], [ROOT, A, B]),
        (MEMBERS, ["pyproject.toml", "--ignore=services/b"], [ROOT, A]),
        (INI, ["services/b/tests/test_b.py", "--flopbudget"], [B, TEST_B]),
        # A habit is no choice: the tables above the tests' folders count as well.
        ('[tool.pytest.ini_options]\ntestpaths = ["tests", "services/a/tests"]\n', [], [ROOT, A, TEST, TEST_A]),
        ('[tool.pytest.ini_options]\naddopts = "services/a/tests"\n', [], [ROOT, A, TEST_A]),
        # By name, and by the table's path.
        (MEMBERS, ["--flopbudget-only=a_net", "tests"], [A, TEST]),
        (MEMBERS, ["--flopbudget-only=services/b/pyproject.toml", "tests"], [B, TEST]),
        (MEMBERS, ["--flopbudget-only=services/*/pyproject.toml::*", "tests"], [A, B, TEST]),
        (MEMBERS, ["--flopbudget-skip=services/b/pyproject.toml::b_net", "tests", "--flopbudget"], [ROOT, A, TEST]),
        (TESTPATHS, ["--flopbudget-only=services/b/pyproject.toml::b_net::default"], [B, TEST]),
        (MEMBERS, ["--flopbudget-config=services/a/pyproject.toml", "tests", "--flopbudget"], [A, TEST]),
        (MEMBERS, ["--flopbudget-config=services/a/pyproject.toml"], [A, TEST, TEST_A, TEST_B]),
        (MEMBERS, ["--ignore=services/b"], [ROOT, A, TEST, TEST_A]),
        (MEMBERS, ["-m", "flop_budget"], [ROOT, A, B]),
    ],
)
def test_which_tables_run(
    monorepo: Callable[[str], Path], run: Run, root: str, args: list[str], expected: list[str]
) -> None:
    monorepo(root)
    assert collected(run("--collect-only", "-q", *args)) == sorted(expected)


@DISTRIBUTED
def test_members_run_with_the_file_that_names_them(
    monorepo: Callable[[str], Path], run: Run, run_alone: Run, args: tuple[str, ...]
) -> None:
    monorepo(MEMBERS)
    (run_alone if args else run)("pyproject.toml", *args).assert_outcomes(skipped=3)


@DISTRIBUTED
@pytest.mark.parametrize("layout", [INI, TESTPATHS])
def test_members_run_once(
    monorepo: Callable[[str], Path], run: Run, run_alone: Run, layout: str, args: tuple[str, ...]
) -> None:
    monorepo(MEMBERS.replace(INI, layout))
    (run_alone if args else run)(*args).assert_outcomes(passed=1 if layout == TESTPATHS else 3, skipped=3)


@pytest.mark.parametrize(
    ("folder", "args", "expected"),
    [
        ("services/a", [], [A, TEST_A]),
        ("services/a", ["tests"], [TEST_A]),
        ("services/a", ["tests", "--flopbudget"], [A, TEST_A]),
        ("services/a", ["../b"], [B, TEST_B]),
        ("services/a/tests", ["--flopbudget"], [A, TEST_A]),
        ("services", [], [ROOT, A, B, TEST_A, TEST_B]),
        ("services/a", ["--flopbudget-only=pyproject.toml::a_net"], [A, TEST_A]),
        ("services/a", ["--flopbudget-only=services/a/pyproject.toml::a_net"], [A, TEST_A]),
    ],
)
def test_from_inside(
    monorepo: Callable[[str], Path],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    folder: str,
    args: list[str],
    expected: list[str],
) -> None:
    root = monorepo(IN_TESTS)
    monkeypatch.chdir(root / folder)
    assert collected(run("--collect-only", "-q", f"--rootdir={root}", *args)) == sorted(expected)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["services/a/tests"], left_out(1)),
        (["tests"], left_out(3)),
        (["services/a", "services/b"], "2 passed, 2 skipped"),
        (["services/a/tests", "--flopbudget"], "1 passed, 1 skipped"),
    ],
)
@pytest.mark.parametrize("way", ["--rootdir", "-c"])
def test_with_the_root_elsewhere(
    monorepo: Callable[[str], Path], run: Run, tmp_path: Path, way: str, args: list[str], expected: str
) -> None:
    monorepo(MEMBERS)
    ini = tmp_path / "elsewhere" / "pytest.ini"
    ini.parent.mkdir()
    ini.write_text("[pytest]\n", encoding="utf-8")
    root = f"--rootdir={ini.parent}" if way == "--rootdir" else f"-c{ini}"
    assert expected in last_line(run(root, *args))


def test_from_elsewhere(
    monorepo: Callable[[str], Path], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = monorepo(MEMBERS)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    result = run(f"--rootdir={elsewhere}", str(root / "services" / "a" / "tests"))
    result.assert_outcomes(passed=1)
    assert last_line(result) == left_out(1)


@pytest.mark.parametrize(
    ("root", "service", "args", "expected"),
    [
        ("auto", "never", [], [ROOT, B, TEST]),
        ("auto", "never", ["--flopbudget"], [ROOT, A, B, TEST]),
        ("auto", "always", ["tests"], [A, TEST]),
        ("always", "auto", ["tests"], [ROOT, A, B, TEST]),
        ("always", "never", ["tests"], [ROOT, B, TEST]),
        ("never", "auto", [], [TEST]),
        ("never", "always", [], [A, TEST]),
        ("auto", "never", ["pyproject.toml"], [ROOT, B]),
        ("never", "auto", ["pyproject.toml"], [ROOT, A, B]),
        ("auto", "auto", ["pyproject.toml::whole"], [ROOT]),
    ],
)
def test_a_member_is_collected_when_the_roots_table_is(
    monorepo: Callable[[str], Path], run: Run, root: str, service: str, args: list[str], expected: list[str]
) -> None:
    path = monorepo(f'{IN_TESTS}collect = "{root}"\n') / "services" / "a" / "pyproject.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'[tool.pytest-flopbudget]\ncollect = "{service}"\n{text}', encoding="utf-8")
    assert collected(run("--collect-only", "-q", *args)) == sorted(expected)


def test_a_member_may_be_any_file_and_name_members(declare: Declare, run: Run) -> None:
    declare(TESTPATHS + '[tool.pytest-flopbudget]\nmembers = ["budgets/*.toml"]\n')
    declare(MODEL.format(name="whole"), "budgets/ci.toml")
    declare(MODEL.format(name="part"), "libs/part/pyproject.toml")
    declare('[tool.pytest-flopbudget]\nmembers = ["../libs/*", "../pyproject.toml"]\n', "budgets/more.toml")
    (Path("budgets") / "other.toml").write_text("[tool.other]\n", encoding="utf-8")
    expected = ["budgets/ci.toml::whole::default", "libs/part/pyproject.toml::part::default", TEST]
    assert collected(run("--collect-only", "-q")) == expected
    assert collected(run("--collect-only", "-q", "budgets")) == expected[:1]
    assert collected(run("--collect-only", "-q", "pyproject.toml")) == expected[:2]


def test_pytests_own_root_is_a_service(monorepo: Callable[[str], Path], run: Run) -> None:
    monorepo(MEMBERS.replace(INI, ""))
    # Before version 8.1, pytest has no root here but the folder that it was called in.
    found = [line.removeprefix("services/a/") for line in collected(run("--collect-only", "-q", "services/a"))]
    assert found == ["pyproject.toml::a_net::default", "tests/test_a.py::test_a"]
    assert last_line(run("services/a/tests")) == left_out(1)
    run("services/a/tests", "--flopbudget-only=services/a/pyproject.toml").assert_outcomes(passed=1, skipped=1)


def test_what_could_not_be_collected_is_not_told_as_ignored(monorepo: Callable[[str], Path], run: Run) -> None:
    folder = monorepo(MEMBERS)
    (folder / "services" / "a" / "conftest.py").write_text("1 / 0\n", encoding="utf-8")
    result = run("--continue-on-collection-errors")
    assert result.ret != pytest.ExitCode.OK
    assert "is ignored" not in result.stdout.str()
