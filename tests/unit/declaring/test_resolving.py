"""From ``module:name`` to the object, and every way in which that can fail."""

from __future__ import annotations

import colorsys
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.objects import FactoryCall, ObjectReference
from pytest_flopbudget.declaring.resolving import (
    import_references,
    importable,
    resolve,
    resolve_callable,
    resolved,
)
from pytest_flopbudget.errors import MeasureError


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "shop_for_tests"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "models.py").write_text(
        "class Net:\n    depth = 3\ndef make(*args, **kwargs):\n    return args, kwargs\n"
    )
    (folder / "broken.py").write_text("import torch_that_is_not_there\n")
    (folder / "failing.py").write_text("VALUE = 1 / 0\n")
    (folder / "leaving.py").write_text("raise SystemExit('bye')\n")
    with importable([str(tmp_path)]):
        yield folder
    for name in [name for name in sys.modules if name.startswith("shop_for_tests")]:
        del sys.modules[name]


def test_dotted_names(shop: Path) -> None:
    assert resolve("shop_for_tests.models:Net.depth") == 3
    assert resolve_callable("shop_for_tests.models:make")(1) == ((1,), {})


def test_folders_are_importable_for_a_while() -> None:
    before = list(sys.path)
    with importable(["/no/such/folder", *before[:1]]):
        assert sys.path == ["/no/such/folder", before[0], *before]
        sys.path.append("/added")
    assert sys.path == [*before, "/added"]
    sys.path.remove("/added")
    with importable(["/no/such/folder"]):
        assert sys.path == ["/no/such/folder", *before]
    assert sys.path == before


def test_a_folder_that_the_users_code_took_away_itself() -> None:
    before = list(sys.path)
    with importable(["/no/such/folder", "/nor/this"]):
        sys.path.remove("/no/such/folder")
        assert sys.path == ["/nor/this", *before]
    assert sys.path == before


def test_a_package_that_fails_to_import_a_module_of_its_own(shop: Path) -> None:
    (shop.parent / "torn_for_tests").mkdir()
    (shop.parent / "torn_for_tests" / "__init__.py").write_text("import torn_for_tests.part\n")
    with pytest.raises(MeasureError) as error:
        resolve_callable("torn_for_tests.part:make")
    assert str(error.value) == ("factory 'torn_for_tests.part:make': package 'torn_for_tests' has no module 'part'")


def test_a_module_of_the_standard_library_is_not_put_aside(tmp_path: Path) -> None:
    (tmp_path / "colorsys.py").touch()
    with importable([str(tmp_path)]), pytest.raises(MeasureError) as error:
        resolve("colorsys:make", "factory")
    assert str(error.value) == (
        f"factory 'colorsys:make': module 'colorsys' was imported from {colorsys.__file__} "
        f"already, not from {tmp_path / 'colorsys.py'}: give one of them another name"
    )


def test_a_module_that_refuses_a_name(shop: Path) -> None:
    (shop / "lazy.py").write_text("def __getattr__(name):\n    raise RuntimeError('lazy ' + name)\n")
    with pytest.raises(MeasureError) as error:
        resolve("shop_for_tests.lazy:net", "factory")
    assert str(error.value).splitlines()[0] == "factory 'shop_for_tests.lazy:net': lazy net"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            "shop_for_test.models:make",
            "factory 'shop_for_test.models:make': there is no module 'shop_for_test'; did you mean 'shop_for_tests'?",
        ),
        (
            "shop_for_tests.modles:make",
            (
                "factory 'shop_for_tests.modles:make': package 'shop_for_tests' has no module 'modles'; "
                "did you mean 'models'?"
            ),
        ),
        (
            "shop_for_tests.models:mak",
            "factory 'shop_for_tests.models:mak': module 'shop_for_tests.models' has no 'mak'; did you mean 'make'?",
        ),
        (
            "shop_for_tests.models:xyz",
            "factory 'shop_for_tests.models:xyz': module 'shop_for_tests.models' has no 'xyz'",
        ),
        (
            "shop_for_tests.models:Net.deep",
            (
                "factory 'shop_for_tests.models:Net.deep': <class 'shop_for_tests.models.Net'> has no 'deep'; "
                "did you mean 'depth'?"
            ),
        ),
        (
            "shop_for_tests.models:Net.depth",
            "factory 'shop_for_tests.models:Net.depth' is no callable: it is an object of int",
        ),
    ],
)
def test_a_factory_that_is_not_there(shop: Path, path: str, message: str) -> None:
    with pytest.raises(MeasureError) as error:
        resolve_callable(path)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("module", "said", "line"),
    [
        (
            "broken",
            "ModuleNotFoundError: No module named 'torch_that_is_not_there'",
            "import torch_that_is_not_there",
        ),
        ("failing", "ZeroDivisionError: division by zero", "VALUE = 1 / 0"),
        ("leaving", "SystemExit: bye", "raise SystemExit('bye')"),
    ],
)
def test_a_module_that_raises(shop: Path, module: str, said: str, line: str) -> None:
    with pytest.raises(MeasureError) as error:
        resolve_callable(f"shop_for_tests.{module}:make")
    assert str(error.value) == (
        f"factory 'shop_for_tests.{module}:make': importing 'shop_for_tests.{module}' raised {said}\n"
        f"at        {shop / module}.py:1 in <module>: {line}"
    )


def test_values_are_resolved_in_depth(shop: Path) -> None:
    make = "shop_for_tests.models:make"
    value = {
        "plain": [1, "two", None, True],
        "object": ObjectReference("shop_for_tests.models:Net.depth"),
        "call": FactoryCall(make, (ObjectReference("shop_for_tests.models:Net.depth"),), {"a": FactoryCall(make)}),
    }
    import_references(value)
    assert resolved(value) == {"plain": [1, "two", None, True], "object": 3, "call": ((3,), {"a": ((), {})})}


@pytest.mark.parametrize(
    "value",
    [
        ObjectReference("shop_for_tests.models:mak"),
        [FactoryCall("shop_for_tests.models:mak")],
        {"a": FactoryCall("shop_for_tests.models:make", ([ObjectReference("shop_for_tests.models:mak")],))},
    ],
)
def test_references_are_checked_before_anything_is_built(shop: Path, value: object) -> None:
    with pytest.raises(MeasureError, match="has no 'mak'; did you mean 'make'"):
        import_references(value)
