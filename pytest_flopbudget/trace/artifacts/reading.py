"""Reading a built file, by the ending of its name."""

from __future__ import annotations

from pathlib import Path

from pytest_flopbudget.counting.artifact import Artifact
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.errors import MeasureError

_TFLITE = ".tflite"


def size_of(name: str, path: Path) -> int:
    """The size of a built file, in bytes.

    Args:
        name: Its path as the declaration writes it.
        path: Where that is.

    Raises:
        MeasureError: It is not there, or is no file.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise MeasureError(f"artifact {name!r} is not there: build it first", f"looked for {path}") from None
    except OSError as error:
        raise MeasureError(f"artifact {name!r} cannot be read: {error.strerror or error}") from None
    if not path.is_file():
        raise MeasureError(f"artifact {name!r} is no file", f"looked at {path}")
    return size


def read_artifact(name: str, path: Path) -> Artifact:
    """A built file: its size, and of a ``.tflite`` file what it computes.

    Args:
        name: Its path as the declaration writes it.
        path: Where that is.

    Raises:
        MeasureError: It is not there, is damaged or is of another kind, or the package that reads it is not installed.
    """
    size = size_of(name, path)
    if path.suffix.lower() != _TFLITE:
        return Artifact(name, size)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MeasureError(f"artifact {name!r} cannot be read: {error.strerror or error}") from None
    return Artifact(name, size, _of_tflite(name, data))


def _of_tflite(name: str, data: bytes) -> Measurement:
    try:
        from pytest_flopbudget.trace.artifacts.tflite import NotReadError, read_tflite
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "flatbuffers":
            raise
        raise MeasureError(
            f"artifact {name!r} needs a package that is not installed: pip install 'pytest-flopbudget[tflite]'"
        ) from None
    try:
        return read_tflite(data)
    except NotReadError as error:
        raise MeasureError(f"artifact {name!r} {error}") from error
