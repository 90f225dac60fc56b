"""Whose ``thop`` is there: two packages install a folder of that name, and the last one overwrites the other's files.

Nothing is imported to find that out.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pytest_flopbudget.errors import MeasureError

PACKAGE = "thop"
_NEEDED = ("__init__.py", "profile.py")
_POST = re.compile(r"-(\d+)$")
_NAMED = 3
_MEND = "uninstall both, and install the one whose numbers you use"


@dataclass(frozen=True, slots=True)
class Owner:
    """The package whose code counts.

    Args:
        name: As it is told: ``"thop 0.1.1.post2209072238"``.
        folder: Where its code is.
        trouble: What is wrong with its installation, as one sentence; empty where nothing is.
    """

    name: str
    folder: Path
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class _Installed:
    """A package that installs the folder: its files there, and those that are still its own."""

    name: str
    files: frozenset[str]
    own: frozenset[str]

    @property
    def is_whole(self) -> bool:
        return self.files == self.own


def find_owner() -> Owner:
    """The package whose ``thop`` an import finds.

    Raises:
        MeasureError: There is none, or its files are gone.
    """
    try:
        spec = importlib.util.find_spec(PACKAGE)
    except ValueError:
        # Something without a file was put in its place.
        spec = None
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    if not folders:
        raise MeasureError("thop is not installed", "install it: pip install thop")
    return _owner(Path(folders[0]))


@cache
def _owner(folder: Path) -> Owner:
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise MeasureError(
            f"thop is not whole: {folder} has no {' and no '.join(missing)}",
            "thop and ultralytics-thop share this folder, and one that is uninstalled takes files of the other along",
            _MEND,
        )
    found = importlib.metadata.distributions(path=[str(folder.parent)])
    installed = sorted((_installed(each, folder) for each in found if _has_files(each)), key=lambda each: each.name)
    # Of two that are whole, the code would be the same.
    whole = next((each for each in installed if each.is_whole), None)
    if whole is not None:
        return Owner(whole.name, folder, _both(whole.name, [each.name for each in installed]))
    return _of_mixed(folder, installed)


def _both(counting: str, names: list[str]) -> str:
    if len(names) < 2:
        return ""
    return f"{_listed(names)} are installed into one folder, and what counts is {counting}: {_MEND}"


def _of_mixed(folder: Path, installed: list[_Installed]) -> Owner:
    if not installed:
        return Owner(f"the thop of {folder}", folder)
    names = [each.name for each in installed]
    files = sorted(set().union(*(each.files for each in installed)) - set().union(*(each.own for each in installed)))
    if len(installed) == 1:
        more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
        changed = f"{', '.join(files[:_NAMED])}{more}"
        trouble = f"files of {names[0]} are not those that were installed: {changed}"
        return Owner(f"{names[0]}, changed", folder, f"{trouble}; install it anew")
    return Owner(f"{_listed(names)}, mixed", folder, f"the files of {_listed(names)} are mixed: {_MEND}")


def _has_files(package: importlib.metadata.Distribution) -> bool:
    return re.search(rf"^{PACKAGE}/", package.read_text("RECORD") or "", re.MULTILINE) is not None


def _installed(package: importlib.metadata.Distribution, folder: Path) -> _Installed:
    recorded = _recorded(package)
    files = frozenset(recorded)
    own = frozenset(path for path in files if _hash(folder.parent / path, recorded[path]) == recorded[path])
    version = _POST.sub(r".post\1", package.version)
    return _Installed(f"{package.metadata['Name']} {version}", files, own)


def _recorded(package: importlib.metadata.Distribution) -> dict[str, str]:
    """The hash of each file of code; also of what is gone, which ``files`` leaves out from Python 3.12 on."""
    rows = csv.reader((package.read_text("RECORD") or "").splitlines())
    hashes = {row[0]: row[1] for row in rows if len(row) > 1}
    # Bytecode has no hash, and what has none cannot be told from another's.
    return {
        path: each for path, each in hashes.items() if path.startswith(f"{PACKAGE}/") and path.endswith(".py") and each
    }


def _hash(path: Path, recorded: str) -> str:
    """The file's hash, written as a record has it: ``"sha256=…"``."""
    if not path.is_file():
        return ""
    mode = recorded.partition("=")[0]
    digest = hashlib.new(mode, path.read_bytes()).digest()
    return f"{mode}={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _listed(names: list[str]) -> str:
    return " and ".join(names)
