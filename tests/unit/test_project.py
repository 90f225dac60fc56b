"""What the project promises of its own files."""

from __future__ import annotations

import ast
import fnmatch
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pytest_flopbudget"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
MEDIAN_LINES_OF_A_FILE = 100


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function's place and number of lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def pins() -> dict[str, str]:
    """The gate's versions by the package's name."""
    found: dict[str, str] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, version = line.split("==")
            found[canonicalize_name(name)] = version
    return found


def requirements() -> dict[str, Requirement]:
    """Everything that the project asks for on the gate's Python, its extras included."""
    texts = [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]
    found = {canonicalize_name(asked.name): asked for asked in map(Requirement, texts)}
    return {
        name: asked
        for name, asked in found.items()
        if name != PROJECT["name"] and (asked.marker is None or asked.marker.evaluate({"python_version": "3.11"}))
    }


def steps(job: str) -> str:
    return "\n".join(step.get("run", "") for step in WORKFLOW["jobs"][job]["steps"])


def test_files_are_small() -> None:
    assert [str(path) for path in (*MODULES, *TESTS) if lines(path) > MOST_LINES_OF_A_FILE] == []
    assert statistics.median(lines(path) for path in MODULES) < MEDIAN_LINES_OF_A_FILE


def test_functions_are_small() -> None:
    found = [(place, size) for path in MODULES for place, size in functions(path)]

    assert found
    assert [place for place, size in found if size > MOST_LINES_OF_A_FUNCTION] == []


def test_every_file_says_what_lives_there_and_no_two_the_same() -> None:
    first = [
        (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0] for path in MODULES
    ]

    assert [str(path) for path, line in zip(MODULES, first, strict=True) if not line.endswith(".")] == []
    assert [line for line, times in Counter(first).items() if times > 1] == []


def test_what_is_kept_from_vulture_is_still_there() -> None:
    words = {word for path in MODULES for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    kept = PYPROJECT["tool"]["vulture"]["ignore_names"]

    assert [name for name in kept if not fnmatch.filter(words, name)] == []


def test_nothing_outside_trace_loads_torch() -> None:
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in MODULES]
    outside = [name for name in names if not name.startswith("pytest_flopbudget.trace")]
    script = (
        f"import importlib, sys\n[importlib.import_module(name) for name in {outside}]\n"
        "print(sorted({'torch', 'thop', 'numpy', 'sympy'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)

    assert "pytest_flopbudget.plugin" in outside
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_every_requirement_is_pinned_to_a_version_that_it_allows() -> None:
    pinned = pins()

    assert {
        name for name, asked in requirements().items() if not asked.specifier.contains(pinned.get(name, ""))
    } == set()


@pytest.mark.parametrize("name", PROJECT["dependencies"])
def test_no_requirement_has_a_cap(name: str) -> None:
    assert all(specifier.operator == ">=" for specifier in Requirement(name).specifier)


def test_the_workflow_runs_the_gate() -> None:
    assert steps("gate").split("\n") == ["", "", "make test", "make demo"]


def test_the_changelog_knows_the_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    found = re.findall(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert found[0] == PROJECT["version"]
    assert found == sorted(found, key=Version, reverse=True)
