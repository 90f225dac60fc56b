"""``flopbudget compare``: a pixel of ``Net`` costs 27 * width MACs in the body, 4 * width in the head."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Command, Git, Write
from pytest_flopbudget.judge.locks import Entry, Lock, LockedModule
from pytest_flopbudget.store.locks import write_lock

TABLE = """\
[tool.pytest-flopbudget]
lock = "flops.lock.json"
[tool.pytest-flopbudget.models.net]
factory = "nets:Net"
input = "1x3x16x16"
macs = "64 k"
"""
PIXELS = 16 * 16


def entry(width: int) -> Entry:
    """What a net of some width costs."""
    body, head = PIXELS * 27 * width, PIXELS * 4 * width
    return Entry(
        metrics={"macs": body + head, "arena_bytes@board": PIXELS * width},
        modules={
            "": LockedModule(body + head, 32 * width, 0, 1),
            "body": LockedModule(body, 28 * width, 0, 1),
            "head": LockedModule(head, 4 * width, 0, 1),
        },
    )


@pytest.fixture
def committed(write: Write, git: Git) -> None:
    """A lock and a table that were tagged, and committed again with a raised limit and a wider net."""
    for width, table, tag in ((8, TABLE, "v1"), (9, TABLE.replace("64 k", "80 k"), "v2")):
        write("pyproject.toml", table)
        of_others = {"gone::default": entry(1)} if width == 8 else {"new::default": entry(1)}
        write_lock(
            Path("flops.lock.json"), Lock({"net::default": entry(width), "same::default": entry(2), **of_others})
        )
        git("add", "--all")
        git("commit", "-m", tag)
        git("tag", tag)


CHANGED = """\
budget raised: net::default macs 64 k → 80 k, without a new reason
  (pyproject.toml:6)
net::default  63.49 kMACs → 71.42 kMACs (+13%), 2 KiB → 2.25 KiB (arena) on
  board (+13%)
  what changed, in MACs:
    body  +6,912  from 55,296 (+13%)
    head  +1,024  from 8,192 (+13%)
"""


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize("after", [[], ["v2"]], ids=["now", "v2"])
def test_two_times(after: list[str], flopbudget: Command) -> None:
    ended = flopbudget("compare", "v1", *after)

    told, _, totals = ended.out.partition("3 cases beside v1 ")
    assert told == CHANGED
    assert totals.partition("): ")[2] == (
        "1 changed, 1 as before, 1 without a count there:\n  new::default.\nno longer counted: gone::default\n"
    )
    assert ended.code == 0


@pytest.mark.usefixtures("committed")
def test_its_json(flopbudget: Command) -> None:
    data = json.loads(flopbudget("compare", "v1", "v2", "--json").out)

    (told,) = data["tables"]
    assert told["table"] == "pyproject.toml"
    assert (told["same"], told["new"], told["gone"]) == (["same::default"], ["new::default"], ["gone::default"])
    (changed,) = told["changed"]
    assert changed["metrics"] == [
        {"name": "macs", "before": PIXELS * 31 * 8, "after": PIXELS * 31 * 9},
        {"name": "arena_bytes@board", "before": PIXELS * 8, "after": PIXELS * 9},
    ]
    assert [(each["path"], each["after"]) for each in changed["modules"] if each["metric"] == "macs"] == [
        ("body", PIXELS * 27 * 9),
        ("head", PIXELS * 4 * 9),
    ]
    (raised,) = told["raised"]
    assert (raised["id"], raised["kind"], raised["metric"], raised["reason"]) == ("net::default", "raised", "macs", "")
    assert (raised["before"]["limit"], raised["after"]["limit"]) == (64_000, 80_000)


@pytest.mark.usefixtures("committed")
def test_a_raise_without_a_reason_fails_where_the_table_says_so(flopbudget: Command, write: Write) -> None:
    strict = TABLE.replace("lock =", "raise_needs_reason = true\nlock =").replace("64 k", "90 k")
    write("pyproject.toml", strict)
    assert flopbudget("compare", "v2").code == 1

    write("pyproject.toml", strict + 'reason = "a wider head"\n')
    assert flopbudget("compare", "v2").code == 0


def test_two_locks_need_no_table(flopbudget: Command, project: Path) -> None:
    for name, width in (("a.json", 8), ("b.json", 8), ("c.json", 4)):
        write_lock(project / name, Lock({"net::default": entry(width)}))

    assert flopbudget("compare", "a.json", "b.json").out == "1 case beside a.json: 1 as before.\n"
    assert flopbudget("compare", "a.json", "c.json").out.startswith("net::default  63.49 kMACs → 31.74 kMACs (-50%)")


def test_two_reports(flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", TABLE)
    flopbudget("check", "--report", "a.json")
    write("pyproject.toml", TABLE + "kwargs = { width = 4 }\n")
    flopbudget("check", "--report", "b.json")

    ended = flopbudget("compare", "a.json", "b.json", "--json")

    ((changed,),) = [table["changed"] for table in json.loads(ended.out)["tables"]]
    macs = next(each for each in changed["metrics"] if each["name"] == "macs")
    assert (macs["before"], macs["after"]) == (PIXELS * 31 * 8, PIXELS * 31 * 4)


@pytest.mark.usefixtures("committed")
def test_what_is_not_there(flopbudget: Command) -> None:
    ended = flopbudget("compare", "flops.lck.json")
    assert ended.err == (
        "flopbudget: A: there is no file 'flops.lck.json', and this clone has no flops.lck.json: fetch it, as by git "
        "fetch origin; did you mean 'flops.lock.json'?\n"
    )
    assert ended.code == 2
    assert flopbudget("compare", "v1", "nets.py").err == (
        "flopbudget: B: nets.py: it is neither a lock nor a JSON report\n"
    )


def test_reports_of_several_tables_are_compared_table_by_table(flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", '[tool.pytest-flopbudget]\nmembers = ["a", "b"]\n')
    plain = TABLE.replace('lock = "flops.lock.json"\n', "")
    for name in ("a", "b"):
        write(f"{name}/nets.py", Path("nets.py").read_text(encoding="utf-8"))
        write(f"{name}/pyproject.toml", plain)
    flopbudget("check", "--report", "before.json")
    write("b/pyproject.toml", plain + "kwargs = { width = 4 }\n")
    flopbudget("check", "--report", "after.json")
    write_lock(Path("lock.json"), Lock({"net::default": entry(8)}))

    told = flopbudget("compare", "before.json", "after.json").out.splitlines()
    assert told[:3] == ["a/pyproject.toml:", "1 case beside before.json: 1 as before.", "b/pyproject.toml:"]
    assert told[3].startswith("net::default  63.49 kMACs → 31.74 kMACs (-50%)")
    assert told[-1] == "1 case beside before.json: 1 changed."
    # Beside the lock of one table, two have the same case.
    ended = flopbudget("compare", "lock.json", "after.json")
    assert (ended.code, ended.err) == (
        2,
        "flopbudget: after.json has 2 tables, and a lock is of one: compare two reports, or two locks\n",
    )


def test_a_raised_limit_of_a_bundle(flopbudget: Command, write: Write, git: Git) -> None:
    bundled = (
        TABLE.replace('lock = "flops.lock.json"', "raise_needs_reason = true")
        + '[tool.pytest-flopbudget.targets.board]\nflash = "1 kB"\n'
        + '[tool.pytest-flopbudget.models.twin]\nfactory = "nets:Net"\ninput = "1x3x8x8"\nmacs = "1 M"\n'
        + '[tool.pytest-flopbudget.bundles.firmware]\ntarget = "board"\ncases = ["net", "twin"]\n'
    )
    write("pyproject.toml", bundled)
    git("add", "--all")
    git("commit", "-m", "a board")
    write("pyproject.toml", bundled.replace("1 kB", "2 kB"))

    ended = flopbudget("compare", "HEAD")

    assert ended.code == 1
    told = " ".join(ended.out.split())
    assert told.startswith(
        "budget raised: firmware weight_bytes@board 1,000 B → 1.953 KiB, without a new reason (pyproject.toml:8) "
        "the run fails: raise_needs_reason asks for a new reason = '...' beside 1 limit"
    )


def test_limits_that_python_declared_are_not_known(flopbudget: Command, write: Write, git: Git) -> None:
    write("pyproject.toml", '[tool.pytest-flopbudget]\nlock = "flops.lock.json"\ncases = "registry:cases"\n')
    write(
        "registry.py",
        "from pytest_flopbudget import declare\n\n\ndef cases():\n"
        "    return [declare('net', factory='nets:Net', input='1x3x16x16', macs='64 k')]\n",
    )
    write_lock(Path("flops.lock.json"), Lock({"net::default": entry(8)}))
    git("add", "--all")
    git("commit", "-m", "v1")
    git("tag", "v1")
    write_lock(Path("flops.lock.json"), Lock({"net::default": entry(9)}))

    done = flopbudget("compare", "v1")

    first, second = done.out.splitlines()[:2]
    assert first == "limits that registry:cases declared are not compared: Python is run as it is now"
    assert second.startswith("net::default  63.49 kMACs → 71.42 kMACs (+13%)")
    assert done.code == 0
