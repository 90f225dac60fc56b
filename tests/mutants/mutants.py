"""Runs the tests on mutants of the package, and tells which of them no test notices: ``python mutants.py [PART ...]``.

A part may be one of its files, as ``judge/limits.py``. Mutants that do what the package does stand in
``equivalent.toml``. It ends with 1 where another one is not noticed. With ``EVERY=3`` each third of a file's is tried.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import hypothesis

from mutant_equivalents import Equivalents, read
from mutant_making import Mutant, mutants
from mutant_parts import PARTS, ROOT, Part, shown, sources, tests
from mutant_running import Passed, module, passed, run

EVERY = int(os.environ.get("EVERY") or 1)


def main(*chosen: str) -> int:
    """Run the chosen parts, or all; 0 where every mutant is noticed."""
    _prepare()
    known = read()
    missed = 0
    for name, part in PARTS.items():
        files = [path for path in sources(part) if not chosen or name in chosen or shown(path) in chosen]
        if files:
            missed += _alone(partial(_run_part, name, part, files, known))
    return min(missed, 1)


def _alone(do: Callable[[], int]) -> int:
    """Do something in a fork, which imports what it likes; 0 or 1."""
    pid = os.fork()
    if pid == 0:
        os._exit(min(do(), 1))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _prepare() -> None:
    """Import what every fork needs, and nothing of the package; draw the same examples each time, and shrink none."""
    os.chdir(ROOT)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", phases=phases, derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    importlib.import_module("torch")
    gc.freeze()


def _run_part(name: str, part: Part, files: list[Path], known: Equivalents) -> int:
    """How many mutants of some files are not noticed, each told; what is listed and no longer made counts as one."""
    began = time.monotonic()
    suite = {test: passed(test) for test in tests(part)}
    _import_below(part, suite.values())
    number = noticed = gone = 0
    for path in files:
        made = list(mutants(path))
        different = [mutant for mutant in made if not known.has(mutant)][::EVERY]
        number += len(different)
        noticed += _noticed(different, suite)
        for entry in known.gone(path, made):
            print(f"equivalent.toml: {shown(path)}: no such mutant is made: {entry}", flush=True)
            gone += 1
    print(
        f"{name}: {noticed} of {number} mutants noticed ({noticed / max(number, 1):.1%}) "
        f"in {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return number - noticed + gone


def _import_below(part: Part, suite: Iterable[Passed]) -> None:
    """Import what the tests do as well, as far as it imports nothing that is mutated."""
    below = tuple(f"pytest_flopbudget.{name}" for name in part.below)
    names = {name for each in suite for name in each.modules if name.startswith(below)}
    mutated = {module(path) for path in sources(part)}
    for name in sorted(names - mutated):
        importlib.import_module(name)
    assert mutated.isdisjoint(sys.modules), mutated & sys.modules.keys()
    gc.freeze()


def _noticed(different: list[Mutant], suite: dict[Path, Passed]) -> int:
    """How many of a file's mutants a test notices; the others are told."""
    by_test: Counter[Path] = Counter()
    for mutant in different:
        name, own = module(mutant.source), f"test_{mutant.source.stem}.py"
        # The tests of its own file first, then those that noticed most, the quick before the slow.
        order = sorted(
            (test for test in suite if name in suite[test].modules),
            key=lambda test: (test.name != own, -by_test[test], suite[test].seconds),
        )
        by = run({test: suite[test].seconds for test in order}, mutant)
        if by is not None:
            by_test[by] += 1
            continue
        print(f"{shown(mutant.source)}:{mutant.line}: {mutant.operator}")
        print(f"    - {mutant.before}\n    + {mutant.after}", flush=True)
    return by_test.total()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
