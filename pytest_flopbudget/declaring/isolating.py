"""Modules of one name in the folders of several tables: each table has its own while its cases are measured."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from weakref import WeakKeyDictionary, WeakSet

# Asking takes as long as all the rest of an import that was made before.
PACKAGES = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
INSTALLED = (sysconfig.get_path("stdlib"), *PACKAGES)
# What this very process is made of, wherever it was imported from.
_FIXED = sys.stdlib_module_names | {"__main__", "__mp_main__", "pytest_flopbudget", "pytest", "_pytest", "torch"}

# Kept by the modules in whose place they were imported: another run within this process has other modules.
_instead: WeakKeyDictionary[ModuleType, dict[tuple[str, ...], dict[str, ModuleType]]] = WeakKeyDictionary()
_brought: WeakSet[ModuleType] = WeakSet()
# The state in which nothing had to be put aside: the path, the modules by name and identity, the folders' changes.
_last: dict[str, tuple[list[str], list[str], list[int], list[int]]] = {}


@contextmanager
def own_modules(folders: Sequence[str]) -> Iterator[None]:
    """Put aside for a while what an import would not find, or would find elsewhere, now that the path is as it is.

    What is imported in its place is kept, and is there again when these folders are. Modules that were imported from
    where they are found stay: a test and a table have the same ones, and none is imported twice.

    Args:
        folders: The folders that the path begins with.
    """
    aside = _foreign(folders)
    for top, modules in aside.items():
        _take_away(modules)
        sys.modules.update(_instead.get(modules[top], {}).get(tuple(folders), {}))
    before = set(sys.modules)
    try:
        yield
    finally:
        if sys.modules.keys() != before:
            _brought.update(sys.modules[top] for top in _tops() if top not in before)
        for top, modules in aside.items():
            own = _below(top)
            _take_away(own)
            _instead.setdefault(modules[top], {})[tuple(folders)] = own
            sys.modules.update(modules)


def _foreign(folders: Sequence[str]) -> dict[str, dict[str, ModuleType]]:
    """What is to be put aside; one case is mostly like the one before, which had to look for it in every file."""
    state = (sys.path[:], list(sys.modules), list(map(id, sys.modules.values())), [_changed(each) for each in folders])
    if _last.get("nothing foreign") == state:
        return {}
    aside = {top: _below(top) for top in _tops() if _is_foreign(top)}
    _last.clear()
    if not aside:
        _last["nothing foreign"] = state
    return aside


def _changed(folder: str) -> int:
    """When something was last put into a folder or taken away; 0 where there is none."""
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0


def _tops() -> list[str]:
    """The modules outside any package that may be a user's own; one that is loaded lazily is not touched."""
    modules = list(sys.modules.items())
    return [name for name, module in modules if "." not in name and name not in _FIXED and type(module) is ModuleType]


def _below(top: str) -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name == top or name.startswith(f"{top}.")}


def _take_away(modules: dict[str, ModuleType]) -> None:
    for name in modules:
        del sys.modules[name]


def _is_foreign(name: str, path: Sequence[str] | None = None) -> bool:
    """Whether importing a module now would give another one than is there."""
    module = sys.modules[name]
    file = vars(module).get("__file__")
    if file is None:
        return _has_foreign_parts(name, module)
    if not isinstance(file, str) or file.startswith(INSTALLED) or not Path(file).exists():
        return False
    spec = _spec(name, path)
    if spec is None or spec.origin is None or not Path(spec.origin).exists():
        return spec is not None or module in _brought
    return not Path(file).samefile(spec.origin)


def _has_foreign_parts(name: str, module: ModuleType) -> bool:
    """Whether a package without a file of its own has a module that an import would find elsewhere."""
    if "__path__" not in vars(module) or (spec := _spec(name, None)) is None:
        return False
    if spec.submodule_search_locations is None:
        return True
    path = list(spec.submodule_search_locations)
    parts = [each for each in _below(name) if each.count(".") == name.count(".") + 1]
    return any(type(sys.modules[each]) is ModuleType and _is_foreign(each, path) for each in parts)


def _spec(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """What an import would find, had the module not been imported yet."""
    # Before Python 3.12 a finder may be of the old kind, which cannot be asked.
    found = (finder.find_spec(name, path) for finder in sys.meta_path if hasattr(finder, "find_spec"))
    return next((spec for spec in found if spec is not None), None)
