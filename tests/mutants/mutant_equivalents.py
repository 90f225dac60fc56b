"""Mutants that no test can notice, since they do what the package does; each with the reason."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from mutant_making import Mutant
from mutant_parts import shown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_name("equivalent.toml")
# A file, one of its lines, and that line in the mutant.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Equivalents:
    """The mutants that are listed."""

    keys: frozenset[Key]

    def has(self, mutant: Mutant) -> bool:
        """Whether a mutant is one of them."""
        return _key(mutant) in self.keys

    def gone(self, source: Path, made: Iterable[Mutant]) -> list[str]:
        """Which of them are no longer made of a file, that is, of which the lines are others now."""
        listed = {key for key in self.keys if key[0] == shown(source)}
        return sorted(after for _, _, after in listed - set(map(_key, made)))


def _key(mutant: Mutant) -> Key:
    return shown(mutant.source), mutant.before, mutant.after


def read() -> Equivalents:
    """What ``equivalent.toml`` lists: by file and line its mutants, and why they do the same."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["equivalent"]
    assert all(entry["because"] for entry in entries)
    return Equivalents(
        frozenset((entry["file"], entry["line"], mutant) for entry in entries for mutant in entry["mutants"])
    )
