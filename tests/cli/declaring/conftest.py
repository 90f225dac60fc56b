"""The command in a small project, run in this process."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from commanding import Command, Declare, Done
from pytest_flopbudget.cli.main import run

# A convolution of 3x3 from C to 8 channels, without a bias: R * R * 8 * C * 9 MACs, 8 * C * 9 parameters.
MODEL = """\
from torch import nn


def conv(channels: int = 3) -> nn.Module:
    return nn.Sequential(nn.Conv2d(channels, 8, 3, padding=1, bias=False))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shapes.py").write_text(MODEL, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


@pytest.fixture
def flopbudget(project: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    def command(*arguments: str) -> Done:
        capfd.readouterr()
        code = run(arguments)
        captured = capfd.readouterr()
        return Done(int(code), captured.out, captured.err)

    return command


@pytest.fixture
def declare(project: Path) -> Declare:
    def write(text: str) -> Path:
        path = project / "pyproject.toml"
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write
