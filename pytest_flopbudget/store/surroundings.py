"""What the surroundings of a run say of it."""

from __future__ import annotations

import os

_NO = ("", "0", "false", "no", "off")


def under_ci() -> bool:
    """Whether this is a job of continuous integration, as its services say."""
    return os.environ.get("CI", "").lower() not in _NO
