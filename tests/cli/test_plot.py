"""``flopbudget sweep --plot``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from command_line import Command

# The oldest matplotlib that is asked for calls names that the newest pyparsing gives up.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:matplotlib")
pytest.importorskip("matplotlib", reason="drawing needs the extra plot")

PNG = b"\x89PNG\r\n\x1a\n"


def texts(svg: str) -> list[str]:
    """What is written in a picture, in its order."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_a_picture_has_the_curve_its_jumps_and_where_it_ends(flopbudget: Command, project: Path) -> None:
    ran = flopbudget("sweep", "model.py:Even", "1x1xRxR", "R=2,3,4", "--plot", "out.svg")
    told = texts((project / "out.svg").read_text(encoding="utf-8"))

    assert (ran.code, ran.err) == (0, "")
    assert told[-1] == "model:Even at 1x1xRxR"
    assert "cannot run" in told
    assert {"R", "macs", "0 MACs", "10 MACs"} <= set(told)
    assert "jump" not in told


def test_the_same_sweep_gives_the_same_bytes(flopbudget: Command, project: Path) -> None:
    asked = ("sweep", "model.py:Halved", "1x1xHxW", "H=4,8", "W=6:8", "-m", "macs", "-m", "peak_activation_bytes")
    first, second = (project / name for name in ("first.svg", "second.svg"))
    flopbudget(*asked, "--plot", first.name)
    flopbudget(*asked, "--plot", second.name)

    assert first.read_bytes() == second.read_bytes()
    assert b"date" not in first.read_bytes().lower().partition(b"<defs>")[0]
    # A line for each height, in a frame for each metric; and what is told of bytes is a power of two
    told = texts(first.read_text(encoding="utf-8"))
    assert [each for each in told if each.startswith("H=")] == ["H=4", "H=8"] * 2
    assert "jump" in told
    assert "128 B" in told


def test_a_png(flopbudget: Command, project: Path) -> None:
    flopbudget("sweep", "model.py:Net", "1x3xRxR", "R=2,4", "--plot", "out.PNG")

    assert (project / "out.PNG").read_bytes().startswith(PNG)


def test_what_cannot_be_drawn_is_refused_before_anything_is_counted(flopbudget: Command) -> None:
    ran = flopbudget("sweep", "model.py:Nett", "1x3xRxR", "R=2,4", "--plot", "out.jpg")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "flopbudget: --plot 'out.jpg': write a file that ends in .svg or .png\n"


def test_without_matplotlib_there_is_a_hint(flopbudget: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_flopbudget.cli.plotting.find_spec", lambda _: None)
    ran = flopbudget("sweep", "model.py:Net", "1x3xRxR", "R=2,4", "--plot", "out.svg")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "flopbudget: --plot needs matplotlib: pip install 'pytest-flopbudget[plot]'\n"
