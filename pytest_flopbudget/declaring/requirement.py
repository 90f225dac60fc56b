"""``requires``: which versions of this plugin a table is written for.

What it needs is imported where it is needed: few tables have the key, and both imports are slow.
"""

from __future__ import annotations

from pytest_flopbudget.declaring.keys import TABLE
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import shown


def is_satisfied(written: str, spot: Spot) -> bool:
    """Whether the installed version is one of those required; a plugin too old or too new is noted.

    A malformed text is noted and satisfied: the rest of the table can still be read. So is everything in a
    checkout that is not installed, since it has no version.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        versions = SpecifierSet(written)
    except InvalidSpecifier:
        spot.wrong(f"{shown(written)} is no version requirement: write it as in '>=0.1'")
        return True
    installed = installed_version()
    if installed is None or versions.contains(installed, prereleases=True):
        return True
    spot.wrong(f"the table is written for {TABLE} {written}, and {installed} is installed")
    return False


def installed_version() -> str | None:
    """The version of this plugin; None where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(TABLE)
    except PackageNotFoundError:
        return None
