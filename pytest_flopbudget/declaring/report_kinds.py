"""The kind of value of ``report``: files, each in a form that its suffix tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.kinds import Text
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import did_you_mean, shown

SUFFIXES: Final = (".json", ".md", ".html")


@dataclass(frozen=True, slots=True)
class ReportPaths:
    """A file, or a list of files."""

    def read(self, written: object, spot: Spot) -> tuple[str, ...] | None:
        """The files as they are written, or None and a mistake noted at the spot."""
        several = written if isinstance(written, list) else [written]
        spots = [spot / index for index in range(len(several))] if isinstance(written, list) else [spot]
        read = [_read(each, at) for each, at in zip(several, spots, strict=True)]
        return tuple(each for each in read if each is not None)

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        file = {"type": "string", "pattern": rf"[^/\\]({'|'.join(map(schemas.any_case, SUFFIXES))})$"}
        return {"anyOf": [file, schemas.listed(file)]}


def _read(written: object, spot: Spot) -> str | None:
    path = Text().read(written, spot)
    if path is None:
        return None
    why = unknown_suffix(path)
    if why:
        spot.wrong(why)
        return None
    return path


def unknown_suffix(written: str) -> str:
    """Why a file's name tells no form of a report; empty where it does."""
    suffix = Path(written).suffix.casefold()
    if suffix in SUFFIXES:
        return ""
    return f"{shown(written)} ends in none of {', '.join(SUFFIXES)}{did_you_mean(suffix, SUFFIXES)}"
