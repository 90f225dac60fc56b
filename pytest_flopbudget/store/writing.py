"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path


def write_atomically(path: Path, text: str | bytes) -> None:
    """Write a file whole: whoever reads it finds what it was, or all that it is to be, and never a part.

    Args:
        path: The file; of a link, what that leads to. Its mode is kept.
        text: Its new contents, a text as UTF-8; line ends stay as they are on every system.

    Raises:
        OSError: It cannot be written; it is what it was then.
    """
    target = Path(os.path.realpath(path))
    # Beside the file: only within one file system is a replacement one step.
    beside = target.with_name(f".flopbudget-{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(text.encode("utf-8") if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
