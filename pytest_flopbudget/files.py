"""Whether a path leads to a file: asked of what people write, which no system may have as a path."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def is_file(path: Path) -> bool:
    """Whether a path leads to a file; one that is too long, or that may not be looked at, leads to none."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; likewise."""
    try:
        return path.is_dir()
    except OSError:
        return False


def beside(path: Path) -> list[str]:
    """The names of the files in the folder of a path, which may itself lead nowhere; none where there is no folder."""
    return [each.name for each in path.parent.iterdir() if each.is_file()] if is_folder(path.parent) else []


def matching(folder: Path, pattern: str) -> Iterable[Path]:
    """What a pattern matches in a folder, sorted; nothing where it is no pattern."""
    try:
        return sorted(folder.glob(pattern))
    except (OSError, ValueError, NotImplementedError):
        return ()
