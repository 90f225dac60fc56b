"""The number of the counting conventions."""

from __future__ import annotations

from typing import Final

CONVENTIONS: Final = 1
"""One more whenever a formula gives another number, so that numbers of two conventions are never compared."""
