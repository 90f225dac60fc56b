"""Reading a file as it is, and writing it whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pytest_flopbudget.errors import FlopBudgetError


def text_of(path: Path, called: str) -> str:
    """A file's text with its line ends and its byte order mark, as they are.

    Raises:
        FlopBudgetError: It cannot be read, or is no UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FlopBudgetError(f"{called} cannot be read: {getattr(error, 'strerror', None) or error}") from None


class TogetherError(OSError):
    """One of several files could not be written.

    Args:
        error: Why.
        path: The file.
        changed: Those that have their new contents nevertheless; all others are what they were.
    """

    def __init__(self, error: OSError, path: Path, changed: Sequence[Path] = ()) -> None:
        super().__init__(error.errno, error.strerror or str(error))
        self.path = path
        self.changed = tuple(changed)


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write a file whole: whoever reads it finds what it was, or all that it is to be, and never a part.

    A device or a pipe is written to as it is: a file in its place would be no device any more.

    Args:
        path: The file; of a link, what that leads to. Its mode is kept.
        text: Its new contents, a text as UTF-8; line ends stay as they are on every system.

    Raises:
        OSError: It cannot be written; it is what it was then.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(_bytes(text))
        return
    with _beside(path, text) as (target, ready):
        ready.replace(target)


def write_together(texts: Mapping[Path, str | bytes]) -> None:
    """Write several files whole, all of them or none: each is made beside its place before the first takes that.

    Raises:
        TogetherError: One cannot be written; those that took their places have their old contents again, where that
            can be.
    """
    with ExitStack() as stack:
        ready: dict[Path, tuple[Path, Path]] = {}
        before: dict[Path, bytes | None] = {}
        for path, text in texts.items():
            with _naming(path):
                before[path] = path.read_bytes() if path.exists() else None
                ready[path] = stack.enter_context(_beside(path, text))
        placed: list[Path] = []
        try:
            for path, (target, new) in ready.items():
                with _naming(path):
                    new.replace(target)
                placed.append(path)
        except BaseException as error:
            changed = [path for path in placed if not _put_back(path, before[path])]
            if isinstance(error, TogetherError):
                raise TogetherError(error, error.path, changed) from error
            raise


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TogetherError(error, path) from error


def _put_back(path: Path, before: bytes | None) -> bool:
    try:
        if before is None:
            path.unlink()
        else:
            write_atomically(path, before)
    except OSError:
        return False
    return True


@contextmanager
def _beside(path: Path, text: str | bytes) -> Iterator[tuple[Path, Path]]:
    """The file that a path leads to, and the new one that is to replace it, which is gone in the end in any case."""
    target = Path(os.path.realpath(path))
    # Beside the file: only within one file system is a replacement one step.
    beside = target.with_name(f".flopbudget-{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(_bytes(text))
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        yield target, beside
    finally:
        beside.unlink(missing_ok=True)


def _bytes(text: str | bytes) -> bytes:
    return text.encode("utf-8") if isinstance(text, str) else text
