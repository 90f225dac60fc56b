"""The command, run in a small project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

import pytest_flopbudget
from command_line import Command, Declare, Ran, Write
from pytest_flopbudget.cli.main import run

SURROUNDINGS = (
    "CI",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
)

# R * R * (3 * 8 * 9 + 8 * 4) MACs at 1x3xRxR, and 3 * 8 * 9 + 8 + 8 * 4 + 4 parameters.
MODEL = '''
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.head = nn.Conv2d(width, 4, 1)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        return self.head(x).flatten(1)

    def stem_of(self, x):
        return self.stem(x)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(50, 16)
        self.out = nn.Linear(16, 5)

    def forward(self, ids, mask=None):
        x = self.embedding(ids)
        return self.out(x if mask is None else x * mask)


class Halved(nn.Module):
    """Costs a quarter at even sizes."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1)

    def forward(self, x):
        return self.conv(x[..., ::2, ::2] if x.shape[-1] % 2 == 0 else x)


class Even(nn.Module):
    """Runs at even sizes alone."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1)

    def forward(self, x):
        assert x.shape[-1] % 2 == 0, "an odd size"
        return self.conv(x)


class Shop(nn.Module):
    """Calls an operator that nobody has a formula for."""

    def __init__(self):
        super().__init__()
        if not hasattr(torch.ops.shop, "mix"):
            torch.library.define("shop::mix", "(Tensor x, float by) -> Tensor")
            torch.library.impl("shop::mix", "CompositeExplicitAutograd")(lambda x, by: torch.empty_like(x))
        self.stem = nn.Conv2d(3, 8, 1)

    def forward(self, x):
        return torch.ops.shop.mix(self.stem(x), 0.5)


class Sized(nn.Module):
    """Its head is as large as its input."""

    def __init__(self, size):
        super().__init__()
        self.head = nn.Linear(size * size, 10)

    def forward(self, x):
        return self.head(x.flatten(1))


def stopped():
    raise KeyboardInterrupt
'''

TABLE = """
    [tool.pytest-flopbudget.targets.board]
    ram = "64 KiB"
    weight_dtype = "int8"
    activation_dtype = "int8"

    [tool.pytest-flopbudget.models.net]
    factory = "model:Net"
    input = "1x3xRxR"
    macs = "1 M"
    at = [8, 16]

    [tool.pytest-flopbudget.models.tagger]
    factory = "model:Tagger"
    input = "int64:1x12"
    macs = "1 M"
    """


@pytest.fixture
def modules() -> dict[str, str]:
    """The files of the project; a folder of tests may have others."""
    return {"model.py": MODEL}


@pytest.fixture
def project(tmp_path: Path, modules: dict[str, str], warm: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which the command is run; nothing of the outer run's surroundings reaches it, nor it any other."""
    for name in SURROUNDINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    for name, text in modules.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    # The command imports its models into this process, where another test may have modules of the same names.
    for name, module in list(sys.modules.items()):
        if str(vars(module).get("__file__")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def write(project: Path) -> Write:
    """Write a file of the project: ``write("pyproject.toml", text)``."""

    def written(name: str, text: str) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return written


@pytest.fixture
def declare(write: Write) -> Declare:
    """Write the project's ``pyproject.toml``."""
    return lambda text: write("pyproject.toml", text)


@pytest.fixture
def declared(declare: Declare) -> Path:
    """The project's folder, with a table of models and a target."""
    return declare(TABLE).parent


@pytest.fixture
def flopbudget(project: Path, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process."""

    def call(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run(arguments)
        printed = capfd.readouterr()
        return Ran(code, printed.out, printed.err)

    return call


@pytest.fixture
def alone(project: Path) -> Command:
    """Run a command line in a process of its own."""
    ours = str(Path(pytest_flopbudget.__file__).parents[1])
    path = os.pathsep.join([ours, *filter(None, [os.environ.get("PYTHONPATH", "")])])

    def call(*arguments: str) -> Ran:
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            arguments or [sys.executable], env=environment, capture_output=True, encoding="utf-8", check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return call
