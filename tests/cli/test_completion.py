"""What a shell completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import pytest_flopbudget
from command_line import Command
from pytest_flopbudget.cli.main import run

SCRIPTS = Path(sysconfig.get_path("scripts"))
IMPORTED = (
    "import sys\nfrom pytest_flopbudget.cli.main import run\n"
    "try:\n    run([])\nfinally:\n    print(sorted({'torch', 'pytest', 'numpy', 'matplotlib'} & set(sys.modules)))"
)
TABLES = """
[tool.pytest-flopbudget.tables.main]
models = ["net"]
columns = ["params"]
"""
IN_BASH = (
    'eval "$(_FLOPBUDGET_COMPLETE=bash_source flopbudget)"; COMP_WORDS=(flopbudget count t); COMP_CWORD=2; '
    '_flopbudget_completion flopbudget; printf "%s\\n" "${COMPREPLY[@]}"'
)


@pytest.fixture(autouse=True)
def _with_tables(declared: Path) -> None:
    path = declared / "pyproject.toml"
    path.write_text(path.read_text(encoding="utf-8") + TABLES, encoding="utf-8")


def asked(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """Let the shell ask for what may stand at the end of a line."""
    words = line.split(" ")
    monkeypatch.setenv("_FLOPBUDGET_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))


@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("flopbudget co", ["compare", "count"]),
        ("flopbudget count ", ["net", "tagger"]),
        ("flopbudget fit t", ["tagger"]),
        ("flopbudget count net::", ["net::R8", "net::R16"]),
        ("flopbudget count net::R8 --metric pa", ["params"]),
        ("flopbudget sweep net --target ", ["board"]),
        ("flopbudget fit net --target b", ["board"]),
        ("flopbudget check --skip n", ["net"]),
        ("flopbudget suggest t", ["tagger"]),
        ("flopbudget suggest net -m flop", ["flops"]),
        ("flopbudget show n", ["net"]),
        ("flopbudget history n", ["net"]),
        ("flopbudget table ", ["main"]),
        ("flopbudget count net --mode t", ["training"]),
        ("flopbudget table --config gone.toml ", []),
    ],
)
def test_names_of_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, completed: list[str]
) -> None:
    asked(monkeypatch, line)
    with pytest.raises(SystemExit):
        run([])

    assert capsys.readouterr().out.split() == [f"plain,{name}" for name in completed]


def test_a_file_where_no_model_begins_like_that(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(monkeypatch, "flopbudget count mo")
    with pytest.raises(SystemExit):
        run([])

    assert capsys.readouterr().out == "file,mo\n"


def test_a_table_with_mistakes_completes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], declared: Path
) -> None:
    (declared / "pyproject.toml").write_text("[tool.pytest-flopbudget]\nlok = 1\n", encoding="utf-8")
    asked(monkeypatch, "flopbudget show n")
    with pytest.raises(SystemExit):
        run([])

    printed = capsys.readouterr()
    assert (printed.out.strip(), printed.err) == ("", "")


@pytest.mark.usefixtures("cold")
def test_nothing_heavy_is_imported(monkeypatch: pytest.MonkeyPatch, alone: Command) -> None:
    asked(monkeypatch, "flopbudget count net --target ")
    ran = alone(sys.executable, "-c", IMPORTED)

    assert (ran.out, ran.err) == ("plain,board\n[]\n", "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
@pytest.mark.skipif(not (SCRIPTS / "flopbudget").is_file(), reason="the project is not installed here with its script")
def test_in_bash() -> None:
    ours = str(Path(pytest_flopbudget.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": ours, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", IN_BASH], env=environment, capture_output=True, encoding="utf-8", check=False
    )

    assert (done.stdout, done.stderr) == ("tagger\n", "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], shell: str) -> None:
    monkeypatch.setenv("_FLOPBUDGET_COMPLETE", f"{shell}_source")
    with pytest.raises(SystemExit):
        run([])

    assert f"_FLOPBUDGET_COMPLETE={shell}_complete" in capsys.readouterr().out
