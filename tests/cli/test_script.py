"""Every command through the installed script's entry point, on a real model, in a pipe and on a terminal.

The commands of one place run one after the other in one process, which imports torch once.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import pytest_flopbudget
from pytest_flopbudget.cli.main import command_names

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

ROOT = Path(__file__).parents[2]
TABLE = """
[tool.pytest-flopbudget]
lock = "flopbudget.lock.json"

[tool.pytest-flopbudget.models.mobilenet]
factory = "nets.mobilenet_v2:MobileNetV2"
input = "1x3xRxR"
at = [96, 224]
macs = { R96 = "60 M", R224 = "= 301 M" }
params = "3.6 M"

[tool.pytest-flopbudget.tables.main]
models = ["mobilenet"]
columns = ["params", "macs@R224"]
"""
# At 224, MobileNetV2 has 300,774,272 MACs and 3,504,872 parameters.
LOCK = """{
 "schema_version": 1, "conventions": 1,
 "cases": {"mobilenet::R224": {"metrics": {"macs": %d, "params": 3504872, "activations": 6679112}, "modules": {}}}
}
"""
NET = "nets.mobilenet_v2:MobileNetV2"
TOLD = {
    f"count {NET} 1x3x224x224": "300,774,272  300.8 MMACs",
    f"sweep {NET} 1x3xRxR R=64:256:64": "99.07 MMACs  R^1.95",
    f"fit {NET} 1x3xRxR R=64:256:32 --macs 100M": "R=128 is the largest at which every limit holds.",
    f"crosscheck {NET} 1x3x224x224": "macs: ours 300,774,272, thop 327,",
    "formulas aten::conv2d": "aten::conv2d",
    "check -v": "2 cases: 1 unlocked, 1 kept.",
    "compare HEAD~1 HEAD": "mobilenet::R224  300.8 MMACs → 300.77 MMACs",
    "history": "mobilenet::R224",
    f"init {NET} 1x3x64x64 --name tiny --config other.toml --yes": "other.toml is written.",
    "show mobilenet::R224": 'macs = "= 301 M"',
    "suggest": 'macs.R96 = "',
    "table": "| mobilenet | 3.50 | 301 |",
}
DRIVER = """
import json, sys
from importlib.metadata import entry_points

(script,) = entry_points(group="console_scripts", name="flopbudget")
main = script.load()
for line in json.loads(sys.argv[1]):
    words = line.split()
    print("\\x1d" + line, flush=True)
    sys.argv = ["flopbudget", *words]
    code = main()
    print(f"\\x1e{int(code)}", flush=True)
"""
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[(?:\d+;)*3\d(?:;\d+)*m")


def surroundings(**more: str) -> dict[str, str]:
    ours = str(Path(pytest_flopbudget.__file__).parents[1])
    shell = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "CI")}
    return {**shell, "PYTHONPATH": ours, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80", "TERM": "xterm-256color", **more}


def told(printed: str) -> dict[str, tuple[str, str]]:
    """What each command printed, and its exit code."""
    parts = re.findall(r"\x1d(.*?)\r?\n(.*?)\x1e(\d+)", printed, re.DOTALL)
    return {line: (text.replace("\r\n", "\n"), code) for line, text, code in parts}


def on_a_terminal(folder: Path, environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Run all commands on a terminal of their own."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", DRIVER, json.dumps(list(TOLD))],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = bytearray()
    try:
        while data := os.read(ours, 65_536):
            shown += data
    except OSError:
        # So Linux says that the last writer is gone.
        pass
    finally:
        os.close(ours)
    assert running.wait(timeout=60) == 0
    return told(shown.decode("utf-8"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one model, committed twice: its lock said something else at first."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "examples" / "nets", folder / "nets", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    for macs in (300_800_000, 300_774_272):
        (folder / "flopbudget.lock.json").write_text(LOCK % macs, encoding="utf-8")
        subprocess.run(["git", "add", "."], cwd=folder, check=True)
        subprocess.run(["git", *who, "commit", "-q", "-m", f"{macs}"], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def piped(project: Path) -> dict[str, tuple[str, str]]:
    (project / "other.toml").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(list(TOLD))],
        cwd=project,
        env=surroundings(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return told(done.stdout)


@pytest.fixture(scope="module")
def shown(project: Path) -> dict[str, tuple[str, str]]:
    (project / "other.toml").unlink(missing_ok=True)
    return on_a_terminal(project, surroundings())


@pytest.fixture(scope="module")
def plain(project: Path) -> dict[str, tuple[str, str]]:
    (project / "other.toml").unlink(missing_ok=True)
    return on_a_terminal(project, surroundings(NO_COLOR="1"))


@pytest.mark.parametrize("line", TOLD)
def test_in_a_pipe(piped: Mapping[str, tuple[str, str]], line: str) -> None:
    text, code = piped[line]

    assert code == "0", text
    assert TOLD[line] in text
    assert "\x1b" not in text


@pytest.mark.parametrize("line", TOLD)
def test_on_a_terminal(shown: Mapping[str, tuple[str, str]], line: str) -> None:
    text, code = shown[line]
    seen = ESCAPE.sub("", text)

    assert code == "0", text
    assert TOLD[line].split("  ")[0] in seen
    # What has been overwritten on its line, as progress is, is no longer seen; a caption is to be copied, whole.
    lines = [each.rpartition("\r")[2] for each in seen.split("\n")]
    assert [each for each in lines if len(each) > 80 and not each.startswith("Counted by")] == []


def test_the_terminal_has_colours_and_progress(shown: Mapping[str, tuple[str, str]]) -> None:
    texts = {line.partition(" ")[0]: text for line, (text, _) in shown.items()}

    assert "\x1b[1m" in texts["count"]
    assert "\x1b[32m" in texts["fit"]
    assert {name for name, text in texts.items() if "/2" in ESCAPE.sub("", text)} >= {"check", "suggest"}
    assert "4/4" in texts["sweep"]


@pytest.mark.parametrize("line", TOLD)
def test_without_colours(plain: Mapping[str, tuple[str, str]], line: str) -> None:
    text, code = plain[line]

    assert code == "0", text
    assert COLOUR.findall(text) == []


def test_every_command_is_run() -> None:
    assert {line.partition(" ")[0] for line in TOLD} == set(command_names())
