"""Every test here may run pytest within pytest."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]


@pytest.fixture(scope="session", autouse=True)
def _stays_imported() -> None:
    """An inner run's imports are forgotten after it, and torch cannot be imported twice in a process."""
    importlib.import_module("torch")
    importlib.import_module("pytest_flopbudget.engine")
    importlib.import_module("pytest_flopbudget.trace.building")


@pytest.fixture
def rows() -> Rows:
    """Read the rows of the terminal summary, one a case: its status, its id, and its reasons."""

    def read(result: pytest.RunResult) -> list[str]:
        told = result.stdout.str().partition("= flop budgets =")[2].partition("\n")[2]
        table = re.split(r"^[\d,]+ cases?: ", told, maxsplit=1, flags=re.MULTILINE)[0]
        return [" ".join(row.split()) for row in re.split(r"\n(?=\S)", table) if row.strip()]

    return read


@pytest.fixture
def section() -> Section:
    """Read what stands below a heading such as ``___ test_it ___``, without the worker's name."""

    def read(result: pytest.RunResult, name: str) -> list[str]:
        lines = iter(result.outlines)
        heading = re.compile(rf"_+ (ERROR at setup of )?{re.escape(name)} _+")
        assert any(heading.fullmatch(line) for line in lines), name
        told = []
        for line in lines:
            if re.fullmatch(r"(__+|==+) .* (__+|==+)", line):
                break
            told.append(line)
        return [line for line in told if not line.startswith("[gw")]

    return read


# Skipped cases are collected like all others, and need no torch.
SERVICE = """
[tool.pytest-flopbudget.models.{name}]
factory = "models:net"
input   = "1x3x16x16"
macs    = "1 M"
skip    = "only collected here"
"""


@pytest.fixture
def monorepo(declare: Declare) -> Callable[[str], Path]:
    """Write a root with a table of its own, and two services with a table, a test and a module each."""

    def write(root: str) -> Path:
        path = declare(root + SERVICE.format(name="whole"))
        for name in "ab":
            folder = declare(SERVICE.format(name=f"{name}_net"), f"services/{name}/pyproject.toml").parent
            (folder / "tests").mkdir()
            (folder / "tests" / f"test_{name}.py").write_text(f"def test_{name}():\n    pass\n", encoding="utf-8")
        return path.parent

    return write


@pytest.fixture
def net(declare: Declare) -> Callable[..., Path]:
    """Write a table with a lock and one model, of a width, at 1x3x16x16 and 1x3x32x32; its lock's file."""

    def write(width: int = 8, root: str = "", model: str = "", file: str = "pyproject.toml") -> Path:
        table = (
            f'[tool.pytest-flopbudget]\nlock = "flopbudget.lock.json"\n{root}\n'
            f'[tool.pytest-flopbudget.models.net]\nfactory = "toy:net"\nkwargs = {{ width = {width} }}\n'
            f'input = "1x3xRxR"\nat = [16, 32]\n{model}\n'
        )
        return declare(table, file).with_name("flopbudget.lock.json")

    return write


@pytest.fixture
def told_of_locks() -> Callable[[pytest.RunResult], list[str]]:
    """Read what is told of the locks."""

    def read(result: pytest.RunResult) -> list[str]:
        lines = iter(result.outlines)
        assert any(re.fullmatch(r"=+ flop budget locks =+", line) for line in lines)
        told = []
        for line in lines:
            if line.startswith("=") or re.match(r"\d+ (passed|failed)", line):
                break
            told.append(line)
        return told

    return read
