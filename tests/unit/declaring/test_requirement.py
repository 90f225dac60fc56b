from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring import requirement
from pytest_flopbudget.declaring.cases import Table

TABLE = "[tool.pytest-flopbudget]\nrequires = {!r}\n"
NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = 1\n'


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirement, "installed_version", lambda: "0.2.dev1")


@pytest.mark.parametrize("requires", [">=0.1", "==0.2.*", ">=0.1,<1", "!=0.3"])
def test_a_version_that_is_required(read: Callable[[str], Table], requires: str) -> None:
    assert len(read(TABLE.format(requires) + NET).cases) == 1


@pytest.mark.parametrize("requires", [">=1.2", "<0.1", ">=0.2"])
def test_an_old_plugin_says_so_and_nothing_else(mistakes: Callable[[str], list[str]], requires: str) -> None:
    text = TABLE.format(requires) + "of_the_future = 3\n[tool.flopbudget]\n" + NET.replace("macs", "macs_of_tomorrow")
    assert mistakes(text) == [
        f"pyproject.toml:2: requires: the table is written for pytest-flopbudget {requires}, and 0.2.dev1 is installed"
    ]


def test_a_malformed_requirement_hides_nothing(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes(TABLE.format("1.2") + "colect = 3\n" + NET) == [
        "pyproject.toml:2: requires: '1.2' is no version requirement: write it as in '>=0.1'",
        "pyproject.toml:3: colect: unknown key; did you mean 'collect'?",
    ]


def test_a_plugin_that_is_not_installed_has_no_version(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], Table]
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(requirement, "TABLE", "pytest-flopbudget-that-nobody-installs")
    assert requirement.installed_version() is None
    assert len(read(TABLE.format(">=99") + NET).cases) == 1
