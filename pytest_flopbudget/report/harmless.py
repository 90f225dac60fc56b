"""What users named, shown where it could do something: on a terminal, and in the log of a job."""

from __future__ import annotations

import unicodedata

# Without these joiners, some scripts cannot be read.
_KEPT = frozenset("\u200c\u200d")


def visible(text: str) -> str:
    r"""A text on one line of which every character is seen: ``\x1b``, ``\n`` and marks of direction are written out.

    Letters of every script stay as they are; a space of any width is a plain one.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def harmless(line: str) -> str:
    r"""A visible line that a job of GitHub Actions does not take for a command of its own.

    Such a command is a line that begins with ``::``, after blanks or none, and ``##[`` anywhere in one.
    """
    text = visible(line).replace("##[", r"##\[")
    begin = len(text) - len(text.lstrip())
    return rf"{text[:begin]}\{text[begin:]}" if text.startswith("::", begin) else text


def _shown(character: str) -> str:
    if character.isprintable() or character in _KEPT:
        return character
    is_space = unicodedata.category(character) == "Zs"
    return " " if is_space else character.encode("unicode_escape").decode("ascii")
