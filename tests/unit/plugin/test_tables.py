"""How a run calls its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.plugin.tables import Tables


def test_a_file_is_called_as_it_is_reached_from_where_the_run_began(pytestconfig: pytest.Config) -> None:
    here = pytestconfig.invocation_params.dir
    tables = Tables(pytestconfig)
    assert tables.called(here / "a" / "pyproject.toml") == "a/pyproject.toml"
    assert tables.called(here.parent / "pyproject.toml") == "../pyproject.toml"


def test_a_file_on_another_drive_is_called_in_full(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def on_another(path: Path, start: Path) -> str:
        raise ValueError(path, start)

    monkeypatch.setattr("pytest_flopbudget.plugin.tables.os.path.relpath", on_another)
    path = Path("/nets/pyproject.toml")
    assert Tables(pytestconfig).called(path) == str(path)
