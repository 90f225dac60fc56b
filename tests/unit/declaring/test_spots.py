from __future__ import annotations

from pathlib import Path as File

import pytest

from pytest_flopbudget.declaring.lines import Path
from pytest_flopbudget.declaring.spots import Notebook, Spot, called_beside, dotted
from pytest_flopbudget.errors import Mistake, Place


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("models", "net", "macs"), "models.net.macs"),
        (("models", "vit.tiny", "at", 0, "R"), 'models."vit.tiny".at[0].R'),
        (("a", 'say "\\"'), 'a."say \\"\\\\\\""'),
        (("", 1, 2), '""[1][2]'),
    ],
)
def test_paths_are_written_as_in_toml(path: Path, text: str) -> None:
    assert dotted(path) == text


def test_a_spot_has_the_line_of_the_nearest_table_that_has_one() -> None:
    notebook = Notebook("pyproject.toml", {("tool",): 2, ("tool", "x"): 3, ("tool", "x", "at", 0): 7})
    spot = Spot(notebook, root=("tool", "x"))
    assert (spot / "at" / 0 / "R").place == Place("pyproject.toml", 7)
    assert (spot / "at" / 1).place == Place("pyproject.toml", 3)
    assert Spot(notebook, path=("y",)).place == Place("pyproject.toml", 1)


def test_a_mistake_is_noted_once() -> None:
    notebook = Notebook("pyproject.toml", {})
    spot = Spot(notebook).down("models", "net")
    spot.wrong("bad")
    spot.wrong("bad")
    spot.wrong("worse")
    place = Place("pyproject.toml", 1)
    assert notebook.mistakes == [Mistake(place, "models.net", "bad"), Mistake(place, "models.net", "worse")]


@pytest.mark.parametrize(
    ("file", "called"), [("/work/shop/nets/budgets.toml", "shop/nets/budgets.toml"), ("/work/a.toml", "a.toml")]
)
def test_a_file_is_called_in_the_manner_of_the_one_that_names_it(file: str, called: str) -> None:
    notebook = Notebook("shop/pyproject.toml", {})
    assert called_beside(File(file), File("/work/shop/pyproject.toml"), notebook) == called


def test_a_file_on_another_drive_is_called_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_another(path: File, start: File) -> str:
        raise ValueError(path, start)

    monkeypatch.setattr("pytest_flopbudget.declaring.spots.os.path.relpath", on_another)
    path, notebook = File("/shop/pyproject.toml"), Notebook("pyproject.toml", {})
    assert called_beside(File("/nets/a.toml"), path, notebook) == str(File("/nets/a.toml"))
