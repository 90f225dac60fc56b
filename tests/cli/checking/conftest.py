from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checked_line import Command, Ended, Git, Write

pytest.importorskip("click", reason="the command needs click")

NETS = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        print("the model's own words")
        self.body = nn.Conv2d(3, width, 3, padding=1)
        self.head = nn.Conv2d(width, 4, 1)

    def forward(self, x):
        return self.head(self.body(x))


def missing():
    import pytest
    pytest.skip("needs a camera")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with models, and the working directory."""
    for name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(NETS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def write(project: Path) -> Write:
    """Writes a file of the project: ``write("pyproject.toml", text)``."""

    def written(name: str, text: str) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.fixture
def flopbudget(project: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command in this process."""
    from pytest_flopbudget.cli.main import run

    def ran(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run(arguments)
        printed = capsys.readouterr()
        return Ended(int(code), printed.out, printed.err)

    return ran


@pytest.fixture
def in_a_process(project: Path) -> Command:
    """Runs the command as a program."""

    def ran(*arguments: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "pytest_flopbudget.cli", *arguments],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return ran


@pytest.fixture
def git(project: Path) -> Git:
    """Runs git in the project, which is a repository."""

    def ran(*arguments: str) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], check=True, capture_output=True)

    ran("init", "-b", "main")
    return ran
