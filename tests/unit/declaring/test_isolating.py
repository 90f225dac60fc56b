from __future__ import annotations

import shutil
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.resolving import importable, resolve
from pytest_flopbudget.errors import MeasureError

MODEL = "nets_for_tests"
PACKAGE = "parts_for_tests"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What a test imports is forgotten after it."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def services(tmp_path: Path) -> tuple[str, str]:
    """Two folders with a module and a package of the same names; only the first has ``extra``."""
    for name in ("a", "b"):
        folder = tmp_path / name
        (folder / PACKAGE).mkdir(parents=True)
        (folder / f"{MODEL}.py").write_text(f"import {PACKAGE}.part\nname = '{name}'\n", "utf-8")
        (folder / PACKAGE / "part.py").write_text(f"name = 'part of {name}'\n", "utf-8")
    (tmp_path / "a" / f"{MODEL}_extra.py").write_text("name = 'extra'\n", "utf-8")
    return str(tmp_path / "a"), str(tmp_path / "b")


def named(folder: str, path: str) -> object:
    with importable([folder]):
        return resolve(path)


@pytest.mark.parametrize("init", [False, True], ids=["namespace", "package"])
def test_each_folder_has_its_own(services: tuple[str, str], init: bool) -> None:
    a, b = services
    if init:
        for folder in services:
            (Path(folder) / PACKAGE / "__init__.py").touch()
    paths = [f"{MODEL}:name", f"{PACKAGE}.part:name"]
    found = [named(folder, path) for folder in (a, b, a) for path in paths]
    assert found == ["a", "part of a", "b", "part of b", "a", "part of a"]


def test_a_package_without_a_file_gives_way_to_a_module_of_its_name(services: tuple[str, str]) -> None:
    a, b = services
    shutil.rmtree(Path(b) / PACKAGE)
    (Path(b) / f"{PACKAGE}.py").write_text("name = 'no package'\n", "utf-8")
    assert named(a, f"{PACKAGE}.part:name") == "part of a"
    assert named(b, f"{PACKAGE}:name") == "no package"
    assert named(a, f"{PACKAGE}.part:name") == "part of a"


def test_nothing_is_imported_twice(services: tuple[str, str]) -> None:
    a, b = services
    objects = []
    for folder in (a, b, a, b):
        with importable([folder]):
            resolve(f"{MODEL}:name")
            objects.append((sys.modules[MODEL], sys.modules[f"{PACKAGE}.part"]))
    assert objects[0] == objects[2]
    assert objects[1] == objects[3]
    assert objects[0] != objects[1]


def test_what_was_there_is_there_again(services: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = services
    monkeypatch.syspath_prepend(a)
    resolve(f"{MODEL}:name")
    before = dict(sys.modules)
    with pytest.raises(MeasureError), importable([b]):
        resolve(f"{MODEL}:missing")
    assert sys.modules == before
    assert named(a, f"{MODEL}:__file__") == str(Path(a) / f"{MODEL}.py")
    assert sys.modules == before


def test_what_another_table_brought_is_not_found(services: tuple[str, str]) -> None:
    a, b = services
    assert named(a, f"{MODEL}_extra:name") == "extra"
    with pytest.raises(MeasureError) as error:
        named(b, f"{MODEL}_extra:name")
    assert str(error.value) == (
        f"object '{MODEL}_extra:name': there is no module '{MODEL}_extra'; did you mean '{MODEL}'?"
    )
    assert sys.modules[f"{MODEL}_extra"].name == "extra"


def test_what_a_test_made_itself_stays(services: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = types.ModuleType(f"{MODEL}_extra")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    with importable([services[0]]):
        assert sys.modules[made.__name__] is made
        monkeypatch.setattr(made, "__file__", __file__, raising=False)
    with importable([services[1]]):
        assert sys.modules[made.__name__] is made


def test_another_run_has_other_modules(services: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = services
    for text in ("first", "second"):
        (Path(b) / f"{MODEL}.py").write_text(f"name = '{text}, and longer'[: {len(text)}]\n", "utf-8")
        for name in [each for each in sys.modules if each.startswith((MODEL, PACKAGE))]:
            del sys.modules[name]
        assert [named(folder, f"{MODEL}:name") for folder in (a, b)] == ["a", text]
