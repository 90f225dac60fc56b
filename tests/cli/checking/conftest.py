"""Models that print and skip, in a repository if it is asked for."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from command_line import Git

NETS = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        print("the model's own words")
        self.body = nn.Conv2d(3, width, 3, padding=1)
        self.head = nn.Conv2d(width, 4, 1)

    def forward(self, x):
        return self.head(self.body(x))


def missing():
    import pytest
    pytest.skip("needs a camera")
"""


@pytest.fixture
def modules() -> dict[str, str]:
    return {"nets.py": NETS}


@pytest.fixture
def git(git: Git, project: Path) -> Git:
    """Call git in the project, which is a repository."""
    git(project, "init", "-b", "main")
    return partial(git, project)
