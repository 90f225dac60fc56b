"""The error family, and the place in a file that an error points at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

_SHOWN = 80


def shown(value: object) -> str:
    """A written value as an error shows it: text quoted, booleans as TOML writes them, tables by their kind."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int) and value.bit_length() > 4 * _SHOWN:
        return "a number of hundreds of digits"
    text = repr(value) if isinstance(value, str) else " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The choice whose spelling is nearest to a word; None where none is near."""
    from difflib import get_close_matches

    by_folded = {choice.casefold(): choice for choice in choices}
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the nearest choice; empty where none is near."""
    found = nearest(word, choices)
    return f"; did you mean {found!r}?" if found else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: a path as the user should read it, and a line counted from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"

    def beside(self, other: Place) -> str:
        """Where it is for who reads of another place: ``"on line 12"`` of the same file, or ``"at nets.toml:12"``."""
        return f"on line {self.line}" if self.path == other.path else f"at {self}"


class FlopBudgetError(Exception):
    """A case, a table or a formula cannot be used: something to mend, not a limit exceeded."""

    __module__ = "pytest_flopbudget"


class FlopBudgetExceeded(AssertionError):
    """A count is over its limit, or differs from the number it must equal."""

    __module__ = "pytest_flopbudget"


class FlopBudgetWarning(UserWarning):
    """A verdict that the declaration asked to be told and not to fail."""

    __module__ = "pytest_flopbudget"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a table: where, which key (dotted, below the table's root), and what is wrong."""

    place: Place
    key: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.key}: {self.text}" if self.key else f"{self.place}: {self.text}"


class TableError(FlopBudgetError):
    """A table with mistakes; all of them, in the file's order."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: (mistake.place.path, mistake.place.line)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class AskedError(FlopBudgetError):
    """A mark or a call asks for what cannot be.

    Each line of the message is a mistake with its place, ``tests/test_net.py:12: flop_budget: mac: unknown key``.
    """

    @property
    def headline(self) -> str:
        """The first mistake without its place, for a summary that names the test already."""
        first = str(self).partition("\n")[0]
        return first.partition(": ")[2] or first


class LockError(FlopBudgetError):
    """A lock cannot be read or written; the message is one line, and names its file."""


class QuantityError(FlopBudgetError):
    """A text is no quantity of the unit that was expected."""


class InputError(FlopBudgetError):
    """Inputs are not of the grammar ``[dtype:]dims[ = fill]``.

    ``mistakes`` holds all of them, each with its path in what was written.
    """

    def __init__(self, *mistakes: tuple[tuple[str | int, ...], str]) -> None:
        self.mistakes = mistakes
        super().__init__("; ".join(text for _, text in mistakes))


class FormulaError(FlopBudgetError):
    """A formula is marked wrongly, stands twice, or fails on a call."""


class MeasureError(FlopBudgetError):
    """A case cannot be measured: its factory, its inputs, or the model's own code failed.

    ``headline`` is the one line for a summary; the message is the headline and what explains it.
    """

    def __init__(self, headline: str, *details: str) -> None:
        self.headline = headline
        self.details = details
        super().__init__("\n".join((headline, *details)))

    def with_details(self, *details: str) -> Self:
        """The same error with more to explain it."""
        return type(self)(self.headline, *self.details, *details)


class RevisionError(FlopBudgetError):
    """A revision cannot be read: it is no name of one, or this clone does not have it."""


class RunError(MeasureError):
    """The model cannot run at the declared inputs."""
