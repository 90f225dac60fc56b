"""The zip archives that torch writes: what one is, told from its directory, before anything of it is loaded."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from pytest_flopbudget.errors import MeasureError

T = TypeVar("T")

# Where torch before 2.8 put the graph of a program, in no folder.
OLDER_GRAPH = "serialized_exported_program.json"

_MAGIC, _PICKLE = b"PK\x03\x04", b"\x80"
# torch stores what it writes as it is; an archive that holds much more than its size was made for something else.
_GROWTH, _SLACK = 10, 2**24
_WAY_OUT = (
    "a pickle may run any code, so it is never loaded here: name the model's class or a function as the factory",
    "or save it by torch.export.save (.pt2) or torch.jit.save (.pt)",
)


def called(name: str) -> str:
    """How a file is called in a message."""
    return f"factory {name!r}"


def stored_names(name: str, path: Path) -> tuple[str, ...]:
    """The names of what an archive holds, each without the folder that all of them stand in.

    Args:
        name: The file as it is declared.
        path: Where that is.

    Raises:
        MeasureError: There is no such file; or it is no archive, is cut off, or holds far more than its size.
    """
    head = opened(name, path)
    if head.startswith(_PICKLE):
        raise pickled(name)
    if head != _MAGIC:
        raise MeasureError(f"{called(name)} is no file of torch's: it does not begin as a zip archive does")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise MeasureError(f"{called(name)} is damaged or cut off") from error
    size, held = path.stat().st_size, sum(entry.file_size for entry in entries)
    if held > _GROWTH * size + _SLACK:
        raise MeasureError(f"{called(name)} holds {held:,} bytes in {size:,}: torch writes no such archive")
    return tuple(entry.filename.partition("/")[2] or entry.filename for entry in entries)


def holds_graph(names: Iterable[str]) -> bool:
    """Whether an archive with these names is a program of ``torch.export``."""
    return any("models/" in name or name == OLDER_GRAPH for name in names)


def opened(name: str, path: Path) -> bytes:
    """The first four bytes of a file.

    Raises:
        MeasureError: It is not there, is no file, is empty, or cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise MeasureError(f"{called(name)} is not there: export it first", f"looked for {path}") from None
    except IsADirectoryError:
        raise MeasureError(f"{called(name)} is no file", f"looked at {path}") from None
    except OSError as error:
        raise MeasureError(f"{called(name)} cannot be read: {error.strerror or error}") from None
    if not head:
        raise MeasureError(f"{called(name)} is empty")
    return head


def loaded(name: str, load: Callable[[], T]) -> T:
    """What a file holds; whatever torch raises for it is told in one line.

    Raises:
        MeasureError: torch cannot read the file.
    """
    try:
        with warnings.catch_warnings():
            # What torch says of its own formats and functions is not the user's to mend.
            warnings.simplefilter("ignore")
            return load()
    except MeasureError:
        raise
    except Exception as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise MeasureError(
            f"{called(name)} cannot be read by torch: it is damaged, or of another version", f"raised    {said}"
        ) from error


def pickled(name: str) -> MeasureError:
    """The refusal of what ``torch.save`` wrote."""
    return MeasureError(f"{called(name)} is a pickle, as torch.save writes it", *_WAY_OUT)
