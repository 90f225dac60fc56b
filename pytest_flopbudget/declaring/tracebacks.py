"""What an exception of the user's own code says, and where in that code it was."""

from __future__ import annotations

import linecache
import os
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType

_PACKAGE = f"{Path(__file__).resolve().parents[1]}{os.sep}"
_STANDARD_LIBRARY = sysconfig.get_path("stdlib")
_ADDRESS = re.compile(r" (?:object )?at 0x[0-9a-fA-F]+")
_MOST_FRAMES = 4
_MOST_LINES = 10
_MOST_CHARACTERS = 500


def frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """The frames that an exception passed and their lines, the outermost first."""
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def is_ours(filename: str) -> bool:
    """Whether a file is one of this package."""
    return filename.startswith(_PACKAGE)


def lines(error: BaseException) -> list[str]:
    """What an exception says, line by line, without addresses; its type's name where it says nothing."""
    try:
        text = str(error)
    except Exception:
        text = ""
    # What cannot be encoded would not survive the way from one of xdist's workers.
    text = _ADDRESS.sub("", text).encode("utf-8", "backslashreplace").decode()
    return [line.rstrip()[:_MOST_CHARACTERS] for line in text.splitlines() if line.strip()] or [type(error).__name__]


def one_line(error: BaseException, untyped: tuple[type[BaseException], ...] = (RuntimeError,)) -> str:
    """What an exception says as one line; its type is told too, unless it is just one of some types."""
    first, name = lines(error)[0].strip(), type(error).__name__
    return first if type(error) in untyped or first == name else f"{name}: {first}"


def details(error: BaseException, name: str | None = None) -> list[str]:
    """All that an exception says below its type, and the user's own lines that it passed, the innermost first."""
    first, *more = lines(error)[:_MOST_LINES]
    told = [f"raised    {name or type(error).__name__}: {first}", *(f"          {line}" for line in more)]
    places = places_in(error)[:_MOST_FRAMES]
    return [*told, *(f"{'at' if not number else 'from':<10}{place}" for number, place in enumerate(places))]


def places_in(error: BaseException) -> list[str]:
    """The user's own lines that an exception passed, as ``file:line in function: code``, the innermost first."""
    found = [
        f"{relative(frame.f_code.co_filename)}:{line} in {frame.f_code.co_name}: "
        f"{linecache.getline(frame.f_code.co_filename, line).strip()}"
        for frame, line in frames(error)
        if _is_the_users(frame.f_code.co_filename)
    ]
    if isinstance(error, SyntaxError) and error.filename is not None:
        found.append(f"{relative(error.filename)}:{error.lineno}: {(error.text or '').strip()}")
    return found[::-1]


def relative(filename: str) -> str:
    """A file as the user would name it: below the folder where the run began."""
    path = Path(filename)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else filename


def _is_the_users(filename: str) -> bool:
    if filename.startswith(("<", _PACKAGE)):
        return False
    for counted_with in map(sys.modules.get, ("torch", "thop")):
        file = getattr(counted_with, "__file__", None)
        if file and filename.startswith(f"{Path(file).parent}{os.sep}"):
            return False
    return not filename.startswith(_STANDARD_LIBRARY) or "site-packages" in filename
