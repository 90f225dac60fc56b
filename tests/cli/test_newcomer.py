"""Someone who has installed the package and has a model reaches a failing budget with the README's first screen."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest

from command_line import Command

ROOT = Path(__file__).parents[2]
FIRST_SCREEN = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## ")[0]
# 105,298,432 MACs at 96 and 290,675,200 at 160; 4,231,976 parameters
MODEL = "mobilenet_v1:MobileNetV1"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}[^\n]*\n(.*?)^```$", FIRST_SCREEN, re.DOTALL | re.MULTILINE)


@pytest.fixture
def newcomer(project: Path) -> Path:
    """A folder with a model that the README does not know, and its table with that model's name alone put in."""
    shutil.copy(ROOT / "examples" / "nets" / "mobilenet_v1.py", project)
    (table,) = blocks("toml")
    assert table.count("detector:Detector") == 1
    (project / "pyproject.toml").write_text(table.replace("detector:Detector", MODEL), encoding="utf-8")
    return project


def test_the_first_screen_fits_one() -> None:
    assert len(FIRST_SCREEN.splitlines()) < 75
    assert blocks("console")[0].startswith("$ pytest\n")


def test_the_walk(newcomer: Path, alone: Command, flopbudget: Command) -> None:
    (command,) = re.findall(r"^\$ (.*)$", blocks("console")[0], re.MULTILINE)
    ran = alone(sys.executable, "-m", *command.split(), "-p", "no:cacheprovider")
    told = " ".join(ran.out.split())

    assert ran.code == 1, ran.out
    assert "FAILED pyproject.toml::detector::R96 - " in told
    assert "counted 4,231,976 params limit 50,000 params, written '50 k' at pyproject.toml:4" in told
    assert "To change the limit, edit macs at pyproject.toml:6, params at pyproject.toml:4." in told

    # What it says is to be done is enough: the limits that the model needs are kept.
    table = newcomer / "pyproject.toml"
    for written, needed in (("50 k", "4.3 M"), ("6 M", "110 M"), ("15 M", "300 M")):
        table.write_text(table.read_text(encoding="utf-8").replace(f'"{written}"', f'"{needed}"'), encoding="utf-8")
    kept = flopbudget("check")
    assert kept.code == 0, kept.out

    table.write_text(table.read_text(encoding="utf-8").replace('"300 M"', '"200 M"'), encoding="utf-8")
    failing = flopbudget("check")
    assert failing.code == 1
    assert "> 200 MMACs" in failing.out
    assert "30 frames a second on the camera" in failing.out
