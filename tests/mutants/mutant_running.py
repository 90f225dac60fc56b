"""Runs tests on a mutant: in a fork, in which the package is imported for the first time."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from mutant_making import Mutant
from mutant_parts import ROOT

# Looking for garbage at the end takes longer than most of the tests.
_WITHOUT = ("cacheprovider", "unraisableexception", "threadexception")
OPTIONS = ("-q", "-x", f"--rootdir={ROOT}", *(text for name in _WITHOUT for text in ("-p", f"no:{name}")))
# A mutant whose tests compute for so much longer than they do without it will not end; nor one that makes long lists.
TIMES_LONGER, SECONDS_BESIDE = 3, 3
MOST_BYTES = 8 << 30


def run(tests: Mapping[Path, float], mutant: Mutant) -> Path | None:
    """The first of these files with a test that fails, or that does not end; None where all pass.

    Args:
        tests: Files of tests, run in this order until one fails, with the seconds for which each computes otherwise.
        mutant: What stands for a file of the package.
    """
    code, told, _ = _fork(tests, mutant)
    return None if code == 0 else list(tests)[len(told.splitlines()) - 1]


@dataclass(frozen=True, slots=True)
class Passed:
    """A file of tests that passes without a mutant: how long it computes, and the modules that it imports."""

    seconds: float
    modules: frozenset[str]


def passed(test: Path) -> Passed:
    """What a file of tests is like."""
    code, told, seconds = _fork({test: 0}, None)
    if code:
        sys.exit(f"{test} fails without a mutant")
    return Passed(seconds, frozenset(told.split()))


def module(source: Path) -> str:
    """What a file of the package is imported as."""
    return ".".join(source.relative_to(ROOT).with_suffix("").parts)


def _fork(tests: Mapping[Path, float], mutant: Mutant | None) -> tuple[int, str, float]:
    """How a fork ended that runs tests, what it told, and how long it computed.

    It tells a line for each file that it begins; without a mutant then all modules that it has imported.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_tested(tests, mutant, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as telling:
        told = telling.read()
    _, status, used = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), told, used.ru_utime + used.ru_stime


class _Finder(importlib.abc.MetaPathFinder):
    """Finds a mutant where its file would be found."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = module(mutant.source)
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        file = str(self.mutant.source)
        return importlib.util.spec_from_file_location(fullname, file, loader=_Loader(self.mutant, fullname, file))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, mutant: Mutant, fullname: str, path: str) -> None:
        super().__init__(fullname, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            return compile(self.mutant.text, self.path, "exec")


def _be_tested(tests: Mapping[Path, float], mutant: Mutant | None, telling: int) -> None:
    """Ends this process: with 0 where all tests pass."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    if mutant is not None:
        sys.meta_path.insert(0, _Finder(mutant))
        # What pytest keeps of a test's file must not depend on a mutant.
        sys.dont_write_bytecode = True
    failed = True
    try:
        for test, seconds in tests.items():
            if mutant is not None:
                most = int(time.process_time() + TIMES_LONGER * seconds + SECONDS_BESIDE)
                resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
            os.write(telling, b"begun\n")
            failed = pytest.main([*OPTIONS, str(test)]) != pytest.ExitCode.OK
            if failed:
                break
        if mutant is None:
            os.write(telling, " ".join(sys.modules).encode())
    finally:
        os._exit(failed)
