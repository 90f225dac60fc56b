"""Which declared cases run, with and without paths on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

# Skipped cases are collected like all others, and need no torch.
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3xRxR"
macs    = "1 M"
at      = [96, 160]
skip    = "only collected here"

[tool.pytest-flopbudget.models."other.one"]
factory = "toy:net"
input   = "1x3x8x8"
macs    = "1 M"
skip    = "only collected here"
"""
IDS = ["pyproject.toml::net::R96", "pyproject.toml::net::R160", "pyproject.toml::other.one::default"]
PLAIN = "tests/test_plain.py::test_plain"
NOT_RUN = "flopbudget: 3 declared cases did not run (explicit paths); add --flopbudget"
LAYOUTS = {
    "plain": "",
    "testpaths": '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
    "addopts": '[tool.pytest.ini_options]\naddopts = "tests"\n',
}


def collect(root: str, value: str) -> str:
    return f'[tool.pytest-flopbudget]\ncollect = "{value}"\n' + root


def last_line(result: pytest.RunResult) -> str:
    return [line for line in result.outlines if line.strip()][-1]


def collected(result: pytest.RunResult) -> list[str]:
    return sorted(line for line in result.outlines if "::" in line and " " not in line)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_without_paths_all_cases_run(
    declare: Declare, run: Run, run_alone: Run, layout: str, args: tuple[str, ...]
) -> None:
    declare(LAYOUTS[layout] + TABLE)
    result = (run_alone if args else run)(*args)
    result.assert_outcomes(passed=1, skipped=3)
    assert "did not run" not in result.stdout.str()


@pytest.mark.parametrize("layout", ["plain", "testpaths"])
@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["."], [*IDS, PLAIN]),
        ([".", "--flopbudget"], [*IDS, PLAIN]),
        (["tests"], [PLAIN]),
        (["-p", "no:cacheprovider", "tests"], [PLAIN]),
        (["tests", "--flopbudget"], [*IDS, PLAIN]),
        (["tests/test_plain.py::test_plain", "--flopbudget"], [*IDS, PLAIN]),
        (["pyproject.toml"], IDS),
        (["tests", "pyproject.toml"], [*IDS, PLAIN]),
        (["pyproject.toml", "--flopbudget"], IDS),
        (["pyproject.toml::net"], IDS[:2]),
        (["pyproject.toml::net::R96"], IDS[:1]),
        (["pyproject.toml::other.one::default", "tests"], [IDS[2], PLAIN]),
        (["-k", "R96"], IDS[:1]),
        (["-k", "net and not R96"], IDS[1:2]),
        (["-m", "flop_budget"], IDS),
        (["-m", "not flop_budget"], [PLAIN]),
        (["--deselect", "pyproject.toml::net"], [IDS[2], PLAIN]),
        (["--ignore", "pyproject.toml"], [PLAIN]),
    ],
    ids=" ".join,
)
def test_paths(declare: Declare, run: Run, layout: str, args: list[str], expected: list[str]) -> None:
    declare(LAYOUTS[layout] + TABLE)
    assert collected(run("--collect-only", "-q", *args)) == sorted(expected)


@pytest.mark.parametrize("variable", ["PYTEST_ADDOPTS", "ini"])
def test_habitual_paths_are_no_choice(
    declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    declare((LAYOUTS["addopts"] if variable == "ini" else "") + TABLE)
    if variable != "ini":
        monkeypatch.setenv(variable, "tests")
    assert collected(run("--collect-only", "-q")) == sorted([*IDS, PLAIN])


def test_what_cannot_be_told_from_habits_is_taken_for_a_choice(
    declare: Declare, run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest("def pytest_addoption(parser):\n    parser.addoption('--board', required=True)\n")
    declare('[tool.pytest.ini_options]\naddopts = "--board=x tests"\n' + TABLE)
    result = run("--collect-only", "-q")
    assert collected(result) == [PLAIN]


def test_a_habitual_path_and_the_whole_folder(declare: Declare, run: Run) -> None:
    # Before version 9, pytest itself loses what stands beside `tests` here.
    declare(LAYOUTS["addopts"] + TABLE)
    assert collected(run("--collect-only", "-q", ".")) == sorted([*IDS, PLAIN])


@pytest.mark.parametrize(
    ("value", "args", "expected"),
    [
        ("always", ["tests"], [*IDS, PLAIN]),
        ("always", [], [*IDS, PLAIN]),
        ("never", [], [PLAIN]),
        ("never", ["."], [PLAIN]),
        ("never", ["--flopbudget"], [*IDS, PLAIN]),
        ("never", ["pyproject.toml"], IDS),
    ],
)
def test_collect(declare: Declare, run: Run, value: str, args: list[str], expected: list[str]) -> None:
    declare(collect(TABLE, value))
    assert collected(run("--collect-only", "-q", *args)) == sorted(expected)


@pytest.mark.parametrize("quiet", [(), ("-q",), ("-q", "-q"), ("--no-summary",)], ids=["", "-q", "-qq", "no-summary"])
def test_the_last_line_tells_what_did_not_run(declare: Declare, run: Run, quiet: tuple[str, ...]) -> None:
    declare(TABLE)
    assert last_line(run("tests", *quiet)) == NOT_RUN


def test_the_last_line_under_xdist(declare: Declare, run_alone: Run) -> None:
    declare(LAYOUTS["testpaths"] + TABLE)
    assert last_line(run_alone("tests", "-n", "2", "-q")) == NOT_RUN


@pytest.mark.parametrize(
    ("table", "args", "expected"),
    [
        (TABLE, ["--ignore=pyproject.toml"], "flopbudget: 3 declared cases did not run (pyproject.toml is ignored)"),
        (
            TABLE,
            ["tests", "--flopbudget-skip=net"],
            "flopbudget: 1 declared case did not run (explicit paths); add --flopbudget",
        ),
        (TABLE.replace('"1 M"', '"1 Banana"'), ["tests"], None),
        (collect(TABLE, "never"), ["tests"], ""),
        (TABLE, ["tests", "--collect-only"], ""),
        (TABLE, ["--cache-show"], ""),
        (TABLE, ["--fixtures-per-test"], ""),
        (TABLE, ["nowhere"], ""),
        (TABLE, ["tests", "--flopbudget"], ""),
        (TABLE, ["pyproject.toml::net::R96"], ""),
        (TABLE, ["-k", "nothing"], ""),
        (TABLE, ["tests", "--flopbudget-skip=*"], ""),
    ],
)
def test_last_line(declare: Declare, run: Run, table: str, args: list[str], expected: str | None) -> None:
    declare(table)
    told = [line for line in run(*args).outlines if "did not run" in line]
    if expected is None:
        expected = (
            "flopbudget: the declared cases did not run (explicit paths), and [tool.pytest-flopbudget] has 2 mistakes; "
            "add --flopbudget"
        )
    assert told == ([expected] if expected else [])


def test_the_nearest_table_above_the_folder(
    declare: Declare, run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(LAYOUTS["testpaths"] + TABLE)
    monkeypatch.chdir(pytester.mkdir("source"))
    assert collected(run("--collect-only", "-q")) == sorted(IDS)
    assert last_line(run("../tests")) == NOT_RUN


def test_a_nearer_table_wins(declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(LAYOUTS["testpaths"] + TABLE)
    inner = declare(TABLE.replace("models.net", "models.inner"), "package/pyproject.toml").parent
    monkeypatch.chdir(inner)
    assert "inner::R96" in run("--collect-only", "-q").stdout.str()


def test_a_file_that_only_mentions_the_plugin(declare: Declare, run: Run) -> None:
    declare('[dependency-groups]\ntest = ["pytest-flopbudget"]\n')
    result = run("tests")
    result.assert_outcomes(passed=1)
    assert "flopbudget:" not in result.stdout.str()


def test_a_table_below_that_pytest_walks_by(declare: Declare, run_alone: Run) -> None:
    declare(TABLE, "package/pyproject.toml")
    result = run_alone("package", "tests", "-n", "2", "-v")
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(["3 cases: 3 skipped."])


def test_the_tree(declare: Declare, run: Run) -> None:
    declare(TABLE)
    result = run("--collect-only", "pyproject.toml")
    result.stdout.fnmatch_lines(
        [
            "*<DeclaredTable pyproject.toml>",
            "*<DeclaredModel net>",
            "*<DeclaredCase R96>",
            "*<DeclaredCase R160>",
            "*<DeclaredModel other.one>",
            "*<DeclaredCase default>",
        ],
        consecutive=True,
    )


def test_another_collector_is_not_disturbed(declare: Declare, run: Run) -> None:
    declare('[project]\nname = "shop"\n')
    assert collected(run("--collect-only", "-q")) == [PLAIN]


@pytest.mark.parametrize("args", [(".", "tests"), (".", "tests/test_plain.py"), ("tests", ".")])
def test_a_folder_and_something_in_it(declare: Declare, run: Run, args: tuple[str, ...]) -> None:
    declare(TABLE)
    result = run(*args)
    assert result.parseoutcomes()["skipped"] == 3


def test_from_above_the_table(declare: Declare, run: Run) -> None:
    declare(f"[tool.pytest.ini_options]\n{TABLE}", "service/pyproject.toml")
    (tests,) = [Path("service/tests")]
    tests.mkdir()
    (tests / "test_service.py").write_text("def test_service():\n    pass\n", encoding="utf-8")
    result = run("service/tests")
    result.assert_outcomes(passed=1)
    assert last_line(result) == NOT_RUN
    run("service/tests", "--flopbudget").assert_outcomes(passed=1, skipped=3)


def test_all_cases_run_beside_a_named_one(declare: Declare, run: Run) -> None:
    declare(TABLE)
    run("tests", IDS[0], "--flopbudget").assert_outcomes(passed=1, skipped=3)
    run("tests", IDS[0]).assert_outcomes(passed=1, skipped=1)


def test_a_folder_with_brackets(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(f'[tool.pytest.ini_options]\ntestpaths = ["tests"]\n{TABLE}', "p[1]/pyproject.toml")
    (pytester.path / "tests").rename(pytester.path / "p[1]" / "tests")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(pytester.path / "p[1]")
        run().assert_outcomes(passed=1, skipped=3)
