"""The package's public names: imported when first used, each from one home."""

from __future__ import annotations

import ast
import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_flopbudget


@pytest.mark.parametrize("name", pytest_flopbudget.__all__)
def test_each_is_the_one_of_its_home(name: str) -> None:
    home = importlib.import_module(f"pytest_flopbudget.{pytest_flopbudget._HOMES[name]}")
    assert getattr(pytest_flopbudget, name) is getattr(home, name)


def test_the_table_the_list_and_the_imports_for_type_checkers_agree() -> None:
    tree = ast.parse(Path(pytest_flopbudget.__file__).read_text(encoding="utf-8"))
    checked = {
        alias.name: (node.module or "").removeprefix("pytest_flopbudget.")
        for branch in tree.body
        if isinstance(branch, ast.If)
        for node in branch.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert checked == pytest_flopbudget._HOMES
    assert sorted(checked, key=str.lower) == sorted(pytest_flopbudget.__all__, key=str.lower)
    assert set(checked) <= set(dir(pytest_flopbudget))


def test_a_wrong_name() -> None:
    with pytest.raises(AttributeError) as error:
        pytest_flopbudget.Mesurement  # noqa: B018
    assert str(error.value) == "module 'pytest_flopbudget' has no attribute 'Mesurement'"


def test_errors_name_the_package_and_survive_pickling() -> None:
    from pytest_flopbudget import FlopBudgetExceeded

    assert f"{FlopBudgetExceeded.__module__}.{FlopBudgetExceeded.__qualname__}" == (
        "pytest_flopbudget.FlopBudgetExceeded"
    )
    assert str(pickle.loads(pickle.dumps(FlopBudgetExceeded("over")))) == "over"


def test_importing_the_package_imports_nothing_of_it() -> None:
    code = "import sys, pytest_flopbudget; print([n for n in sys.modules if n.startswith('pytest_flopbudget.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
