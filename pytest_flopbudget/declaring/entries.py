"""The models of a table by their names: those that are written, and those that templates stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.declaring.finding import few, nearest_or_all
from pytest_flopbudget.declaring.keys import EACH, EXTENDS, NAME, TABLE
from pytest_flopbudget.declaring.layers import Layer
from pytest_flopbudget.declaring.spots import Spot, bare_or_quoted
from pytest_flopbudget.declaring.templates import Filler, Values, keys_in
from pytest_flopbudget.declaring.unknown import unquoted_models
from pytest_flopbudget.errors import shown


@dataclass(frozen=True, slots=True)
class Entry:
    """A model: its name, its keys, and where they stand; a template's models all stand where it does."""

    name: str
    table: Mapping[str, object]
    spot: Spot


@dataclass(frozen=True, slots=True)
class Entries:
    """All models by their names, in the file's order; ``sound`` where every name is known."""

    by_name: Mapping[str, Entry]
    sound: bool


def entries(written: Mapping[str, object], spot: Spot) -> Entries:
    """The models of a table; mistakes in their names, and in what templates are filled with, are noted."""
    found: dict[str, Entry] = {}
    sound = True
    for name, table in written.items():
        read = _entries(name, table, spot / name)
        sound = sound and read is not None
        for entry in read or ():
            if entry.name in found:
                _note_twice(entry, found[entry.name])
            found.setdefault(entry.name, entry)
    return Entries(found, sound)


def chain(name: str, layers: Mapping[str, Layer], *, sound: bool, noun: str = "model") -> list[Layer] | None:
    """The own layer of a model or target and those that it extends, the nearest first.

    Args:
        name: Its name.
        layers: The own layers of all.
        sound: Whether a name that is not among them is unknown.
        noun: What it is, in a mistake.

    Returns:
        None where one of them is unknown or the way goes in a circle, which is noted.
    """
    way = [name]
    while EXTENDS.name in layers[way[-1]].written:
        base = layers[way[-1]].get(EXTENDS)
        if base is None:
            # What it was to take over is not known, and so not missing.
            return None
        spot = layers[way[-1]].spot / EXTENDS.name
        if base in way:
            spot.wrong(f"extends goes in a circle: {', '.join((way[-1], *way[way.index(base) :]))}")
            return None
        if base not in layers:
            _note_unknown(base, layers, spot, sound=sound, noun=noun)
            return None
        way.append(base)
    return [layers[each] for each in way]


def _note_unknown(base: str, layers: Mapping[str, Layer], spot: Spot, *, sound: bool, noun: str) -> None:
    """Note what is extended and not declared; what looks like a model is told what it is."""
    model = base.partition("::")[0]
    of_template = [name for name, layer in layers.items() if layer.spot.path[-1] == base]
    if of_template:
        spot.wrong(f"{base!r} is a template: write one of its models, {few(of_template)}")
    elif model in layers and model != base:
        spot.wrong(f"{base!r} is a point, and a model is extended whole: write {model!r}")
    elif sound:
        spot.wrong(f"no {noun} {base!r} is declared{nearest_or_all(base, list(layers))}")


def _entries(name: str, written: object, spot: Spot) -> list[Entry] | None:
    if "{" not in name and NAME.kind.read(name, spot) is None:
        return None
    if not isinstance(written, dict):
        header = f"[tool.{TABLE}.models.{bare_or_quoted(name)}]"
        spot.wrong(f"{shown(written)} stands where a table was expected, as in {header}")
        return None
    unquoted = unquoted_models(written)
    for path in unquoted:
        whole = ".".join((name, *path))
        spot.down(*path).wrong(f'a name with a dot must be quoted: [tool.{TABLE}.models."{whole}"]')
    own = {key: value for key, value in written.items() if key not in {path[0] for path in unquoted}}
    if unquoted and not own:
        return None
    if EACH.name in own:
        values = EACH.kind.read(own.pop(EACH.name), spot / EACH.name)
        return None if values is None else _checked(list(_filled(name, own, values, spot)), values, name, spot)
    if keys_in(name):
        key = keys_in(name)[0]
        spot.wrong(f"no values for {{{key}}} in the name: write each = {{ {key} = ['a', 'b'] }}")
        return None
    return None if NAME.kind.read(name, spot) is None else [Entry(name, own, spot)]


def _filled(name: str, own: Mapping[str, object], each: Sequence[Values], spot: Spot) -> Iterator[Entry]:
    for values in each:
        filler = Filler(values)
        filled, table = filler.fill_text(name, spot), filler.fill_table(own, spot)
        if filler.sound and NAME.kind.read(filled, spot) is not None:
            yield Entry(filled, table, spot)


def _checked(found: list[Entry], each: Sequence[Values], name: str, spot: Spot) -> list[Entry] | None:
    """The models of a template, if all have names of their own."""
    if len(found) < len(each):
        return None
    missing = [f"{{{key}}}" for key in each[0] if key not in keys_in(name)]
    if len({entry.name for entry in found}) < len(found) and missing:
        spot.wrong(f"each stands for {len(found)} models, and they share names: write {' or '.join(missing)} into it")
        return None
    return found


def _note_twice(entry: Entry, other: Entry) -> None:
    if other.spot == entry.spot:
        entry.spot.wrong(f"two models of it have the name {entry.name!r}")
    else:
        where = other.spot.place.beside(entry.spot.place)
        entry.spot.wrong(f"two models have the name {entry.name!r}; the other is {where}")
