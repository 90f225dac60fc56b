"""The versions that the project claims, those that tox lays out, and those that the workflow runs are the same."""

from __future__ import annotations

import itertools
import re
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
TOX = PYPROJECT["tool"]["tox"]
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))["jobs"]
LOWEST = ROOT / "tests" / "versions" / "lowest.txt"

PYTHONS, PYTESTS, TORCHES = TOX["env_list"][0]["product"]
EXTRAS_THAT_USERS_INSTALL = ("cli", "html", "onnx", "plot", "tflite")


def installed(environment: str) -> set[str]:
    """What tox chooses by an environment's name, before the package and its extras."""
    named = {f"factor['{factor}']" for factor in environment.split("-")}

    def holds(condition: str) -> bool:
        parts = condition.split(" and ")
        return all((part.removeprefix("not ") in named) != part.startswith("not ") for part in parts)

    return {text for row in TOX["env_run_base"]["deps"] if holds(row["condition"]) for text in row["then"]}


def runs(job: str) -> str:
    return "\n".join(step["run"] for step in JOBS[job]["steps"] if "run" in step)


def floors() -> dict[str, str]:
    """The lowest version of each direct dependency of what users install, by its name."""
    extras = (text for name in EXTRAS_THAT_USERS_INSTALL for text in PROJECT["optional-dependencies"][name])
    asked = {canonicalize_name(row.name): row for row in map(Requirement, [*PROJECT["dependencies"], *extras])}
    found: dict[str, str] = {}
    for name, row in asked.items():
        (specifier,) = row.specifier
        assert specifier.operator == ">="
        found[name] = specifier.version
    return found


def test_the_pythons_are_those_that_are_claimed() -> None:
    claimed = [text.rpartition(" ")[2] for text in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", text)]

    assert claimed == PYTHONS == ["3.10", "3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"


@pytest.mark.parametrize(("python", "torch"), [("3.10", "2.4"), ("3.11", "2.4"), ("3.12", "2.4"), ("3.13", "2.5")])
def test_the_oldest_torch_is_the_first_that_was_built_for_a_python(python: str, torch: str) -> None:
    assert installed(f"{python}-pytest8.0-oldest") == {"pytest==8.0.*", f"torch=={torch}.*"}


@pytest.mark.parametrize(("python", "version"), list(itertools.product(PYTHONS, ["8.0", "8.4", "9"])))
def test_the_newest_torch_is_left_to_the_installer(python: str, version: str) -> None:
    assert installed(f"{python}-pytest{version}-newest") == {f"pytest=={version}.*"}


def test_the_workflow_runs_all_of_them() -> None:
    matrix = JOBS["versions"]["strategy"]["matrix"]

    assert matrix == {"python": PYTHONS, "pytest": [text.removeprefix("pytest") for text in PYTESTS], "torch": TORCHES}
    assert "tox run -e ${{ matrix.python }}-pytest${{ matrix.pytest }}-${{ matrix.torch }}" in runs("versions")
    assert runs("lowest").endswith("tox run -e lowest")
    assert TOX["env_list"][1:] == ["lowest"]


def test_the_lowest_versions_are_those_that_are_asked_for() -> None:
    lines = [line for line in LOWEST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]

    assert {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)} == floors()
    assert TOX["env"]["lowest"]["base_python"] == [PYTHONS[0]]


def test_the_documentation_tells_them() -> None:
    text = (ROOT / "docs" / "versions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| ([\w.]+) \| [^|]+ \| [^|]+ \|$", text, re.MULTILINE)

    assert dict(rows) == {"Python": PYTHONS[0], **floors()}
