"""Our own modules are imported past pytest's rewriting, for the time of a run that has to do with budgets."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

from pytest_flopbudget.plugin.importing import OwnModules, import_plainly

Declare = Callable[..., Path]

TABLE = """
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input   = "1x3x16x16"
macs    = "1 M"
"""


class Finder:
    """A finder of somebody else's."""

    def find_spec(self, *_: object) -> None:
        """Find nothing."""


def test_only_our_own_modules_are_found() -> None:
    import pytest_flopbudget.judge as package

    spec = OwnModules().find_spec("pytest_flopbudget.judge.limits", package.__path__)
    assert spec is not None
    assert type(spec.loader) is SourceFileLoader
    assert OwnModules().find_spec("pytest_flopbudgets", None) is None
    assert OwnModules().find_spec("json") is None


def test_it_stands_in_front_of_pytest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    first, rewriting, last = Finder(), Finder(), Finder()
    monkeypatch.setattr(sys, "meta_path", [first, rewriting, last])
    leave = import_plainly(rewriting)
    before, own, *after = sys.meta_path
    assert (before, type(own), after) == (first, OwnModules, [rewriting, last])
    for _ in range(2):
        leave()
        assert sys.meta_path == [first, rewriting, last]


def test_where_pytest_rewrites_nothing_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = Finder()
    monkeypatch.setattr(sys, "meta_path", [finder])
    leave = import_plainly(Finder())
    assert sys.meta_path == [finder]
    leave()
    assert sys.meta_path == [finder]


@pytest.mark.parametrize(("table", "there"), [(TABLE, True), ("", False)], ids=["table", "no table"])
def test_a_run(declare: Declare, pytester: pytest.Pytester, options: tuple[str, ...], table: str, there: bool) -> None:
    declare(table)
    before = list(sys.meta_path)
    config = pytester.parseconfigure(*options)
    added = [type(each).__name__ for each in sys.meta_path if each not in before]
    config._ensure_unconfigure()
    assert added == ["OwnModules", "AssertionRewritingHook"][0 if there else 1 :]
    assert sys.meta_path == before
