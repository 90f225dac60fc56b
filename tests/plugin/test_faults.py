"""A run where something is amiss: files that change under it, odd folders and systems, plugins that wrap items."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Net = Callable[..., Path]

# 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs
OVER = "exceeded net::default 63.49 kMACs > 60 kMACs (+5.8%)"
TOO_LONG, WHY, HERE = "d" * 300, "File name too long", "<here>"
TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "60 k"
"""


@pytest.mark.parametrize(
    "change",
    [
        "table.write_text(table.read_text().replace('60 k', '70 k'))",
        "table.write_text('no TOML [')",
        "table.unlink()",
    ],
    ids=["another limit", "damaged", "gone"],
)
def test_a_table_that_changes_while_it_runs_is_judged_as_it_was(
    declare: Declare, run: Run, rows: Rows, pytester: pytest.Pytester, change: str
) -> None:
    path = declare(TABLE)
    hook = f"from pathlib import Path\ndef pytest_collection_finish():\n    table = Path({str(path)!r})\n    {change}\n"
    pytester.makeconftest(hook)
    result = run("--flopbudget-report=flops.json")
    result.assert_outcomes(passed=1, failed=1)
    assert rows(result) == [OVER]
    assert json.loads((pytester.path / "flops.json").read_text(encoding="utf-8"))["cases"][0]["place"]["line"] == 1


def test_a_lock_that_is_gone_while_it_runs_is_written_all_the_same(
    net: Net, run: Run, pytester: pytest.Pytester
) -> None:
    lock = net()
    run("--flopbudget-update")
    written = lock.read_bytes()
    net(16)
    pytester.makeconftest(
        f"from pathlib import Path\ndef pytest_collection_finish():\n    Path({str(lock)!r}).unlink()\n"
    )
    run("--flopbudget-update")
    wide = lock.read_bytes()
    pytester.makeconftest("")
    assert wide != written
    assert run().ret == 0


WRAPPING = """
import functools, time
import pytest

def pytest_collection_modifyitems(items):
    items.reverse()
    for item in items:
        item.user_properties.append(("seen", True))
        item.runtest = functools.partial(lambda run: run(), item.runtest)

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    return (yield)

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item, call):
    report = yield
    report.sections.append(("more", "of it"))
    return type(report)._from_json(report._to_json()) if report.when == "call" else report

@pytest.fixture(autouse=True)
def around():
    yield
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist=each")], ids=["alone", "each"])
def test_plugins_that_wrap_items(
    declare: Declare, run: Run, run_alone: Run, rows: Rows, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    declare(TABLE)
    pytester.makeconftest(WRAPPING)
    result = (run_alone if workers else run)(*workers)
    times = 2 if workers else 1
    result.assert_outcomes(passed=times, failed=times)
    assert rows(result) == [OVER]
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


STILL = """
import time
for name in ("time", "monotonic", "perf_counter", "process_time"):
    setattr(time, name, lambda: 1.0)
"""


def test_where_no_time_passes(
    declare: Declare, run_alone: Run, rows: Rows, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor has the user a home, nor the system a language; and asserts are not run."""
    declare(TABLE)
    pytester.makeconftest(STILL)
    for name in ("HOME", "USER", "LANG", "XDG_CACHE_HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONCOERCECLOCALE", "0")
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    result = run_alone("--flopbudget-report=flöps.md", "--flopbudget-report=flops.json")
    assert rows(result) == [OVER]
    assert (pytester.path / "flops.json").exists()


def test_a_table_from_another_system(declare: Declare, run: Run, rows: Rows) -> None:
    # Of a pyproject.toml pytest itself refuses the byte order mark.
    path = declare(TABLE.replace("tool.pytest-flopbudget.", ""), "flopbudget.toml")
    path.write_bytes(b"\xef\xbb\xbf# M\xc3\xb6del\r\n" + path.read_bytes().replace(b"\n", b"\r\n"))
    result = run("-v")
    assert rows(result) == [OVER]
    result.stdout.fnmatch_lines(["*flopbudget.toml:5*"])


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_folder_behind_a_link(net: Net, run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = net()
    link = pytester.path.with_name(f"{pytester.path.name}-link")
    link.symlink_to(pytester.path)
    for place, root in ((link, pytester.path), (pytester.path, link), (link, link)):
        lock.unlink(missing_ok=True)
        monkeypatch.chdir(place)
        assert run("--flopbudget-update", f"--rootdir={root}", "--flopbudget-report=flops.json").ret == 0
        assert lock.is_file()
        cases = json.loads((pytester.path / "flops.json").read_text(encoding="utf-8"))["cases"]
        assert [(case["id"], case["table"]) for case in cases] == [
            ("net::R16", "pyproject.toml"),
            ("net::R32", "pyproject.toml"),
        ]


def test_a_very_long_path(net: Net, run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(*["d" * 200] * 8)
    lock = net(file=str(folder / "pyproject.toml"))
    monkeypatch.syspath_prepend(pytester.path)
    monkeypatch.chdir(lock.parent)
    assert run("--flopbudget-update", "--flopbudget-report=flops.md", "--rootdir=.").ret == 0
    assert lock.is_file()


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (f"--flopbudget-report={TOO_LONG}.md", f"--flopbudget-report: {TOO_LONG}.md cannot be written: {WHY}"),
        (f"--flopbudget-config={TOO_LONG}.toml", f"--flopbudget-config: {TOO_LONG}.toml does not exist"),
        (
            f"--flopbudget-only={TOO_LONG}.toml",
            f"--flopbudget-only: no case of pyproject.toml matches '{TOO_LONG}.toml'; there is net",
        ),
        (f"--flopbudget-compare={TOO_LONG}", f"--flopbudget-compare: {HERE} is in no git repository"),
    ],
    ids=["report", "config", "only", "compare"],
)
def test_a_name_that_no_file_can_have(
    declare: Declare, run: Run, pytester: pytest.Pytester, option: str, told: str
) -> None:
    declare(TABLE)
    result = run(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines[0] == f"ERROR: {told.replace(HERE, str(pytester.path))}"
