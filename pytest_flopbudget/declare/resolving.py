"""From ``"module:name"`` in a table to the object it names."""

from __future__ import annotations

import importlib
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from pytest_flopbudget.declare.cases import FactoryCall, ObjectReference
from pytest_flopbudget.declare.tracebacks import details, lines
from pytest_flopbudget.errors import MeasureError


@contextmanager
def importable(folders: Sequence[str]) -> Iterator[None]:
    """Let modules be imported from folders, before all others."""
    added = [folder for folder in folders if folder not in sys.path]
    sys.path[:0] = added
    try:
        yield
    finally:
        for folder in added:
            if folder in sys.path:
                sys.path.remove(folder)


def resolve(path: str, kind: str = "object") -> object:
    """The object that ``"module:name"`` names; the name may be dotted.

    Args:
        path: The path as it is declared.
        kind: What it is, for the message: ``"factory"`` or ``"object"``.

    Raises:
        MeasureError: The module cannot be imported, or has no such name.
    """
    module_name, _, names = path.partition(":")
    found: object = import_module(module_name, f"{kind} {path!r}")
    for name in names.split("."):
        if not hasattr(found, name):
            owner = f"module {module_name!r}" if found is sys.modules.get(module_name) else repr(found)
            raise MeasureError(f"{kind} {path!r}: {owner} has no {name!r}{_nearest(name, dir(found))}")
        found = getattr(found, name)
    return found


def resolve_callable(path: str) -> Callable[..., object]:
    """The factory that ``"module:callable"`` names.

    Raises:
        MeasureError: It cannot be imported, or cannot be called.
    """
    found = resolve(path, "factory")
    if not callable(found):
        raise MeasureError(f"factory {path!r} is no callable: it is an object of {type(found).__name__}")
    return found


def import_module(name: str, wanted_by: str) -> object:
    """A module by its name.

    Raises:
        MeasureError: There is no such module, or importing it raised.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise MeasureError(f"{wanted_by}: {_no_module(error.name)}") from error
        raise _import_failed(name, wanted_by, error) from error
    except (Exception, SystemExit) as error:
        raise _import_failed(name, wanted_by, error) from error


def resolved(value: object) -> object:
    """A value of ``args`` or ``kwargs`` with its references resolved and its factories called."""
    if isinstance(value, ObjectReference):
        return resolve(value.path)
    if isinstance(value, FactoryCall):
        factory = resolve_callable(value.path)
        return factory(*map(resolved, value.args), **{name: resolved(each) for name, each in value.kwargs.items()})
    if isinstance(value, Mapping):
        return {name: resolved(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(each) for each in value]
    return value


def import_references(value: object) -> None:
    """Import what the references in a value name, before anything is built.

    Raises:
        MeasureError: A reference names nothing.
    """
    if isinstance(value, ObjectReference):
        resolve(value.path)
    elif isinstance(value, FactoryCall):
        resolve_callable(value.path)
        import_references((*value.args, *value.kwargs.values()))
    elif isinstance(value, Mapping):
        import_references(tuple(value.values()))
    elif isinstance(value, (list, tuple)):
        for each in value:
            import_references(each)


def _no_module(name: str) -> str:
    parent, _, last = name.rpartition(".")
    siblings: list[str] = []
    if parent in sys.modules:
        siblings = _submodules(sys.modules[parent])
    elif not parent:
        siblings = _top_level()
    where = f"package {parent!r} has no module {last!r}" if parent else f"there is no module {name!r}"
    missing = [folder for folder in sys.path if folder and not folder.endswith(".zip") and not Path(folder).exists()]
    return (
        where
        + _nearest(last, siblings)
        + "".join(f"; there is no folder {folder} to import from" for folder in missing)
    )


def _submodules(package: object) -> list[str]:
    import pkgutil

    return [module.name for module in pkgutil.iter_modules(getattr(package, "__path__", None))]


def _top_level() -> list[str]:
    import pkgutil

    installed = (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    # What is installed for other ends only misleads: a factory lives in the user's own folders.
    return [
        module.name for module in pkgutil.iter_modules([each for each in sys.path if not each.startswith(installed)])
    ]


def _nearest(name: str, candidates: Sequence[str]) -> str:
    close = get_close_matches(name, candidates, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _import_failed(name: str, wanted_by: str, error: BaseException) -> MeasureError:
    headline = f"{wanted_by}: importing {name!r} raised {type(error).__name__}: {lines(error)[0]}"
    return MeasureError(headline, *details(error)[1:])
