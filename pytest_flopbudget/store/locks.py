"""The lock's file: read whole and checked, written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.errors import LockError, shown
from pytest_flopbudget.judge.locks import Entry, Lock, LockedModule
from pytest_flopbudget.store.lock_parts import Part
from pytest_flopbudget.store.writing import write_atomically

SCHEMA_VERSION = 1

_BACKENDS: tuple[Backend, ...] = ("auto", "thop")
_MODES: tuple[Mode, ...] = ("inference", "training")
_MARKERS = ("<<<<<<< ", "||||||| ", ">>>>>>> ")


def read_lock(path: Path, called: str) -> Lock | None:
    """The lock of a file; None where there is no such file.

    Args:
        path: The file.
        called: The file as the user should read it.

    Raises:
        LockError: It cannot be read, is damaged or truncated, has the markers of a conflict, or another schema.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(f"{called}: it cannot be read: {' '.join(str(error).split())}") from None
    return parse_lock(text, called)


def parse_lock(text: str, called: str, *, is_past: bool = False) -> Lock:
    """The lock of a file's text.

    Args:
        text: The text.
        called: The file as the user should read it.
        is_past: Whether it is of an earlier commit, where nobody can mend it.

    Raises:
        LockError: It is damaged or truncated, has the markers of a conflict, or another schema.
    """
    way_out = "" if is_past else f"; restore it, as by git checkout HEAD {called}"
    _refuse_conflict(text, called, is_past=is_past)
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise LockError(f"{called}:{error.lineno}: it is damaged: {error.msg}{way_out}") from None
    except (RecursionError, ValueError) as error:
        raise LockError(f"{called}: it is damaged: {error}{way_out}") from None
    return _lock(Part(data, f"{called}: it is damaged: ", way_out), called)


def write_lock(path: Path, lock: Lock) -> None:
    """Write a lock; whatever happens, the file is the old one or the new one.

    Raises:
        OSError: It cannot be written.
    """
    write_atomically(path, as_text(lock))


def as_text(lock: Lock) -> str:
    """A lock as its file has it: sorted, one number a line, so that two changes of different cases merge."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "conventions": lock.conventions,
        "cases": {case: _of_entry(lock.entries[case]) for case in sorted(lock.entries)},
    }
    return json.dumps(data, indent=1) + "\n"


def _of_entry(entry: Entry) -> dict[str, object]:
    """An entry's way of counting is written where it is not the usual one."""
    data: dict[str, object] = {"backend": entry.backend} if entry.backend == "thop" else {}
    data |= {"mode": entry.mode} if entry.mode != "inference" else {}
    return {
        **data,
        "metrics": {name: entry.metrics[name] for name in sorted(entry.metrics)},
        "modules": {path: _of_module(entry.modules[path]) for path in sorted(entry.modules)},
    }


def _of_module(module: LockedModule) -> dict[str, object]:
    operator = {"operator": module.operator} if module.operator else {}
    return {
        "activations": module.activations,
        "calls": module.calls,
        "macs": module.macs,
        **operator,
        "params": module.params,
    }


def _lock(whole: Part, called: str) -> Lock:
    schema = whole.part("schema_version").number()
    if schema != SCHEMA_VERSION:
        raise LockError(
            f"{called}: it has schema_version {schema}, and this version of pytest-flopbudget knows {SCHEMA_VERSION}: "
            "use the version that wrote it"
        )
    conventions = whole.part("conventions").number()
    return Lock({case: _entry(part) for case, part in whole.part("cases").parts().items()}, conventions)


def _entry(part: Part) -> Entry:
    modules = part.part("modules").parts() if part.has("modules") else {}
    return Entry(
        metrics={name: value.number() for name, value in part.part("metrics").parts().items()},
        modules={path: _module(module) for path, module in modules.items()},
        backend=part.word("backend", _BACKENDS),
        mode=part.word("mode", _MODES),
    )


def _module(part: Part) -> LockedModule:
    return LockedModule(
        macs=part.part("macs").number(),
        params=part.part("params").number(),
        activations=part.part("activations").number(),
        calls=part.part("calls").number(),
        operator=part.text("operator", ""),
    )


def _refuse_conflict(text: str, called: str, *, is_past: bool) -> None:
    way_out = f": take one side whole, as by git checkout --ours {called}, then pytest --flopbudget-update"
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(_MARKERS):
            raise LockError(f"{called}:{number}: it has the markers of a merge conflict{'' if is_past else way_out}")


def _once(pairs: list[tuple[str, object]]) -> Mapping[str, object]:
    """An object; a merge can leave a key twice, and JSON takes the last without a word."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{shown(name)} stands twice in one object")
        found[name] = value
    return found


def _no_number(written: str) -> object:
    raise ValueError(f"{written} is no whole number")
