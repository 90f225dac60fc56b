"""Small projects to run pytest in."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

import pytest_flopbudget
from drawing import load_profile
from warm_python import warm_python

pytest_plugins = ["pytester"]
load_profile()

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]

PYTHON = sys.executable
# Plugins that change a run, or that are imported anew by every inner one; a test of one of them asks for it.
NOT_OURS = {
    "hypothesispytest": "hypothesis",
    "randomly": "pytest_randomly",
    "pytest_cov": "pytest_cov",
    "timeout": "pytest_timeout",
    "asyncio": "pytest_asyncio",
}

# R * R * (3 * 8 * 9 + 8 * 4) MACs at 1x3xRxR, and 3 * 8 * 9 + 8 + 8 * 4 + 4 parameters.
TOY = '''
import torch
from torch import nn


def net(width=8):
    return nn.Sequential(nn.Conv2d(3, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 4, 1))


def headed():
    """Its head is sized for another input."""
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.Flatten(), nn.Linear(64, 10))


def still():
    return nn.Identity()


def stopped():
    raise KeyboardInterrupt


class Shop(nn.Module):
    """Calls an operator that nobody has a formula for."""

    def __init__(self):
        super().__init__()
        if not hasattr(torch.ops.shop, "mix"):
            torch.library.define("shop::mix", "(Tensor x, float by) -> Tensor")
            torch.library.impl("shop::mix", "CompositeExplicitAutograd")(lambda x, by: torch.empty_like(x))
        self.stem = nn.Conv2d(3, 8, 1)

    def forward(self, x):
        return torch.ops.shop.mix(torch.ops.shop.mix(self.stem(x), 0.5), 0.25)
'''


@pytest.fixture
def declare(pytester: pytest.Pytester) -> Declare:
    """Write a project: the table's text into its file, a module ``toy`` with models, and one test that passes."""

    def write(table: str, file: str = "pyproject.toml") -> Path:
        path = pytester.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(table).lstrip("\n"), encoding="utf-8")
        (pytester.path / "toy.py").write_text(TOY, encoding="utf-8")
        (pytester.path / "tests").mkdir(exist_ok=True)
        (pytester.path / "tests" / "test_plain.py").write_text("def test_plain():\n    pass\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(pytester: pytest.Pytester, options: tuple[str, ...]) -> Run:
    """Run pytest in this process: quick, since torch is imported once."""
    # The outer run makes errors of warnings; the inner one tells them, as pytest does by default.
    return lambda *args: pytester.runpytest_inprocess(*options, "-W", "default", *args)


@pytest.fixture
def run_alone(pytester: pytest.Pytester, options: tuple[str, ...]) -> Run:
    """Run pytest in a process of its own, as a user does."""
    return lambda *args: pytester.runpytest_subprocess(*options, *args, timeout=300)


@pytest.fixture
def run_with(pytester: pytest.Pytester, options: tuple[str, ...]) -> Run:
    """Run pytest in a process of its own with one of those plugins, if that is installed."""

    def run(plugin: str, *args: str) -> pytest.RunResult:
        pytest.importorskip(NOT_OURS[plugin])
        return pytester.runpytest_subprocess(*_blocked(but=plugin), *options[len(_blocked()) :], *args, timeout=300)

    return run


@pytest.fixture(scope="session")
def in_common() -> Callable[[str], str]:
    """A message in the words that all torches share: the newest say first which kernel found shapes not to match."""

    def common(said: str) -> str:
        return said.replace(": addmm: mat1", ": mat1")

    return common


@pytest.fixture(scope="session")
def interpreter() -> Iterator[str]:
    """A Python that has torch imported already."""
    with warm_python() as path:
        yield path


@pytest.fixture
def warm(interpreter: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is run by ``sys.executable``, as xdist's workers are, need not import torch."""
    monkeypatch.setattr(sys, "executable", interpreter)


@pytest.fixture
def cold(warm: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each process starts anew for all that: with its own imports, and its own order of a set's elements."""
    monkeypatch.setattr(sys, "executable", PYTHON)


@pytest.fixture
def options(warm: None, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """What an inner run needs; nothing of the outer run's surroundings reaches it."""
    for name in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    installed = {entry.value for entry in importlib.metadata.entry_points(group="pytest11")}
    if "pytest_flopbudget.plugin" in installed:
        ours: tuple[str, ...] = ()
    else:
        ours = ("-p", "pytest_flopbudget.plugin")
        monkeypatch.setenv("PYTHONPATH", str(Path(pytest_flopbudget.__file__).parents[1]))
    return (*_blocked(), *ours)


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., str]:
    """Call git in a folder, by nobody's own settings; what it prints."""
    nobody = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(tmp_path.parent),
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": "2026-05-04T10:00:00Z",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_COMMITTER_DATE": "2026-05-04T10:00:00Z",
    }

    def call(folder: Path, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, env=nobody, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return call


def _blocked(but: str = "") -> list[str]:
    return [argument for name in NOT_OURS if name != but for argument in ("-p", f"no:{name}")]
