"""Both packages that install a ``thop``, for real and in both orders.

It asks the package registry, and so runs only where ``FLOPBUDGET_REGISTRY`` is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import pytest_flopbudget

pytestmark = pytest.mark.skipif(not os.environ.get("FLOPBUDGET_REGISTRY"), reason="asks the package registry")

SCRIPT = (
    "from pytest_flopbudget.trace.thop_owner import find_owner; print(find_owner().name, bool(find_owner().trouble))"
)


def find_owner(folder: Path, *packages: str) -> str:
    """What is found in an environment into which packages were installed, one after the other."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    for package in packages:
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", package], check=True)
    environment = {**os.environ, "PYTHONPATH": str(Path(pytest_flopbudget.__file__).parents[1])}
    return subprocess.run([python, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        (("thop==0.1.1.post2209072238",), "thop 0.1.1.post2209072238 False\n"),
        (("ultralytics-thop==2.2.3",), "ultralytics-thop 2.2.3 False\n"),
        (("thop==0.1.1.post2209072238", "ultralytics-thop==2.2.3"), "ultralytics-thop 2.2.3 True\n"),
        (("ultralytics-thop==2.2.3", "thop==0.1.1.post2209072238"), "thop 0.1.1.post2209072238 True\n"),
    ],
    ids=["the one", "the other", "the other last", "the one last"],
)
def test_whose_code_counts(packages: tuple[str, ...], expected: str, tmp_path: Path) -> None:
    assert find_owner(tmp_path, *packages) == expected
