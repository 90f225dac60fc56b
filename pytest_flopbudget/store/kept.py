"""A file that was kept for comparing: which kind it is."""

from __future__ import annotations

import json
from pathlib import Path

from pytest_flopbudget.errors import LockError


def read_kept(path: Path, called: str) -> tuple[str, bool]:
    """The text of a lock or a JSON report, and whether it is a report: the cases of that are a list.

    Raises:
        LockError: It cannot be read, or is no JSON at all.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LockError(f"{called}: it cannot be read: {' '.join(str(error).split())}") from None
    try:
        data: object = json.loads(text)
    except (ValueError, RecursionError):
        if not text.lstrip().startswith("{"):
            raise LockError(f"{called}: it is neither a lock nor a JSON report") from None
        # What is damaged is told by those who read it.
        return text, False
    return text, isinstance(data, dict) and isinstance(data.get("cases"), list)
