from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from command_line import Command
from pytest_flopbudget.cli.main import run


def test_what_people_read(flopbudget: Command) -> None:
    ran = flopbudget("sweep", "model.py:Net", "1x3xRxR", "R=8:32:8")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "model:Net at 1x3xRxR\n"
        "\n"
        " R         macs  growth\n"
        " 8  15.87 kMACs          █\n"
        "16  63.49 kMACs  R^2.00  ████\n"
        "24  142.8 kMACs  R^2.00  █████████\n"
        "32    254 kMACs  R^2.00  ████████████████\n"
    )


def test_json(flopbudget: Command) -> None:
    ran = flopbudget("sweep", "model.py:Even", "1x1xRxR", "R=2,3,4", "--json", "--metric", "macs", "--metric", "params")

    assert json.loads(ran.out) == {
        "schema_version": 1,
        "factory": "model:Even",
        "input": "1x1xRxR",
        "target": None,
        "rows": [
            {"point": {"R": 2}, "metrics": {"macs": 2 * 2, "params": 2}, "growth": {}, "error": None},
            {"point": {"R": 3}, "metrics": {}, "growth": {}, "error": "Even: AssertionError: an odd size"},
            {"point": {"R": 4}, "metrics": {"macs": 4 * 4, "params": 2}, "growth": {}, "error": None},
        ],
        "jumps": [],
    }


def test_shapes_that_cannot_run_are_rows(flopbudget: Command) -> None:
    ran = flopbudget("sweep", "model.py:Even", "1x1xRxR", "R=2:4")

    assert ran.code == 0
    assert ran.out.splitlines()[2:] == [
        "R     macs  growth",
        "2   4 MACs          ████",
        "3        –          cannot run",
        "4  16 MACs          ████████████████",
        "",
        "Cannot run at R=3: Even: AssertionError: an odd size",
    ]


def test_where_it_can_run_nowhere_the_error_is_told(flopbudget: Command) -> None:
    ran = flopbudget("sweep", "model.py:Even", "1x1xRxR", "R=3,5")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("flopbudget: cannot run at 1x1x3x3: Even: AssertionError: an odd size\n")


def test_falls_and_jumps_are_pointed_out(flopbudget: Command) -> None:
    record = json.loads(flopbudget("sweep", "model.py:Halved", "1x1xRxR", "R=7:10", "--json").out)
    told = flopbudget("sweep", "model.py:Halved", "1x1xRxR", "R=7:10").out

    # An even size is halved.
    assert [row["metrics"]["macs"] for row in record["rows"]] == [7 * 7, 4 * 4, 9 * 9, 5 * 5]
    assert [(jump["before"], jump["after"]) for jump in record["jumps"]] == [
        ({"R": 7}, {"R": 8}),
        ({"R": 8}, {"R": 9}),
        ({"R": 9}, {"R": 10}),
    ]
    assert "Jump: macs from R=7 to R=8: it falls\n" in told


def test_two_dimensions(flopbudget: Command) -> None:
    record = json.loads(flopbudget("sweep", "model.py:Net", "1x3xHxW", "H=4,8", "W=6:8:2", "--json").out)

    each = 3 * 8 * 9 + 8 * 4
    assert [(row["point"], row["metrics"]["macs"]) for row in record["rows"]] == [
        ({"H": 4, "W": 6}, 4 * 6 * each),
        ({"H": 4, "W": 8}, 4 * 8 * each),
        ({"H": 8, "W": 6}, 8 * 6 * each),
        ({"H": 8, "W": 8}, 8 * 8 * each),
    ]
    assert [row["growth"] for row in record["rows"]] == [
        {},
        {"macs": pytest.approx(1)},
        {},
        {"macs": pytest.approx(1)},
    ]


def test_a_declared_model_is_swept_with_its_arguments(flopbudget: Command, project: Path) -> None:
    (project / "pyproject.toml").write_text(
        "[tool.pytest-flopbudget.defaults]\n"
        "macs = '1 M'\n"
        "[tool.pytest-flopbudget.models.base]\n"
        "factory = 'model:Sized'\n"
        "input = '1x1xRxR'\n"
        "kwargs = { size = '$R' }\n"
        "at = [4]\n"
        "[tool.pytest-flopbudget.models.more]\n"
        "extends = 'base'\n"
        "at = [6]\n"
    )

    record = json.loads(flopbudget("sweep", "more", "R=2:4", "--json").out)

    assert [row["metrics"]["macs"] for row in record["rows"]] == [2 * 2 * 10, 3 * 3 * 10, 4 * 4 * 10]


def test_csv(flopbudget: Command, project: Path) -> None:
    flopbudget("sweep", "model.py:Even", "1x1xRxR", "R=2:4", "--csv", "out.csv")

    assert (project / "out.csv").read_text() == ("R,macs,error\n2,4,\n3,,Even: AssertionError: an odd size\n4,16,\n")


def test_a_csv_that_cannot_be_written(flopbudget: Command) -> None:
    ran = flopbudget("sweep", "model.py:Even", "1x1xRxR", "R=2,4", "--csv", "gone/out.csv")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "flopbudget: gone/out.csv could not be written: No such file or directory\n"


MISTAKES = [
    (["R=8"], "no dimension has several sizes: write FIRST:LAST:STEP, as in R=96:320:32"),
    (["R=16,8"], "the sizes of R do not rise: write the smallest first"),
    (
        ["R=16:8:2"],
        (
            "'R=16:8:2' has no sizes: the last is below the first; write R=96, R=96,128 or R=FIRST:LAST:STEP, "
            "as in R=96:320:32"
        ),
    ),
    (
        ["R=0:8"],
        "'R=0:8': a size is at least 1; write R=96, R=96,128 or R=FIRST:LAST:STEP, as in R=96:320:32",
    ),
    (
        ["R=2:8:0"],
        "'R=2:8:0': a step is at least 1; write R=96, R=96,128 or R=FIRST:LAST:STEP, as in R=96:320:32",
    ),
    (["R=1:900000"], "'R=1:900000' is 900,000 sizes: ask for 100,000 at most"),
    (["R=8", "R=9"], "R stands twice: 'R=9'"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_mistakes(flopbudget: Command, words: list[str], message: str) -> None:
    ran = flopbudget("sweep", "model.py:Net", "1x3xRxR", *words)

    assert (ran.code, ran.out, ran.err) == (2, "", f"flopbudget: {message}\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["net"], "no size for the dimension 'R': write one behind the input, as R=224"),
        (["net::R8"], "'net::R8' is a point, which has its sizes: write net"),
        (["net", "R=8,16", "--csv", "pyproject.toml"], "--csv 'pyproject.toml': write a file that ends in .csv"),
    ],
    ids=["declared", "a point", "csv"],
)
def test_what_cannot_be_swept(flopbudget: Command, declared: Path, words: list[str], told: str) -> None:
    before = (declared / "pyproject.toml").read_bytes()
    ran = flopbudget("sweep", *words)

    assert (ran.code, ran.out, ran.err) == (2, "", f"flopbudget: {told}\n")
    assert (declared / "pyproject.toml").read_bytes() == before


def test_three_dimensions_at_once(flopbudget: Command) -> None:
    ran = flopbudget("sweep", "model.py:Net", "Bx3xRxS", "B=1,2", "R=8,16", "S=8,16")

    assert (ran.code, ran.err) == (2, "flopbudget: B, R, S have several sizes each: vary two dimensions at most\n")


def test_an_output_that_has_no_blocks(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii", write_through=True))

    assert run(["sweep", "model.py:Net", "1x3xRxR", "R=8:24:8"]) == 0
    assert written.getvalue().decode("ascii").splitlines()[2:] == [
        " R         macs  growth",
        " 8  15.87 kMACs          #",
        "16  63.49 kMACs  R^2.00  #######",
        "24  142.8 kMACs  R^2.00  ################",
    ]
