"""Reports of a run: where they go, what is in them, and that nothing but the cases decides what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import pytest_flopbudget
from pytest_flopbudget.report.formats import FORMATS

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

FORMS = ", ".join(FORMATS)
SCHEMA = json.loads((Path(pytest_flopbudget.__file__).parent / "report" / "report.schema.json").read_text("utf-8"))
# 32 * 32 * (3 * 8 * 9 + 8 * 4) = 253,952 MACs at R32, a quarter of that at R16.
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3xRxR"
macs    = "100 k"
at      = [16, { R = 32, reason = "the camera" }]

[tool.pytest-flopbudget.models.headed]
factory = "toy:headed"
input   = "1x3x16x16"
macs    = "1 M"
"""
MODELS = ["headed::default", "net::R16", "net::R32"]
TESTS = """
import pytest
from toy import net

@pytest.mark.parametrize("size", [8, 16])
def test_conv(flop_budget, size):
    flop_budget(net(), (1, 3, size, size), macs="1 M", label="small")

def test_region(flop_budget):
    import torch
    with flop_budget.region(macs="2 k", label="step"):
        net()(torch.zeros(1, 3, 4, 4))
"""


@pytest.fixture
def read(pytester: pytest.Pytester) -> Callable[..., dict[str, list[dict[str, object]]]]:
    """Read a JSON report, which keeps the schema."""

    def reader(file: str = "flops.json") -> dict[str, list[dict[str, object]]]:
        data: dict[str, list[dict[str, object]]] = json.loads((pytester.path / file).read_text(encoding="utf-8"))
        jsonschema.validate(data, SCHEMA)
        return data

    return reader


Read = Callable[..., dict[str, list[dict[str, object]]]]


def ids(cases: list[dict[str, object]]) -> list[object]:
    return [case["id"] for case in cases]


def test_several_reports(declare: Declare, run: Run, read: Read, pytester: pytest.Pytester) -> None:
    declare(TABLE)

    result = run("--flopbudget-report=flops.json", "--flopbudget-report", "out/here/flops.md")

    result.assert_outcomes(passed=2, failed=2)
    data = read()
    assert (ids(data["cases"]), data["not_run"], data["mistakes"]) == (MODELS, [], [])
    assert [case["status"] for case in data["cases"]] == ["error", "kept", "exceeded"]
    assert {case["table"] for case in data["cases"]} == {"pyproject.toml"}
    text = (pytester.path / "out" / "here" / "flops.md").read_text(encoding="utf-8")
    assert text.startswith("## FLOP budgets: 2 of 3 cases fail\n\n3 cases: 1 error, 1 exceeded, 1 kept.\n")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--flopbudget-only=net"], {"headed::default": "--flopbudget-only"}),
        (
            ["--flopbudget-skip=*R32", "--flopbudget-only=net"],
            {"headed::default": "--flopbudget-only", "net::R32": "--flopbudget-skip"},
        ),
        (["tests"], dict.fromkeys(MODELS, "explicit paths")),
        (["-k", "R16 or plain"], dict.fromkeys(["headed::default", "net::R32"], "deselected, or not reached")),
        (["-x", "pyproject.toml"], {"headed::default": "deselected, or not reached"}),
        (["pyproject.toml::net"], {"headed::default": "deselected, or not reached"}),
        (["--ignore=pyproject.toml"], dict.fromkeys(MODELS, "its table is ignored")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_did_not_run(declare: Declare, run: Run, read: Read, args: list[str], expected: dict[str, str]) -> None:
    declare(TABLE)

    run("--flopbudget-report=flops.json", *args)

    data = read()
    assert {str(case["id"]): case["why"] for case in data["not_run"]} == expected
    assert ids(data["cases"]) == [case for case in MODELS if case not in expected]


def test_a_table_that_keeps_to_itself(declare: Declare, run: Run, read: Read) -> None:
    declare(f'[tool.pytest-flopbudget]\ncollect = "never"\nreport = "flops.json"\n{TABLE}')

    run()

    assert {str(case["id"]): case["why"] for case in read()["not_run"]} == dict.fromkeys(MODELS, 'collect = "never"')


def test_mistakes(declare: Declare, run: Run, read: Read) -> None:
    declare(TABLE.replace('macs    = "1 M"', "mac     = 3"))

    run("--flopbudget-report=flops.json")

    data = read()
    assert (data["cases"], data["not_run"]) == ([], [])
    place = {"path": "pyproject.toml", "line": 10}
    text = "unknown key; did you mean 'macs'?"
    assert data["mistakes"][0] == {"table": "pyproject.toml", "place": place, "key": "models.headed.mac", "text": text}


def test_files_that_the_table_names(declare: Declare, run: Run, read: Read, pytester: pytest.Pytester) -> None:
    folder = declare(f'[tool.pytest-flopbudget]\nreport = ["out/flops.json", "flops.md"]\n{TABLE}').parent
    pytester.chdir()

    run("--flopbudget-only=net::R16")
    assert ids(read("out/flops.json")["cases"]) == ["net::R16"]
    assert (folder / "flops.md").is_file()
    run("--flopbudget-only=net::R32", "--flopbudget-report=other.json")
    assert ids(read("other.json")["cases"]) == ["net::R32"]
    assert ids(read("out/flops.json")["cases"]) == ["net::R16"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (
            ["--flopbudget-report=flops.jsn"],
            f"--flopbudget-report: 'flops.jsn' ends in none of {FORMS}; did you mean '.json'?",
        ),
        (["--flopbudget-report=flops"], f"--flopbudget-report: 'flops' ends in none of {FORMS}"),
        (
            ["--flopbudget-report=a.md", "--flopbudget-report=tests.md"],
            "--flopbudget-report: tests.md is a folder, not a file",
        ),
        (["--flopbudget-report=toy.py/a.md"], "--flopbudget-report: toy.py/a.md cannot be written: File exists"),
        (
            ["--flopbudget-report=toy.py/sub/a.md"],
            "--flopbudget-report: toy.py/sub/a.md cannot be written: Not a directory",
        ),
        (
            ["--flopbudget-github=al"],
            "--flopbudget-github: 'al' is none of all, annotations, summary and off; did you mean 'all'?",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.parametrize("has_table", [True, False])
def test_what_cannot_be_is_told_before_the_run(
    declare: Declare, run: Run, pytester: pytest.Pytester, args: list[str], told: str, *, has_table: bool
) -> None:
    declare(TABLE if has_table else "")
    (pytester.path / "tests.md").mkdir()

    result = run(*args)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [f"ERROR: {told}"]


def test_without_its_extra_the_page_is_refused_before_the_run(
    declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_flopbudget.report.html.needed._PACKAGES", ("jinja2", "plotly_of_nobody"))
    declare(TABLE)

    result = run("--flopbudget-report=flops.html")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    why = "the HTML report needs plotly_of_nobody: pip install 'pytest-flopbudget[html]'"
    assert [line for line in result.errlines if line] == [f"ERROR: --flopbudget-report: flops.html: {why}"]


def test_a_tables_file_that_cannot_be_written(declare: Declare, run: Run) -> None:
    declare(f'[tool.pytest-flopbudget]\nreport = "toy.py/flops.md"\n{TABLE}')

    result = run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: pyproject.toml: report: toy.py/flops.md cannot be written: File exists" in result.errlines


def test_one_that_cannot_be_written_in_the_end_fails_the_run(
    declare: Declare, run: Run, pytester: pytest.Pytester
) -> None:
    folder = declare("").parent
    (folder / "tests" / "test_plain.py").write_text(
        "from pathlib import Path\n\ndef test_plain():\n    Path('flops.json').mkdir()\n", encoding="utf-8"
    )

    result = run("--flopbudget-report=flops.json")

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.outlines[-1] == "flopbudget: --flopbudget-report: flops.json cannot be written: Is a directory"


def test_without_a_terminal_it_fails_the_run_without_a_word(
    declare: Declare, run: Run, pytester: pytest.Pytester
) -> None:
    declare("")
    pytester.makepyfile(test_it="from pathlib import Path\n\ndef test_it():\n    Path('flops.json').mkdir()\n")

    result = run("-p", "no:terminal", "--flopbudget-report=flops.json", "test_it.py")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert (result.outlines, result.errlines) == ([], [])


def test_nothing_is_written_where_nothing_runs(declare: Declare, run: Run, pytester: pytest.Pytester) -> None:
    declare(TABLE)

    run("--flopbudget-report=flops.json", "--collect-only")
    run("--flopbudget-report=flops.json", "--help")

    assert not (pytester.path / "flops.json").exists()


def test_a_run_without_budgets_has_a_report_of_none(declare: Declare, run: Run, read: Read) -> None:
    declare("")

    result = run("--flopbudget-report=flops.json")

    assert result.ret == pytest.ExitCode.OK
    assert read() == {"schema_version": 1, "conventions": 1, "cases": [], "not_run": [], "mistakes": []}


def test_tables_of_several_services(monorepo: Callable[[str], Path], run: Run, read: Read) -> None:
    monorepo('[tool.pytest-flopbudget]\nmembers = ["services/*"]\n')

    run("--flopbudget-report=flops.json")

    assert [(case["table"], case["id"]) for case in read()["cases"]] == [
        ("pyproject.toml", "whole::default"),
        ("services/a/pyproject.toml", "a_net::default"),
        ("services/b/pyproject.toml", "b_net::default"),
    ]


@pytest.mark.usefixtures("cold")
def test_two_runs_and_workers_give_the_same_bytes(declare: Declare, run_alone: Run, pytester: pytest.Pytester) -> None:
    folder = declare(TABLE).parent
    (folder / "tests" / "test_conv.py").write_text(TESTS, encoding="utf-8")
    (folder / "conftest.py").touch()
    written = []

    for number, args in enumerate([(), ("-p", "no:cacheprovider"), ("-n", "2"), ("-n", "2", "--dist=worksteal")]):
        files = [pytester.path / f"{number}.{suffix}" for suffix in ("json", "md", "html")]
        result = run_alone(*args, *(f"--flopbudget-report={file.name}" for file in files))
        result.assert_outcomes(passed=4, failed=3)
        written.append([file.read_bytes() for file in files])

    assert written[1:] == [written[0]] * 3
    data = json.loads(written[0][0])
    assert ids(data["cases"]) == [
        *MODELS,
        "tests/test_conv.py::test_conv[16]::small",
        "tests/test_conv.py::test_conv[8]::small",
        "tests/test_conv.py::test_region::step",
    ]
    assert str(folder).encode() not in b"".join(written[0])


def test_a_worker_that_dies(declare: Declare, run_alone: Run, read: Read) -> None:
    folder = declare(TABLE.replace("toy:headed", "dying:net")).parent
    (folder / "dying.py").write_text("import os\n\ndef net():\n    os._exit(1)\n", encoding="utf-8")

    result = run_alone("-n", "2", "--flopbudget-report=flops.json")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    data = read()
    assert ids(data["cases"]) == ["net::R16", "net::R32"]
    assert {str(case["id"]): case["why"] for case in data["not_run"]} == {
        "headed::default": "deselected, or not reached"
    }
