from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

OnTerminal = Callable[..., str]

ESCAPE = "\x1b["
SWEEP = ("sweep", "model.py:Even", "1x1xRxR", "R=2:9")


@pytest.fixture
def on_terminal(project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> OnTerminal:
    """Run the command on a terminal; what appears there."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]) + os.pathsep + os.environ.get("PYTHONPATH", ""))

    def run(*arguments: str) -> str:
        shown = bytearray()

        def read(descriptor: int) -> bytes:
            data = os.read(descriptor, 1024)
            shown.extend(data)
            return data

        pty.spawn([sys.executable, "-m", "pytest_flopbudget.cli", *arguments], read)
        return shown.decode("utf-8").replace("\r\n", "\n")

    return run


def test_a_terminal_has_colours_and_a_rule(on_terminal: OnTerminal) -> None:
    shown = on_terminal("count", "model.py:Net", "1x3x16x16")

    assert ESCAPE in shown
    assert "────" in shown
    assert "63,488" in shown


def test_progress_is_told_with_an_estimate(on_terminal: OnTerminal) -> None:
    shown = on_terminal(*SWEEP)

    assert "counting Even" in shown
    assert "8/8" in shown


def test_no_colour_where_none_is_wanted(on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = on_terminal(*SWEEP)

    # Bold and red are no longer asked for.
    assert f"{ESCAPE}31m" not in shown
    assert "cannot run" in shown


@pytest.mark.parametrize("columns", ["80", "60"])
def test_lines_fit(on_terminal: OnTerminal, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")
    shown = on_terminal("count", "model.py:Net", "1x3x16x16", "--by", "line")

    assert max(len(line) for line in shown.splitlines() if ESCAPE not in line) <= int(columns)
