"""``flopbudget history``: a pixel of ``Net`` costs 31 * width MACs, and it has 16 * 16 of them here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Command, Git, Write
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.store.locks import write_lock

TABLE = """\
[tool.pytest-flopbudget]
lock = "flops.lock.json"
[tool.pytest-flopbudget.models.net]
factory = "nets:Net"
input = "1x3x16x16"
"""
NARROW, WIDE = 16 * 16 * 31 * 8, 16 * 16 * 31 * 9


@pytest.fixture
def committed(write: Write, git: Git) -> None:
    """A lock that was committed twice."""
    write("pyproject.toml", TABLE)
    for macs, subject in ((NARROW, "Lock what the net costs"), (WIDE, "A wider body")):
        entry = Entry(metrics={"macs": macs, "params": macs // 100})
        write_lock(Path("flops.lock.json"), Lock({"net::default": entry, "other::default": entry}))
        git("add", "--all")
        git("commit", "-m", subject, "--date", "2026-05-04T12:00:00")


@pytest.mark.usefixtures("committed")
def test_a_model(flopbudget: Command) -> None:
    ended = flopbudget("history", "net")

    heading, later, first = ended.out.splitlines()
    assert (ended.code, heading) == (0, "net::default (macs)")
    assert later[11:] == "  2026-05-04  71.424 kMACs  +13%  A wider body (Ada)"
    assert first[11:] == "  2026-05-04  63.488 kMACs        Lock what the net costs (Ada)"
    assert "other::default (macs)" in flopbudget("history").out


@pytest.mark.usefixtures("committed")
def test_its_json(flopbudget: Command) -> None:
    data = json.loads(flopbudget("history", "net::default", "--json").out)

    assert list(data) == ["schema_version", "locks"]
    macs, params = data["locks"]["flops.lock.json"]
    assert (macs["id"], macs["metric"], params["metric"]) == ("net::default", "macs", "params")
    assert [(step["value"], step["before"]) for step in macs["steps"]] == [(NARROW, None), (WIDE, NARROW)]
    assert {len(step["commit"]) for step in macs["steps"]} == {40}
    assert macs["steps"][0]["subject"] == "Lock what the net costs"
    assert macs["steps"][0]["day"] == "2026-05-04"


@pytest.mark.usefixtures("committed")
def test_a_model_that_never_was(flopbudget: Command) -> None:
    ended = flopbudget("history", "nett")

    assert ended.err == "flopbudget: no commit of flops.lock.json has a case 'nett'; did you mean 'net'?\n"
    assert ended.code == 2


def test_no_lock_and_no_repository(flopbudget: Command, write: Write, project: Path) -> None:
    write("pyproject.toml", TABLE)
    assert flopbudget("history").err == f"flopbudget: {project} is in no git repository\n"

    write("pyproject.toml", TABLE.replace('lock = "flops.lock.json"', "") + 'macs = "1 M"\n')
    assert flopbudget("history").err == (
        "flopbudget: no table keeps a lock: write lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]\n"
    )

    write("pyproject.toml", TABLE.replace("factory", "factroy"))
    ended = flopbudget("history")
    assert ended.err == "flopbudget: pyproject.toml:4: models.net.factroy: unknown key; did you mean 'factory'?\n"
    assert ended.code == 1


def test_a_lock_that_was_never_committed(flopbudget: Command, write: Write, git: Git) -> None:
    write("pyproject.toml", TABLE)
    git("add", "--all")
    git("commit", "-m", "A net")
    ended = flopbudget("history")

    assert (ended.code, ended.err) == (2, "flopbudget: no commit of flops.lock.json has a case\n")


def test_the_locks_of_two_tables(flopbudget: Command, write: Write, git: Git) -> None:
    write("pyproject.toml", TABLE.replace("[tool.pytest-flopbudget]\n", "[tool.pytest-flopbudget]\nmembers = ['a']\n"))
    write("a/pyproject.toml", TABLE)
    for folder, macs in ((Path(), NARROW), (Path("a"), WIDE)):
        write_lock(folder / "flops.lock.json", Lock({"net::default": Entry(metrics={"macs": macs})}))
    git("add", "--all")
    git("commit", "-m", "Lock both", "--date", "2026-05-04T12:00:00")

    told = flopbudget("history").out.splitlines()
    assert (told[0], told[1], told[2][11:]) == (
        "flops.lock.json:",
        "net::default (macs)",
        "  2026-05-04  63.488 kMACs    Lock both (Ada)",
    )
    assert (told[3], told[4], told[5][11:]) == (
        "a/flops.lock.json:",
        "net::default (macs)",
        "  2026-05-04  71.424 kMACs    Lock both (Ada)",
    )
