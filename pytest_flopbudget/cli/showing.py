"""What the command prints: tables and text for people, JSON for programs, progress while it works."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, redirect_stdout
from typing import TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from pytest_flopbudget.report.harmless import visible
from pytest_flopbudget.report.text import WIDTH, shortened

T = TypeVar("T")

_GAP = 2
_LEAST = 12
_NO_EDGE = 100_000


class _Output(Console):
    """The output, whose reader may stop: how the command ends then is not for rich to say."""

    def on_broken_pipe(self) -> None:
        """Raise what was raised."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console() -> Console:
    """The output: coloured on a terminal unless ``NO_COLOR`` is set, plain where it is piped."""
    # What is piped is for another program, which no edge of a terminal should cut; unless a width is asked for.
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal() else _NO_EDGE
    return _Output(width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)


def width() -> int:
    """How many columns the output has; of one without an edge, as many as a terminal has."""
    columns = console().width
    return WIDTH if columns == _NO_EDGE else columns


def safe(text: str) -> str:
    """A text of some lines, in each of which every character is seen: names may have anything in them."""
    return "\n".join(map(visible, text.split("\n")))


def show(text: str = "", style: str = "") -> None:
    """Print a text, as it is; a line that is too long is left whole."""
    console().print(Text(safe(text), style), soft_wrap=True)


def show_json(data: object) -> None:
    """Print data as JSON, every integer exact."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def show_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], styles: Sequence[str] = (), texts: Collection[int] = (0,)
) -> None:
    """Print rows below headings.

    Args:
        headings: The columns' names; the first column is cut in its middle where there is no room for it.
        rows: The cells of each row.
        styles: The style of each row, such as ``"red"``; none where there are fewer.
        texts: Which columns begin on the left; the others are numbers.
    """
    on = console()
    told = [tuple(headings), *(tuple(map(visible, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*told, strict=True)]
    room = max(_LEAST, on.width - sum(widths[1:]) - _GAP * (len(widths) - 1))
    told = [(shortened(first, room), *others) for first, *others in told]
    if on.is_terminal:
        on.print(_drawn(told, styles, texts))
        return
    widths[0] = min(widths[0], room)
    for row in told:
        cells = zip(row, widths, strict=True)
        line = (" " * _GAP).join(
            cell.ljust(size) if index in texts else cell.rjust(size) for index, (cell, size) in enumerate(cells)
        )
        sys.stdout.write(line.rstrip() + "\n")


def _drawn(rows: Sequence[tuple[str, ...]], styles: Sequence[str], texts: Collection[int]) -> Table:
    """Rows as a terminal has them: the headings apart, each row in its style."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, _GAP - 1, 0, 0))
    for index, heading in enumerate(rows[0]):
        table.add_column(Text(heading), justify="left" if index in texts else "right", no_wrap=True)
    for index, row in enumerate(rows[1:]):
        table.add_row(*map(Text, row), style=styles[index] if index < len(styles) else "")
    return table


def aside() -> AbstractContextManager[object]:
    """While a model's own code runs, what it prints goes to the error output: the output is the command's."""
    return redirect_stdout(sys.stderr)


def with_progress(items: Sequence[T], what: str) -> Iterator[T]:
    """The items one by one, and on a terminal how far they are, with an estimate of the time that is left."""
    on = Console(stderr=True)
    if not on.is_terminal:
        # The rich of old ends even a bar that it does not show with an empty line.
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=on, transient=True) as progress:
        yield from progress.track(items, description=what)
