"""What is fuzzed: readers of what others have written. Each is read, or refused with our own error, and nothing else.

A target is a function of bytes that raises for what must not happen. Nothing here imports torch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.metrics import METRICS, unknown_of
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.inputs import bind, dimensions, parse_inputs
from pytest_flopbudget.declaring.root import read_past_root, read_root, read_unlimited
from pytest_flopbudget.errors import (
    FlopBudgetError,
    InputError,
    LockError,
    Mistake,
    Place,
    QuantityError,
    RevisionError,
    TableError,
)
from pytest_flopbudget.quantities import (
    format_exact,
    format_quantity,
    parse_growth,
    parse_quantity,
    parse_rate,
    write_exact,
)
from pytest_flopbudget.quantities.units import UNITS
from pytest_flopbudget.report.json_report import json_report
from pytest_flopbudget.report.past_report import past_report
from pytest_flopbudget.report.reading import read_report
from pytest_flopbudget.report.results import Reached, results
from pytest_flopbudget.store import revisions
from pytest_flopbudget.store.kept import read_kept
from pytest_flopbudget.store.locks import as_text, parse_lock
from pytest_flopbudget.trace.artifacts.tflite import NotReadError, read_tflite

Target = Callable[[bytes], None]

INCLUDING = '[tool.pytest-flopbudget]\nlock = "a.lock.json"\ninclude = ["vision.toml"]\n'
_FOLDER = tempfile.TemporaryDirectory(prefix="fuzzed")
_PATH = Path(_FOLDER.name)


def quantity(data: bytes) -> None:
    """Numbers of every unit, rates and growths; what was read prints, and what is printed exactly reads back."""
    text = _text(data)
    for unit in UNITS:
        with suppress(QuantityError):
            read = parse_quantity(text, unit)
            assert read.value >= 0
            assert read.step >= 1
            format_quantity(read.value, unit)
            if not UNITS[unit].needs_unit or unit == "B":
                assert parse_quantity(write_exact(read.value, unit), unit).value == read.value
        with suppress(QuantityError):
            parse_rate(text, unit)
        with suppress(QuantityError):
            assert parse_growth(text, unit).allowed(7) >= 7


def inputs(data: bytes) -> None:
    """The input grammar; every input that is read can be bound."""
    with suppress(InputError):
        read = parse_inputs(_text(data))
        bound = bind(read, dict.fromkeys(dimensions(read), 3))
        assert dimensions(bound) == ()


def table(data: bytes) -> None:
    """A project's file."""
    path = _PATH / "pyproject.toml"
    path.write_bytes(data)
    placed(lambda: read_root(path), data, {path.name})


def own_file(data: bytes) -> None:
    """A file of ours alone, as commands read it that write into it."""
    path = _PATH / "own" / "flopbudget.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    placed(lambda: read_unlimited(path), data, {path.name})


def included(data: bytes) -> None:
    """A file that a table includes, as it was at a revision."""
    path = _PATH / "vision.toml"
    path.touch()
    text = _text(data)
    files = {"pyproject.toml", path.name}
    most = INCLUDING.encode() + data
    root = path.with_name("pyproject.toml")
    placed(lambda: read_past_root(INCLUDING, root, root.name, lambda *_: text), most, files)


def placed(read: Callable[[], Table | None], data: bytes, files: set[str]) -> None:
    """Read a table; each of its mistakes is one line that says where it is."""
    mistakes: Sequence[Mistake] = ()
    cases: Sequence[Case] = ()
    try:
        cases = found.cases if (found := read()) else ()
    except TableError as error:
        mistakes = error.mistakes or (Mistake(Place("", 0), "", "none is told"),)
    for each in mistakes:
        assert each.place.path in files
        assert 1 <= each.place.line <= 1 + data.count(b"\n"), each
        assert each.text
        assert "\n" not in str(each)
    assert len({case.id for case in cases}) == len(cases)


def lock(data: bytes) -> None:
    """A lock; what is read is written so that it reads the same."""
    with suppress(LockError):
        read = parse_lock(_text(data), "a.lock.json")
        assert parse_lock(as_text(read), "a.lock.json") == read


def kept(data: bytes) -> None:
    """A file that may be a lock or a report."""
    path = _PATH / "kept.json"
    path.write_bytes(data)
    with suppress(LockError):
        text, is_report = read_kept(path, path.name)
        past_report(text, path.name) if is_report else parse_lock(text, path.name)


def report(data: bytes) -> None:
    """A JSON report as an earlier state; what is read is written so that it reads the same."""
    text = _text(data)
    with suppress(FlopBudgetError):
        read_report(text, "old.json")
    with suppress(LockError):
        read = past_report(text, "old.json")
        again = json_report(results(Reached(of_table, verdict) for of_table, verdict in read.verdicts))
        assert sorted(map(str, past_report(again, "old.json").verdicts)) == sorted(map(str, read.verdicts))


def tflite(data: bytes) -> None:
    """A built file; of what is read, every metric can be told."""
    with suppress(NotReadError):
        tell(read_tflite(data))


def tell(measurement: Measurement) -> None:
    """Every metric of a measurement as its reports print it."""
    for name, metric in METRICS.items():
        if not unknown_of(measurement, name):
            value = metric.value(measurement, AS_IT_IS)
            assert format_exact(value)
            assert format_quantity(value, metric.unit)


def revision(data: bytes) -> None:
    """The name of a revision: what reaches git is no option, no range and no path."""
    called: list[tuple[str, ...]] = []

    def git(_: Path, *arguments: str) -> bytes:
        called.append(arguments)
        return b"0" * 40

    with patch.object(revisions, "git", git), suppress(RevisionError):
        revisions.find_revision(_text(data), _PATH)
        ((*fixed, name),) = called
        assert fixed == ["rev-parse", "--verify", "--quiet", "--end-of-options"]
        assert name.endswith("^{commit}")
        assert not name.startswith("-")
        assert not set(name) & set(" \t\r\n\0:*?[\\")
        assert ".." not in name


def _text(data: bytes) -> str:
    """Lone surrogates too: a command line may bring them."""
    return data.decode("utf-8", "surrogateescape")


TARGETS: dict[str, Target] = {
    each.__name__: each for each in (quantity, inputs, table, own_file, included, lock, kept, report, tflite, revision)
}
