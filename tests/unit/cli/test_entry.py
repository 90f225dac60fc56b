"""The command's entry, before anything of it is imported."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence

import pytest

from pytest_flopbudget import cli


class Interrupting:
    """Finds no module: it is interrupted when the command's is looked for."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        if name == "pytest_flopbudget.cli.main":
            raise KeyboardInterrupt


def test_an_interrupt_while_it_is_imported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delitem(sys.modules, "pytest_flopbudget.cli.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    assert runpy.run_path(str(cli.__file__))["main"]() == 130
    assert capsys.readouterr() == ("", "flopbudget: interrupted\n")
