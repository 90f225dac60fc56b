"""From ``"module:name"`` in a table to the object it names."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from pytest_flopbudget.declaring.isolating import INSTALLED, PACKAGES, own_modules
from pytest_flopbudget.declaring.objects import FactoryCall, ObjectReference
from pytest_flopbudget.declaring.tracebacks import details, lines, one_line, relative
from pytest_flopbudget.errors import MeasureError, did_you_mean


@contextmanager
def importable(folders: Sequence[str]) -> Iterator[None]:
    """Let modules be imported from folders, before all others of the same names."""
    before = list(sys.path)
    sys.path[:0] = folders
    put_in_front = list(sys.path)
    try:
        with own_modules(folders):
            yield
    finally:
        # What the user's code changed in between stays changed.
        sys.path[:] = before if sys.path == put_in_front else _without(sys.path, folders)


def _without(entries: Sequence[str], folders: Sequence[str]) -> list[str]:
    """Entries of the path less one for each folder that was put in front."""
    rest = list(entries)
    for folder in folders:
        if folder in rest:
            rest.remove(folder)
    return rest


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
        found = _attribute(found, name, f"{kind} {path!r}")
    return found


def _attribute(owner: object, name: str, wanted_by: str) -> object:
    try:
        return getattr(owner, name)
    except AttributeError as error:
        said = f"module {owner.__name__!r}" if isinstance(owner, ModuleType) else repr(owner)
        raise MeasureError(f"{wanted_by}: {said} has no {name!r}{did_you_mean(name, dir(owner))}") from error
    except Exception as error:
        raise MeasureError(f"{wanted_by}: {one_line(error)}", *details(error)) from error


def resolve_callable(path: str, kind: str = "factory") -> Callable[..., object]:
    """The factory, or another callable, that ``"module:callable"`` names.

    Args:
        path: The path as it is declared.
        kind: What it is, for the message.

    Raises:
        MeasureError: It cannot be imported, or cannot be called.
    """
    found = resolve(path, kind)
    if not callable(found):
        raise MeasureError(f"{kind} {path!r} is no callable: it is an object of {type(found).__name__}")
    return found


def import_module(name: str, wanted_by: str) -> object:
    """A module by its name.

    Raises:
        MeasureError: There is no such module, or importing it raised.
    """
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise MeasureError(f"{wanted_by}: {_no_module(error.name)}") from error
        raise _import_failed(name, wanted_by, error) from error
    except (Exception, SystemExit) as error:
        raise _import_failed(name, wanted_by, error) from error
    _refuse_another(name.partition(".")[0], wanted_by)
    return module


def _refuse_another(top: str, wanted_by: str) -> None:
    """Refuse a module that was imported earlier from elsewhere, where the path now finds one of the same name."""
    imported = getattr(sys.modules.get(top), "__file__", None)
    spec = importlib.machinery.PathFinder.find_spec(top, sys.path)
    if imported is None or spec is None or spec.origin is None or not Path(imported).exists():
        return
    if imported.startswith(PACKAGES):
        # The project itself, installed beside its checkout.
        return
    if not Path(imported).samefile(spec.origin):
        raise MeasureError(
            f"{wanted_by}: module {top!r} was imported from {relative(imported)} already, not from "
            f"{relative(spec.origin)}: give one of them another name"
        )


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
        + did_you_mean(last, siblings)
        + "".join(f"; there is no folder {folder} to import from" for folder in missing)
    )


def _submodules(package: object) -> list[str]:
    import pkgutil

    return [module.name for module in pkgutil.iter_modules(getattr(package, "__path__", None))]


def _top_level() -> list[str]:
    import pkgutil

    # What is installed for other ends only misleads: a factory lives in the user's own folders.
    return [
        module.name for module in pkgutil.iter_modules([each for each in sys.path if not each.startswith(INSTALLED)])
    ]


def _import_failed(name: str, wanted_by: str, error: BaseException) -> MeasureError:
    headline = f"{wanted_by}: importing {name!r} raised {type(error).__name__}: {lines(error)[0]}"
    return MeasureError(headline, *details(error)[1:])
