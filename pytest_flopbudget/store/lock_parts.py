"""Parts of a JSON file, each with its path, so that what is wrong with one says where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from pytest_flopbudget.errors import LockError, shown

Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class Part:
    """A value in a file.

    Args:
        value: As JSON has it.
        before: What a mistake begins with.
        after: What it ends with: the way out.
        path: The keys that lead to it.
    """

    value: object
    before: str
    after: str
    path: tuple[str, ...] = ()

    def has(self, key: str) -> bool:
        """Whether it is an object with a key."""
        return isinstance(self.value, dict) and key in self.value

    def part(self, key: str) -> Part:
        """What stands at a key.

        Raises:
            LockError: It is no object, or has no such key.
        """
        parts = self.parts()
        if key not in parts:
            raise self._wrong(f"there is no {key!r}")
        return parts[key]

    def parts(self) -> dict[str, Part]:
        """What an object holds.

        Raises:
            LockError: It is none.
        """
        if not isinstance(self.value, dict):
            raise self._wrong(f"{shown(self.value)} is no object")
        return {key: Part(value, self.before, self.after, (*self.path, str(key))) for key, value in self.value.items()}

    def number(self) -> int:
        """A whole number from 0 up.

        Raises:
            LockError: It is none.
        """
        if isinstance(self.value, int) and not isinstance(self.value, bool) and self.value >= 0:
            return self.value
        raise self._wrong(f"{shown(self.value)} is no whole number from 0 up")

    def text(self, key: str, default: str) -> str:
        """The text at a key; the default where there is no such key.

        Raises:
            LockError: What stands there is no text.
        """
        if not self.has(key):
            return default
        part = self.part(key)
        if isinstance(part.value, str):
            return part.value
        raise part._wrong(f"{shown(part.value)} is no text")

    def word(self, key: str, words: tuple[Word, ...]) -> Word:
        """One of some words at a key; the first where there is no such key.

        Raises:
            LockError: What stands there is none of them.
        """
        written = self.text(key, words[0])
        found = next((word for word in words if word == written), None)
        if found is None:
            raise self.part(key)._wrong(f"{shown(written)} is none of {', '.join(map(repr, words))}")
        return found

    def _wrong(self, text: str) -> LockError:
        where = "".join(f"[{shown(key)}]" for key in self.path)
        return LockError(f"{self.before}{where}{': ' if where else ''}{text}{self.after}")
