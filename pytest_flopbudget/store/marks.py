"""A part of a file between two marks."""

from __future__ import annotations

from pytest_flopbudget.errors import FlopBudgetError


def marks(name: str, *, is_latex: bool) -> tuple[str, str]:
    """The lines before and behind a part, as comments of the file's language."""
    first, last = f"flopbudget: {name}", f"/flopbudget: {name}"
    return (f"% {first}", f"% {last}") if is_latex else (f"<!-- {first} -->", f"<!-- {last} -->")


def between(text: str, name: str, part: str, called: str) -> str:
    """A text with a part of it replaced; all else is as it was.

    Args:
        text: The file's text.
        name: The part's name, which its marks say.
        part: What is to stand between the marks, its lines ended by a line feed.
        called: The file as an error shows it; ``.tex`` is LaTeX.

    Raises:
        FlopBudgetError: The text has not each of the marks once, in their order.
    """
    first, last = marks(name, is_latex=called.casefold().endswith(".tex"))
    lines = text.splitlines(keepends=True)
    stripped = [line.strip() for line in lines]
    if stripped.count(first) != 1 or stripped.count(last) != 1 or stripped.index(first) > stripped.index(last):
        raise FlopBudgetError(f"{called}: write {first} and {last} once, on lines of their own, where the table goes")
    newline = "\r\n" if lines[stripped.index(first)].endswith("\r\n") else "\n"
    head, tail = lines[: stripped.index(first) + 1], lines[stripped.index(last) :]
    return "".join([*head, part.replace("\n", newline), *tail])
