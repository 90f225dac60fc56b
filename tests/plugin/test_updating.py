"""``--flopbudget-update``: what is written, what stays as it was, and what is said of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.counting.conventions import CONVENTIONS

Net = Callable[..., Path]
Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Told = Callable[[pytest.RunResult], list[str]]

TESTS = """
from toy import net


def test_a(flop_budget):
    flop_budget(net(), "1x3x16x16")


def test_b(flop_budget):
    flop_budget(net(), "1x3x16x16", label="small")
"""
CRASHES = """
import os


def test_crash():
    os._exit(3)
"""


@pytest.fixture
def tests(pytester: pytest.Pytester) -> Path:
    path = pytester.path / "tests" / "test_it.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(TESTS, encoding="utf-8")
    # Its folder is one to import from.
    (pytester.path / "conftest.py").touch()
    return path


def test_each_change_is_told(net: Net, run: Run, told_of_locks: Told) -> None:
    net()
    assert told_of_locks(run("--flopbudget-update")) == [
        "flopbudget.lock.json is written: 2 cases",
        "  net::R16: new",
        "  net::R32: new",
    ]
    assert told_of_locks(run("--flopbudget-update")) == [
        "flopbudget.lock.json is as it was: 2 cases counted, and nothing changed"
    ]
    net(width=10)
    result = run("--flopbudget-update", "-q", "--flopbudget-only", "net::R16")
    assert result.ret == 0
    assert told_of_locks(result) == [
        "flopbudget.lock.json is written anew: 2 cases",
        (
            "  net::R16: 3.584 k elements, locked 3.072 k elements (+17%); 79.36 kMACs, locked 63.49 kMACs (+25%); 324 "
            "params, locked 260 params (+25%)"
        ),
    ]
    # The other point was not counted, and has what it had.
    run("--flopbudget-only", "net::R16").assert_outcomes(passed=2, deselected=1)
    run().assert_outcomes(passed=2, failed=1)


def test_without_a_summary_it_is_told_too(net: Net, run: Run) -> None:
    net()
    result = run("--flopbudget-update", "--no-summary")
    assert result.outlines[-3:] == ["flopbudget.lock.json is written: 2 cases", "  net::R16: new", "  net::R32: new"]


@pytest.mark.usefixtures("cold")
def test_the_same_bytes_whoever_counts(net: Net, run_alone: Run, tests: Path) -> None:
    lock = net()
    written = []
    for workers in ((), ("-n", "2"), ("-p", "no:xdist")):
        lock.unlink(missing_ok=True)
        assert run_alone("--flopbudget-update", *workers).ret == 0
        written.append(lock.read_bytes())
    assert written[0].count(b'"metrics"') == 4
    assert len(set(written)) == 1


def test_a_worker_that_is_killed(net: Net, run_alone: Run, tests: Path, told_of_locks: Told) -> None:
    lock = net()
    run_alone("--flopbudget-update")
    before = lock.read_bytes()
    net(width=10)
    (tests.parent / "test_crash.py").write_text(CRASHES, encoding="utf-8")
    result = run_alone("--flopbudget-update", "-n", "2")
    assert result.ret == 1
    assert told_of_locks(result) == ["flopbudget.lock.json is as it was: a worker crashed"]
    assert lock.read_bytes() == before
    assert sorted(path.name for path in lock.parent.iterdir() if "lock" in path.name) == [lock.name]


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("raise KeyboardInterrupt", ()),
        ("assert False", ("-x",)),
        ("import pytest; pytest.exit('enough')", ()),
    ],
)
def test_a_run_that_is_stopped(
    net: Net, run_alone: Run, pytester: pytest.Pytester, code: str, arguments: tuple[str, ...]
) -> None:
    lock = net()
    (pytester.path / "tests" / "test_stop.py").write_text(f"def test_stop():\n    {code}\n", encoding="utf-8")
    # Paths in an order: what stands first has run.
    result = run_alone("pyproject.toml", "tests", "--flopbudget-update", *arguments)
    assert result.ret != 0
    told = "flopbudget.lock.json is as it was: the run did not go through to its end"
    assert result.outlines.count(told) == 1
    assert not lock.exists()


def test_what_failed_keeps_its_entry_and_is_named(net: Net, run: Run, tests: Path, told_of_locks: Told) -> None:
    net()
    run("--flopbudget-update")
    net(width=10, model='macs = { R16 = "70 k" }')
    tests.write_text(TESTS + "    assert not 'accurate'\n", encoding="utf-8")
    result = run("--flopbudget-update")
    result.assert_outcomes(failed=2, passed=3)
    assert told_of_locks(result) == [
        "flopbudget.lock.json is written anew: 4 cases",
        (
            "  net::R32: 14.34 k elements, locked 12.29 k elements (+17%); 317.4 kMACs, locked 254 kMACs (+25%); 324 "
            "params, locked 260 params (+25%)"
        ),
        "  net::R16: kept as it was: 79.36 kMACs > 70 kMACs (+13%)",
        "  tests/test_it.py::test_b::small: kept as it was: its test failed",
    ]


def test_what_failed_is_not_taken_in(net: Net, run: Run, told_of_locks: Told) -> None:
    lock = net(model='macs = "1 k"')
    result = run("--flopbudget-update", "--flopbudget-only", "net::R16")
    assert told_of_locks(result) == [
        "flopbudget.lock.json is as it was: 0 cases counted, and nothing changed",
        "  net::R16: not taken in: 63.49 kMACs > 1 kMACs (63.5x)",
    ]
    assert not lock.exists()


def _cases(lock: Path) -> list[str]:
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [line.strip().split('"')[1] for line in lines if line.startswith('  "')]


def test_entries_that_no_case_uses(net: Net, run: Run, tests: Path, told_of_locks: Told) -> None:
    lock = net()
    (tests.parent / "test_gone.py").write_text(TESTS, encoding="utf-8")
    run("--flopbudget-update")
    assert len(_cases(lock)) == 6
    (tests.parent / "test_gone.py").unlink()
    tests.write_text(TESTS.replace("test_a", "test_renamed").replace('"small"', '"other"'), encoding="utf-8")
    net(model='name = ""'.replace('name = ""', 'reason = "a table without one of its points"'))
    table = lock.with_name("pyproject.toml")
    table.write_text(table.read_text(encoding="utf-8").replace("at = [16, 32]", "at = [16]"), encoding="utf-8")
    told = (
        "flopbudget.lock.json has 5 entries that no case uses: net::R32, tests/test_gone.py::test_a::#1, "
        "tests/test_gone.py::test_b::small, tests/test_it.py::test_a::#1, tests/test_it.py::test_b::small; "
        "--flopbudget-update=prune takes such out"
    )
    assert told_of_locks(run()) == [told]
    # A part of a run does not tell what merely did not run: the renamed test, nor the label of a test left out.
    part = run("-k", "renamed")
    assert told_of_locks(part) == [
        (
            "flopbudget.lock.json has 3 entries that no case uses: net::R32, tests/test_gone.py::test_a::#1, "
            "tests/test_gone.py::test_b::small; --flopbudget-update=prune takes such out"
        )
    ]
    result = run("--flopbudget-update=prune")
    assert told_of_locks(result) == [
        "flopbudget.lock.json is written anew: 3 cases",
        "  net::R32: taken out",
        "  tests/test_gone.py::test_a::#1: taken out",
        "  tests/test_gone.py::test_b::small: taken out",
        "  tests/test_it.py::test_a::#1: taken out",
        "  tests/test_it.py::test_b::other: new",
        "  tests/test_it.py::test_b::small: taken out",
        "  tests/test_it.py::test_renamed::#1: new",
    ]
    assert _cases(lock) == ["net::R16", "tests/test_it.py::test_b::other", "tests/test_it.py::test_renamed::#1"]


@pytest.mark.parametrize(
    "code", ["assert False", "raise KeyboardInterrupt", "import pytest; pytest.exit('enough', returncode=0)"]
)
def test_what_a_stopped_run_did_not_reach_is_not_unused(
    net: Net, run_alone: Run, tests: Path, told_of_locks: Told, code: str
) -> None:
    lock = net()
    run_alone("--flopbudget-update")
    before = lock.read_bytes()
    stop = f"def test_aside():\n    {code}\n\n\ndef test_b("
    tests.write_text(TESTS.replace("def test_b(", stop), encoding="utf-8")
    assert "no case uses" not in run_alone("-x").stdout.str()
    told = told_of_locks(run_alone("-x", "--flopbudget-update=prune"))
    assert told[0] == "flopbudget.lock.json is as it was: the run did not go through to its end"
    assert lock.read_bytes() == before


@pytest.mark.parametrize(
    "part",
    [
        ("-k", "R16"),
        ("--flopbudget-only", "net::R16"),
        ("--flopbudget-skip", "net"),
        ("tests/test_it.py::test_a",),
        ("--deselect", "tests/test_it.py::test_b"),
        ("--ignore", "tests/test_it.py"),
        ("-m", "not flop_budget"),
        ("--setup-only",),
        ("--setup-plan",),
    ],
)
def test_what_merely_did_not_run_is_never_pruned(net: Net, run: Run, tests: Path, part: tuple[str, ...]) -> None:
    lock = net()
    run("--flopbudget-update")
    before = lock.read_bytes()
    run("--flopbudget-update=prune", *part)
    assert lock.read_bytes() == before
    assert len(_cases(lock)) == 4


def test_a_skipped_case_keeps_its_entry(net: Net, run: Run) -> None:
    lock = net()
    run("--flopbudget-update")
    before = lock.read_bytes()
    net(model='skip = "today"')
    run("--flopbudget-update=prune")
    assert lock.read_bytes() == before


def test_other_conventions_are_renewed_whole(net: Net, run: Run, told_of_locks: Told) -> None:
    lock = net()
    run("--flopbudget-update")
    old = lock.read_text(encoding="utf-8").replace(f'"conventions": {CONVENTIONS}', f'"conventions": {CONVENTIONS - 1}')
    lock.write_text(old, encoding="utf-8")
    assert told_of_locks(run("--flopbudget-update", "--flopbudget-only", "net::R16")) == [
        (
            "flopbudget.lock.json is as it was: of a lock by other conventions all is written anew, and the run did "
            "not count 1 entry: net::R32"
        )
    ]
    assert lock.read_text(encoding="utf-8") == old
    assert told_of_locks(run("--flopbudget-update")) == [
        "flopbudget.lock.json is written anew: 2 cases",
        f"  counted by conventions {CONVENTIONS}, before by {CONVENTIONS - 1}",
    ]
    assert run().ret == 0


def test_one_that_cannot_be_written(net: Net, run: Run, told_of_locks: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    net()

    def refuse(path: Path, lock: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("pytest_flopbudget.plugin.updating.write_lock", refuse)
    result = run("--flopbudget-update")
    assert result.ret == 1
    assert told_of_locks(result) == ["flopbudget.lock.json could not be written: Read-only file system"]


def test_a_table_without_a_lock_is_passed_by(net: Net, declare: Declare, run: Run, told_of_locks: Told) -> None:
    table = net(file="a/pyproject.toml").with_name("pyproject.toml").read_text(encoding="utf-8")
    unlocked = table.replace('lock = "flopbudget.lock.json"', "").replace("at =", 'macs = "1 M"\nat =')
    beside = declare(unlocked, "b/pyproject.toml").parent
    declare('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    result = run("--flopbudget-update", "--flopbudget", "a", "b")
    result.assert_outcomes(passed=4)
    assert told_of_locks(result) == [
        "a/flopbudget.lock.json is written: 2 cases",
        "  net::R16: new",
        "  net::R32: new",
    ]
    assert [path.name for path in beside.iterdir()] == ["pyproject.toml"]


def test_where_nothing_is_run_nothing_is_written(net: Net, run: Run, told_of_locks: Told) -> None:
    lock = net()
    result = run("--flopbudget-update", "--collect-only")
    assert result.ret == pytest.ExitCode.OK
    assert not lock.exists()
    assert "flopbudget.lock.json" not in result.stdout.str()
