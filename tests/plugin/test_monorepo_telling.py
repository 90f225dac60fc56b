"""Several tables in one repository: what a run says of those that did not run, and of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., pytest.RunResult]

INI = "[tool.pytest.ini_options]\n"
MEMBERS = INI + '[tool.pytest-flopbudget]\nmembers = ["services/*"]\n'
IN_TESTS = MEMBERS.replace(INI, INI + 'testpaths = ["tests"]\n')
ROOT = "pyproject.toml::whole::default"
A, B = (f"services/{name}/pyproject.toml::{name}_net::default" for name in "ab")
DISTRIBUTED = pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])


def last_line(result: pytest.RunResult) -> str:
    return [line for line in result.outlines if line.strip()][-1]


def left_out(number: int, why: str = "explicit paths", way_out: str = "; add --flopbudget") -> str:
    cases = "1 declared case" if number == 1 else f"{number} declared cases"
    return f"flopbudget: {cases} did not run ({why}){way_out}"


@pytest.mark.parametrize(
    ("root", "args", "expected"),
    [
        (MEMBERS, ["tests"], left_out(3)),
        (INI, ["tests"], left_out(1)),
        (MEMBERS, ["services/a/tests"], left_out(1)),
        (MEMBERS, ["services/a/tests", "services/b/tests"], left_out(2)),
        (MEMBERS, ["services/a", "services/b/tests"], left_out(1)),
        (MEMBERS, [A, "tests"], left_out(2)),
        (MEMBERS, ["services"], left_out(1)),
        (MEMBERS, ["tests", "--flopbudget-skip=whole"], left_out(2)),
        (MEMBERS, ["--ignore=services/b"], left_out(1, "services/b/pyproject.toml is ignored", "")),
        (
            MEMBERS,
            ["tests", "--ignore=services/b"],
            left_out(3, "explicit paths, services/b/pyproject.toml is ignored"),
        ),
    ],
)
def test_the_last_line_is_over_all_tables(
    monorepo: Callable[[str], Path], run: Run, root: str, args: list[str], expected: str
) -> None:
    monorepo(root)
    assert last_line(run(*args)) == expected


@DISTRIBUTED
def test_a_conftest_may_ignore_a_member(
    monorepo: Callable[[str], Path], run: Run, run_alone: Run, args: tuple[str, ...]
) -> None:
    (monorepo(MEMBERS) / "services" / "conftest.py").write_text("collect_ignore = ['b']\n", encoding="utf-8")
    result = (run_alone if args else run)(*args)
    result.assert_outcomes(passed=2, skipped=2)
    assert last_line(result) == left_out(1, "services/b/pyproject.toml is ignored", "")


@pytest.mark.parametrize("args", [[], ["services/a", "services/b"], ["tests", "--flopbudget"], [ROOT, A, B]])
def test_nothing_is_told_when_all_ran(monorepo: Callable[[str], Path], run: Run, args: list[str]) -> None:
    monorepo(MEMBERS)
    assert "did not run" not in run(*args).stdout.str()


def test_the_last_line_under_xdist(monorepo: Callable[[str], Path], run_alone: Run) -> None:
    monorepo(IN_TESTS)
    assert last_line(run_alone("tests", "-n", "2", "-q")) == left_out(3)


@DISTRIBUTED
def test_mistakes_in_members(
    monorepo: Callable[[str], Path], run: Run, run_alone: Run, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CI", "1")
    root = monorepo('[tool.pytest-flopbudget]\nmembers = [\n  "services/a",\n  "services/c",\n]\n')
    (root / "services" / "b" / "pyproject.toml").write_text("[tool.flopbudget]\n", encoding="utf-8")
    result = (run_alone if args else run)(*args)
    result.assert_outcomes(passed=3, failed=2, skipped=1)
    heading = "1 mistake in [tool.pytest-flopbudget]"
    of_members = "pyproject.toml:4: members[1]: there is no 'services/c'; did you mean 'services/b'?"
    of_b = "services/b/pyproject.toml:1: tool.flopbudget: unknown table; did you mean [tool.pytest-flopbudget]?"
    assert sorted(line for line in result.outlines if line.startswith("FAILED")) == [
        f"FAILED pyproject.toml::table - {heading}: {of_members}",
        f"FAILED services/b/pyproject.toml::table - {heading}: {of_b}",
    ]


def test_mistakes_that_were_not_seen(monorepo: Callable[[str], Path], run: Run) -> None:
    root = monorepo(MEMBERS)
    for name in "ab":
        (root / "services" / name / "pyproject.toml").write_text("[tool.flopbudget]\n", encoding="utf-8")
    mistakes = "services/a/pyproject.toml has 1 mistake and services/b/pyproject.toml has 1 mistake"
    assert last_line(run("tests")) == (
        f"flopbudget: 1 declared case did not run (explicit paths), and {mistakes}; add --flopbudget"
    )


SERVICE_A = "services/a/pyproject.toml"
USAGE_ERRORS = {
    "a_nett": f"no case of pyproject.toml, {SERVICE_A} and services/b/pyproject.toml matches 'a_nett'; "
    "did you mean 'a_net'?",
    f"{SERVICE_A}::b_net": f"no case of {SERVICE_A} matches '{SERVICE_A}::b_net'; did you mean '{SERVICE_A}::a_net'?",
}


@pytest.mark.parametrize(("pattern", "args"), [*zip(USAGE_ERRORS, [[], ["services/a"]], strict=True)])
def test_usage_errors(monorepo: Callable[[str], Path], run: Run, pattern: str, args: list[str]) -> None:
    monorepo(MEMBERS)
    result = run(f"--flopbudget-only={pattern}", *args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [f"ERROR: --flopbudget-only: {USAGE_ERRORS[pattern]}"]
