"""Runs the tests on mutants of the package, and tells which of them no test notices: ``python mutants.py [PART ...]``.

A part may be one of its files, as ``judge/limits.py``. Mutants that do what the package does stand in
``equivalent.toml``. It ends with 1 where another one is not noticed.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time
from collections import Counter
from pathlib import Path

import hypothesis

from mutant_equivalents import Equivalents, read
from mutant_making import Mutant, mutants
from mutant_parts import PARTS, ROOT, Part, shown, sources, tests
from mutant_running import Passed, module, passed, run

# A mutant whose tests compute for so much longer than they do without it will not end.
TIMES_LONGER, SECONDS_BESIDE = 10, 10


def main(*chosen: str) -> int:
    """Run the chosen parts, or all; 0 where every mutant is noticed."""
    _prepare()
    known = read()
    missed = 0
    for name, part in PARTS.items():
        files = [path for path in sources(part) if not chosen or name in chosen or shown(path) in chosen]
        if files:
            missed += _run_part(name, part, files, known)
    return min(missed, 1)


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
    made = [mutant for path in files for mutant in mutants(path)]
    different = [mutant for mutant in made if not known.has(mutant)]
    missed = _not_noticed(different, {test: passed(test) for test in tests(part)})
    gone = known.gone(files, made)
    for entry in gone:
        print(f"equivalent.toml: {entry}: no such mutant is made")
    noticed = len(different) - missed
    print(
        f"{name}: {noticed} of {len(different)} mutants noticed ({noticed / max(len(different), 1):.1%}), "
        f"{len(made) - len(different)} do the same; {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return missed + len(gone)


def _not_noticed(different: list[Mutant], known: dict[Path, Passed]) -> int:
    """How many of these mutants no test notices, each told."""
    noticed: Counter[tuple[Path, Path]] = Counter()
    longest = TIMES_LONGER * sum(each.seconds for each in known.values()) + SECONDS_BESIDE
    for mutant in different:
        name, own = module(mutant.source), f"test_{mutant.source.stem}.py"
        # The tests of its own file first, then those that noticed most of its mutants, the quick before the slow.
        order = sorted(
            (test for test in known if name in known[test].modules),
            key=lambda test: (test.name != own, -noticed[mutant.source, test], known[test].seconds),
        )
        by = run(order, mutant, longest)
        if by is not None:
            noticed[mutant.source, by] += 1
            continue
        print(f"{shown(mutant.source)}:{mutant.line}: {mutant.operator}")
        print(f"    - {mutant.before}\n    + {mutant.after}", flush=True)
    return len(different) - noticed.total()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
