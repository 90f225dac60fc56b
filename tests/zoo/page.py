"""docs/zoo.md: what came of every model, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from results import Result

_SLOWEST = 5
_EXECUTED = "executed, since it cannot be counted on shapes: "
_HEAD = """\
# The zoo

Models of torchvision, timm and transformers, built without weights and counted as declared models are, by `make zoo`.
It is no part of `make test`.

- *on shapes*: counted without executing anything. *Executed*: the forward takes its way by values of activations.
- *worst case*: those of the executed ones that `data_dependent = "worst"` counts on shapes.
- *equal*: of the models whose publisher prints a count, those whose MACs round to its digits; where a model has a
  worst case, that is compared."""


@dataclass(frozen=True, slots=True)
class Row:
    """A model on the page.

    Args:
        name: What its library calls it.
        result: What came of it as it is declared.
        worst: What came of its worst case; None where it has none.
        published: GMACs as its publisher prints them.
        note: What the set says of it.
    """

    name: str
    result: Result
    worst: Result | None = None
    published: str | None = None
    note: str = ""

    @property
    def results(self) -> tuple[Result, ...]:
        """One measurement or two."""
        return (self.result,) if self.worst is None else (self.result, self.worst)

    @property
    def failed(self) -> bool:
        """Whether any failed."""
        return any(result.error for result in self.results)

    @property
    def equal(self) -> bool | None:
        """Whether the count is the published one; None where none is published, or none was counted."""
        compared = self.worst or self.result
        return None if self.published is None or compared.error else rounds_to(compared.macs, self.published)


def rounds_to(macs: int, published: str) -> bool:
    """Whether a count in MACs rounds to a number of GMACs, as ``"4.089"``, in either way of rounding a half."""
    digits = Decimal(published)
    exact = Decimal(macs) / 10**9
    return digits in {exact.quantize(digits, rounding) for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN)}


def page(sets: Mapping[str, Sequence[Row]], versions: Mapping[str, str]) -> str:
    """The page.

    Args:
        sets: The models of each set.
        versions: The libraries that they were measured with.
    """
    at = "Measured with " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "."
    heads = "| set | models | on shapes | worst case | executed | failed | with uncounted operators | equal |"
    counts = [heads, "|---|--:|--:|--:|--:|--:|--:|--:|", *(_counts(name, rows) for name, rows in sets.items() if rows)]
    sections = [_HEAD, at, "\n".join(counts)]
    for name, rows in sets.items():
        if rows:
            sections += [f"## {name}", _slowest(rows), *_told(rows)]
    return "\n\n".join(sections) + "\n"


def _counts(name: str, rows: Sequence[Row]) -> str:
    compared = [row.equal for row in rows if row.equal is not None]
    cells: tuple[object, ...] = (
        len(rows),
        sum(row.result.traced == "shapes" for row in rows),
        sum(row.worst is not None and not row.worst.error for row in rows),
        sum(row.result.traced == "executed" for row in rows),
        sum(row.failed for row in rows),
        sum(any(result.uncounted for result in row.results) for row in rows),
        f"{sum(compared)} of {len(compared)}" if compared else "none published",
    )
    return f"| {name} | {' | '.join(map(str, cells))} |"


def _slowest(rows: Sequence[Row]) -> str:
    timed = sorted((result for row in rows for result in row.results), key=lambda result: -result.seconds)[:_SLOWEST]
    told = (f"{_name(result)} {result.seconds:.1f} s ({_way(result)})" for result in timed)
    return f"Slowest: {', '.join(told)}."


def _told(rows: Sequence[Row]) -> list[str]:
    results = [result for row in rows for result in row.results]
    lists = {
        "Failed": [f"{_name(result)}: {_first(result.error)}" for result in results if result.error],
        "With uncounted operators": [
            f"{_name(result)}: {', '.join(f'`{operator}`' for operator in result.uncounted)}"
            for result in results
            if result.uncounted
        ],
        "Executed": [f"{row.name}: {_why(row)}" for row in rows if row.result.traced == "executed"],
        "Otherwise than published": [
            f"{row.name}: {_gmacs(row.worst or row.result)} GMACs, published {row.published}. {row.note}".rstrip()
            for row in rows
            if row.equal is False
        ],
        "Notes": [f"{row.name}: {row.note}" for row in rows if row.note and row.equal is not False],
    }
    return [f"### {title}\n\n{_bullets(lines)}" for title, lines in lists.items() if lines]


def _why(row: Row) -> str:
    because = "; ".join(_first(note).removeprefix(_EXECUTED) for note in row.result.notes)
    worst = "" if row.worst is None or row.worst.error else f", {_gmacs(row.worst)} in the worst case"
    return f"{_gmacs(row.result)} GMACs{worst}: {because}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _name(result: Result) -> str:
    return f"{result.job.name} in the worst case" if result.job.worst else result.job.name


def _way(result: Result) -> str:
    return "failed" if result.error else result.traced


def _gmacs(result: Result) -> str:
    return f"{result.macs / 10**9:.3f}"


def _first(text: str) -> str:
    return text.partition("\n")[0]
