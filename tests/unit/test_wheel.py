"""The sdist and the wheel: built twice, what they hold, and the wheel installed outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pytest_flopbudget"

MODELS = """\
from torch import nn


def tiny():
    return nn.Conv2d(3, 8, 3, padding=1)
"""
TABLE = """\
[tool.pytest-flopbudget.models.tiny]
factory = "models:tiny"
input = "1x3x16x16"
macs = "= 55_296"
"""


def run(*command: str, cwd: Path, path: Path | None = None, umask: int = -1) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {} if path is None else {"PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        umask=umask,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, and the wheel that was built from that."""
    folder = tmp_path_factory.mktemp("dist")
    run("-m", "build", "--no-isolation", "--outdir", str(folder), cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (built,) = dist.glob("*.whl")
    return built


def test_a_build_from_the_checkout_is_the_same_to_the_byte(dist: Path, tmp_path: Path) -> None:
    run("-m", "build", "--sdist", "--wheel", "--no-isolation", "--outdir", str(tmp_path), cwd=ROOT, umask=0o077)

    again = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert again == {path.name: path.read_bytes() for path in dist.iterdir()}
    assert len(again) == 2


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout, which knows the files that belong here")
def test_the_sdist_has_what_is_committed(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}

    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    present = {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}
    assert present - found == set()


def test_it_has_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}

    files = {path for path in PACKAGE.rglob("*") if path.is_file() and path.parent.name != "__pycache__"}
    assert found == {path.relative_to(ROOT).as_posix() for path in files}


def test_it_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "project"
    project.mkdir()
    (project / "models.py").write_text(MODELS, encoding="utf-8")
    (project / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    run("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site), str(wheel), cwd=tmp_path)

    loaded = run("-c", "import pytest_flopbudget; print(pytest_flopbudget.__file__)", cwd=project, path=site)
    output = run("-m", "pytest", "-p", "no:cacheprovider", "-rA", "--color=no", cwd=project, path=site)

    assert Path(loaded.strip()) == site / "pytest_flopbudget" / "__init__.py"
    assert "PASSED pyproject.toml::tiny::default" in output  # 16 * 16 * 8 * 3 * 9 MACs
