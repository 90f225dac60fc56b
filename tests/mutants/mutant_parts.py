"""What is mutated, and the tests that must notice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "pytest_flopbudget"


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the package's files.

    Attributes:
        sources: Files or folders of the package.
        tests: Files or folders of ``tests/unit`` that are run on each of their mutants.
        below: Modules and packages that import none of them, and so need not be imported anew for each mutant.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    below: tuple[str, ...]


_FORMULAS = ("attention", "convolution", "matmul", "recurrent")

PARTS = {
    "quantities": Part(("quantities",), ("quantities", "test_records.py"), ("errors",)),
    "judge": Part(
        ("judge",), ("judge", "test_records.py"), ("quantities", "counting", "trace.shape_rules", "trace.artifacts")
    ),
    "memory": Part(
        ("counting/memory",),
        ("counting/memory", "test_records.py"),
        ("quantities", "counting.formulas", "counting.measurement", "counting.module_formulas", "trace.guard"),
    ),
    "formulas": Part(
        tuple(f"counting/formulas/{name}.py" for name in _FORMULAS),
        tuple(f"counting/formulas/test_{name}.py" for name in _FORMULAS),
        ("quantities", "counting.marking", "counting.operators"),
    ),
}


def sources(part: Part) -> list[Path]:
    """The files that are mutated."""
    return _files(PACKAGE, part.sources, "*.py")


def tests(part: Part) -> list[Path]:
    """The files of tests that are run."""
    return _files(ROOT / "tests" / "unit", part.tests, "test_*.py")


def shown(source: Path) -> str:
    """A file of the package as it is told: ``judge/limits.py``."""
    return source.relative_to(PACKAGE).as_posix()


def _files(folder: Path, names: Iterable[str], pattern: str) -> list[Path]:
    found: list[Path] = []
    for name in names:
        path = folder / name
        found += sorted(path.rglob(pattern)) if path.is_dir() else [path]
    return found
