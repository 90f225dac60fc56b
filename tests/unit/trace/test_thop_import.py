"""Importing thop: without distutils, without a warning, and only when it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
{before}
import torch
from pytest_flopbudget.trace import thop_backend
from pytest_flopbudget.trace.thop_import import load_thop
print("thop" in sys.modules)
thop = load_thop()
print(thop.profile.__name__, thop.inherits, torch.nn.Conv2d in thop.rules)
print([name for name in sys.modules if name.partition(".")[0] == "distutils"])
"""
# What is gone in Python 3.12, in any.
NO_DISTUTILS = "sys.modules['distutils'] = None"


@pytest.mark.parametrize(("before", "left"), [("", []), (NO_DISTUTILS, ["distutils"])], ids=["as it is", "gone"])
def test_thop_is_imported_when_it_is_used(before: str, left: list[str]) -> None:
    script = SCRIPT.format(before=before)

    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout.splitlines(), done.stderr) == (["False", "profile False True", str(left)], "")
