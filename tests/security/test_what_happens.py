"""What a run does: which code it runs, which files it writes, which programs it starts; told by Python's own audit."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Git = Callable[..., str]

# Runs pytest and then prints what it opened to write, which programs it started, and whom it called.
SCRIPT = """
import json, os, sys

seen = []


def watch(event, args):
    if event == "open":
        path, mode, flags = args
        writes = flags & (os.O_WRONLY | os.O_RDWR) if isinstance(flags, int) else False
        if writes and not isinstance(path, int) and path != os.devnull:
            seen.append(("write", os.path.abspath(os.fsdecode(path))))
    elif event in ("os.mkdir", "os.remove", "os.rename", "os.chmod", "os.link", "os.symlink", "os.rmdir"):
        seen.append(("write", os.path.abspath(os.fsdecode(args[1] if event == "os.rename" else args[0]))))
    elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
        seen.append(("start", str(args[0])))
    elif event in ("os.system", "pty.spawn", "socket.connect", "urllib.Request", "pickle.find_class"):
        seen.append((event, str(args)))


import torch, pytest
import pytest_flopbudget.engine, pytest_flopbudget.report.html
sys.addaudithook(watch)
code = pytest.main(sys.argv[1:])
print()
print(json.dumps([int(code), seen]))
"""
TABLE = """
[tool.pytest-flopbudget]
lock = "flopbudget.lock.json"
formulas = ["formulas"]

[tool.pytest-flopbudget.models.net]
factory = "made:net"
prepare = ["prepared:step"]
kwargs  = { width = 8, norm = { object = "named:Norm" }, act = { factory = "called:make" } }
input   = "1x3x16x16"
macs    = "1 M"

[tool.pytest-flopbudget.models.other]
factory = "skipped:net"
input   = "1x3x16x16"
macs    = "1 M"
skip    = "not now"
"""
MODULES = {
    "made": "from toy import net as plain\ndef net(width, norm, act):\n    return plain(width)\n",
    "prepared": "def step(model):\n    pass\n",
    "named": "class Norm:\n    pass\n",
    "called": "def make():\n    return 3\n",
    "formulas": "",
    "skipped": "from toy import net\n",
    "nobody": "",
}
NOTE = """
from pathlib import Path
with Path(__file__).with_name("ran.txt").open("a") as file:
    print(__name__, file=file)
"""
DECLARED = {"made", "prepared", "named", "called", "formulas"}


@pytest.fixture
def project(declare: Declare) -> Path:
    """Write a project of modules that note down that they run, and declare some of them."""
    folder = declare(TABLE).parent
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(NOTE + text, encoding="utf-8")
    return folder


def ran(folder: Path) -> set[str]:
    notes = folder / "ran.txt"
    return set(notes.read_text(encoding="utf-8").split()) if notes.exists() else set()


@pytest.mark.parametrize(
    "args", [("--collect-only",), ("tests",), ("--flopbudget-only=other",), ("-k", "plain")], ids=" ".join
)
def test_nothing_declared_runs_before_its_case_does(
    project: Path, run: Callable[..., pytest.RunResult], args: tuple[str, ...]
) -> None:
    assert run(*args).ret == 0
    assert ran(project) == set()


@pytest.mark.usefixtures("cold")
def test_a_run(project: Path, pytester: pytest.Pytester, options: tuple[str, ...], git: Git) -> None:
    git(project, "init", "--initial-branch=main")
    git(project, "add", ".")
    git(project, "commit", "--message", "all")
    script = project / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    reports = [f"out/flops{suffix}" for suffix in (".json", ".md", ".html")]
    result = pytester.run(
        sys.executable,
        "-B",
        script,
        *options,
        # pytest's own cache, and the files that it captures output in, are none of ours.
        *("-p", "no:cacheprovider", "-s"),
        "--flopbudget-update",
        "--flopbudget-compare=HEAD",
        *(f"--flopbudget-report={path}" for path in reports),
    )
    code, seen = json.loads(result.outlines[-1])

    assert code == 0
    assert ran(project) == DECLARED
    assert {Path(what).name for kind, what in seen if kind == "start"} == {"git"}
    assert {kind for kind, _ in seen} == {"write", "start"}
    written = {Path(what).relative_to(project).as_posix() for kind, what in seen if kind == "write"}
    drafts = {path for path in written if Path(path).name.startswith((".flopbudget-", "tmp"))}
    assert written - drafts == {"flopbudget.lock.json", "out", *reports, "ran.txt"}
    left = {path.relative_to(project).as_posix() for path in project.rglob("*") if ".git" not in path.parts}
    assert left.isdisjoint(drafts)
