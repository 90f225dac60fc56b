"""The command line: what it chooses, and what it refuses before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

TABLE = """
[tool.pytest-flopbudget.models.mobilenet]
factory = "toy:net"
input   = "1x3xRxR"
macs    = "1 M"
at      = [96, 160]
skip    = "only chosen here"

[tool.pytest-flopbudget.models.encoder]
factory = "toy:net"
input   = "1x3x8x8"
macs    = "1 M"
skip    = "only chosen here"
"""
R96, R160, ENCODER = "mobilenet::R96", "mobilenet::R160", "encoder::default"
PLAIN = "tests/test_plain.py::test_plain"


def chosen(result: pytest.RunResult) -> list[str]:
    lines = [line for line in result.outlines if "::" in line and " " not in line]
    return [line.removeprefix("pyproject.toml::") for line in lines if line != PLAIN]


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--flopbudget-only=mobilenet"], [R96, R160]),
        (["--flopbudget-only=mobilenet::R96"], [R96]),
        (["--flopbudget-only=pyproject.toml::mobilenet::R96"], [R96]),
        (["--flopbudget-only", "mob*"], [R96, R160]),
        (["--flopbudget-only=*::R160"], [R160]),
        (["--flopbudget-only=encoder", "--flopbudget-only=*R96"], [R96, ENCODER]),
        (["--flopbudget-skip=encoder"], [R96, R160]),
        (["--flopbudget-skip=encoder", "--flopbudget-skip=mobilenet::R96"], [R160]),
        (["--flopbudget-only=mobilenet", "--flopbudget-skip=*96"], [R160]),
        (["--flopbudget-only=encoder", "tests"], [ENCODER]),
    ],
    ids=" ".join,
)
def test_only_and_skip(declare: Declare, run: Run, args: list[str], expected: list[str]) -> None:
    declare(TABLE)
    result = run("--collect-only", "-q", *args)
    assert chosen(result) == expected
    assert PLAIN in result.outlines
    assert f"{4 - 1 - len(expected)} deselected" in result.outlines[-1]


def test_only_under_xdist(declare: Declare, run_alone: Run) -> None:
    declare(TABLE)
    run_alone("-n", "2", "--flopbudget-only=encoder", "tests").assert_outcomes(passed=1, skipped=1)


USAGE_ERRORS = {
    "--flopbudget-only=mobilnet": (
        "--flopbudget-only: no case of pyproject.toml matches 'mobilnet'; did you mean 'mobilenet'?"
    ),
    "--flopbudget-skip=mobilenet::r96": (
        "--flopbudget-skip: no case of pyproject.toml matches 'mobilenet::r96'; did you mean 'mobilenet::R96'?"
    ),
    "--flopbudget-only=zzz*": (
        "--flopbudget-only: no case of pyproject.toml matches 'zzz*'; there is mobilenet, encoder"
    ),
    "--flopbudget-skip=mobilenet::everything": (
        "--flopbudget-skip: no case of pyproject.toml matches 'mobilenet::everything'; "
        "there is mobilenet::R96, mobilenet::R160"
    ),
    "--flopbudget-level=wran": "--flopbudget-level: 'wran' is none of error, warn and off; did you mean 'warn'?",
    "--flopbudget-level=7": "--flopbudget-level: '7' is none of error, warn and off",
    "--flopbudget-backend=thopp": (
        "--flopbudget-backend: 'thopp' is none of auto, shapes, execute and thop; did you mean 'thop'?"
    ),
    "--flopbudget-config=nowhere.toml": "--flopbudget-config: nowhere.toml does not exist",
    "--flopbudget-config=tests": "--flopbudget-config: tests is a folder, not a file",
}


def refusals(result: pytest.RunResult) -> list[str]:
    """What a run says that refuses to begin."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    return [line for line in result.errlines if line]


@pytest.mark.parametrize("option", USAGE_ERRORS)
def test_usage_errors(declare: Declare, run: Run, option: str) -> None:
    declare(TABLE)
    assert refusals(run(option)) == [f"ERROR: {USAGE_ERRORS[option]}"]


@pytest.mark.parametrize(
    "option", ["--flopbudget-only=mobilnet", "--flopbudget-level=wran", "--flopbudget-config=nowhere.toml"]
)
def test_usage_errors_under_xdist(declare: Declare, run_alone: Run, option: str) -> None:
    declare(TABLE)
    assert refusals(run_alone(option, "-n", "2")) == [f"ERROR: {USAGE_ERRORS[option]}"]


@pytest.mark.parametrize("option", ["--flopbudget", "--flopbudget-only=net", "--flopbudget-skip=net"])
def test_options_that_need_a_table(pytester: pytest.Pytester, run: Run, option: str) -> None:
    name = option.partition("=")[0]
    (refusal,) = refusals(run(option))
    assert refusal == (
        f"ERROR: {name}: no pyproject.toml in {pytester.path} has a table [tool.pytest-flopbudget]; "
        "--flopbudget-config=PATH names another file"
    )


def test_a_table_is_sought_up_to_the_root(pytester: pytest.Pytester, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makeini("[pytest]\n")
    monkeypatch.chdir(pytester.mkdir("source"))
    (refusal,) = refusals(run("--flopbudget"))
    assert refusal == (
        f"ERROR: --flopbudget: no pyproject.toml in {pytester.path / 'source'} or above it, up to {pytester.path}, "
        "has a table [tool.pytest-flopbudget]; --flopbudget-config=PATH names another file"
    )


def test_config_without_a_table(declare: Declare, run: Run) -> None:
    declare(TABLE)
    path = declare("[tool.other]\n", "other.toml")
    (refusal,) = refusals(run("--flopbudget-config=other.toml"))
    assert refusal == f"ERROR: --flopbudget-config: {path} has no table [tool.pytest-flopbudget]"


@pytest.mark.parametrize("args", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_config_names_the_table(declare: Declare, run: Run, run_alone: Run, args: tuple[str, ...]) -> None:
    declare(TABLE)
    declare(TABLE.replace("encoder", "decoder"), "budgets/ci.toml")
    result = (run_alone if args else run)(
        "--flopbudget-config=budgets/../budgets/ci.toml", "-v", "-W", "default", *args
    )
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(["skipped *decoder::default *"])
    assert "encoder" not in result.stdout.str()


def test_the_named_table_counts_for_tests_too(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(TABLE)
    declare(TABLE.replace("encoder", "decoder"), "budgets/ci.toml")
    pytester.makepyfile(test_it="def test_it(flop_budget):\n    flop_budget(None, declared='encoder')\n")
    result = run("--flopbudget-config=budgets/ci.toml", "test_it.py")
    result.assert_outcomes(failed=1)
    assert (
        "E       pytest_flopbudget.errors.AskedError: test_it.py:2: flop_budget: declared: 'encoder' is no declared "
        "model of budgets/ci.toml; did you mean 'decoder'?"
    ) in result.outlines


def test_help_and_markers(declare: Declare, run: Run) -> None:
    declare(TABLE)
    shown = run("--help", "--flopbudget-level=wran")
    assert shown.ret == pytest.ExitCode.OK
    shown.stdout.fnmatch_lines(["FLOP budgets of declared models:", "  --flopbudget *"])
    said = " ".join(shown.stdout.str().split())
    forms = (
        "a model, a case (model::point), a table's file (services/a/pyproject.toml), a model or case of it "
        "(services/a/pyproject.toml::model), or a glob of these; repeatable"
    )
    assert f"--flopbudget-only=CASE of the declared cases run these only: {forms}; implies --flopbudget" in said
    assert f"--flopbudget-skip=CASE leave these declared cases out: {forms}" in said
    assert "Write '=' before a path, not a blank: pytest looks for its root before it knows this option" in said
    told = [line for line in run("--markers").outlines if "flop_" in line]
    assert [line.partition(": ")[0] for line in told] == [
        "@pytest.mark.flop_budget(macs='4.2 G', params='26 M', modules={...}, level='warn', ...)",
        "@pytest.mark.flop_cases(*names)",
    ]


def test_fixtures_are_listed(declare: Declare, run: Run) -> None:
    declare(TABLE)
    told = " ".join(run("--fixtures").stdout.str().split())
    for name, says in (("flop_budget", "Count a model"), ("count_flops", "Count a model"), ("flop_case", "A declared")):
        assert f"{name} -- " in told
        assert says in told.partition(f"{name} -- ")[2].partition(" -- ")[0]


def test_strict_markers_know_the_mark(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("def test_plain(): pass")
    run("--strict-markers", "-m", "not flop_budget").assert_outcomes(passed=1)
