"""A thop whose files are mixed with another, or that cannot be imported."""

from __future__ import annotations

import importlib
import sys
import warnings
from pathlib import Path

import pytest
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import FlopBudgetWarning, MeasureError
from pytest_flopbudget.trace import thop_import
from pytest_flopbudget.trace.thop_owner import Owner, find_owner

TROUBLE = "the files of thop 0.1.1 and ultralytics-thop 2.2.3 are mixed"


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = find_owner().folder
    monkeypatch.setattr(thop_import, "find_owner", lambda: Owner("thop 0.1.1, mixed", folder, TROUBLE))


def test_trouble_is_told_and_warned_of(trouble: None) -> None:
    with pytest.warns(FlopBudgetWarning) as warned:
        measurement = count(nn.Linear(4, 4), "2x4", backend="thop")
    assert [str(each.message) for each in warned] == [TROUBLE]
    assert Path(warned[0].filename) == find_owner().folder / "__init__.py"
    assert (measurement.counter, measurement.notes[1]) == ("thop 0.1.1, mixed", TROUBLE)


def test_trouble_where_warnings_are_errors(trouble: None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(MeasureError) as error:
            count(nn.Linear(4, 4), "2x4", backend="thop")
    assert str(error.value) == TROUBLE


def test_a_thop_that_cannot_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "thop"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "thop").mkdir()
    (tmp_path / "thop" / "__init__.py").write_text("raise RuntimeError('broken')\n", encoding="utf-8")
    (tmp_path / "thop" / "profile.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    with pytest.raises(MeasureError) as error:
        count(nn.Linear(4, 4), "2x4", backend="thop")
    assert str(error.value).splitlines()[0] == "thop cannot be imported: RuntimeError: broken"
