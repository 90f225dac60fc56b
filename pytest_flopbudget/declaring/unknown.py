"""Keys that no table knows: what was meant, as far as it can be told."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.inputs import DIMENSION
from pytest_flopbudget.declaring.keys import KEYS, TABLE, Where, names_in
from pytest_flopbudget.declaring.spots import bare_or_quoted
from pytest_flopbudget.errors import nearest

_HERE: Mapping[Where, str] = {
    "root": f"[tool.{TABLE}]",
    "defaults": "the defaults",
    "model": "a model",
    "point": "a point",
    "asked": "a mark or a call",
    "target": "a target",
    "bundle": "a bundle",
    "table": "a table of costs",
}
# A lower-case key as short as this was meant for a dimension.
_SHORT = 2
_KINDS: tuple[Where, ...] = ("target", "bundle")
_OF_A_MODEL = {"factory", "input", "input_factory", "at", "each", "extends", "modules", *METRICS}


def explain_key(name: str, value: object, where: Where) -> tuple[str, str | None]:
    """What is wrong with an unknown key, and the known key that was probably meant."""
    same = next((known for known in names_in(where) if known == name.lower()), None)
    if same is not None:
        return f"unknown key; did you mean {same!r}?", same
    if where == "root" and (kind := _looks_like(value)):
        return f"unknown key; a {kind} stands under {kind}s: [tool.{TABLE}.{kind}s.{bare_or_quoted(name)}]", None
    if where == "root" and looks_like_model(value) and nearest(name, ("defaults",)) is None:
        return f"unknown key; a model stands under models: [tool.{TABLE}.models.{bare_or_quoted(name)}]", "models"
    if isinstance(value, dict) and f"{name}s" in names_in(where):
        return f"unknown key; did you mean {name + 's'!r}?", f"{name}s"
    elsewhere = [place for key in KEYS if key.name == name for place in key.where if place != "asked"]
    if elsewhere:
        *first, last = [_HERE[place] for place in elsewhere]
        places = f"{', '.join(first)} or {last}" if first else last
        return f"{name!r} belongs in {places}, not in {_HERE[where]}", None
    if where == "point" and len(name) <= _SHORT and DIMENSION.fullmatch(name.upper()):
        return f"unknown key; did you mean {name.upper()!r}?", name.upper()
    if DIMENSION.fullmatch(name) and where == "asked":
        return f"the size of a dimension stands in a declared model's point: at={{'{name}': …}}, beside declared=", None
    if DIMENSION.fullmatch(name) and where != "root":
        return f"the size of a dimension stands in a point: at = [{{ {name} = … }}]", None
    found = nearest(name, names_in(where))
    if found:
        return f"unknown key; did you mean {found!r}?", found
    dims = "its dimensions in capitals, and " if where == "point" else ""
    return f"unknown key; {_HERE[where]} may have {dims}{', '.join(names_in(where))}", None


def _looks_like(value: object) -> str:
    """``"target"`` or ``"bundle"`` for a table that has keys of one alone; empty for any other."""
    if not isinstance(value, dict) or looks_like_model(
        {key: each for key, each in value.items() if key not in METRICS}
    ):
        return ""
    own = {kind: set(names_in(kind)) - set(names_in("model")) for kind in _KINDS}
    return next((kind for kind in _KINDS if not own[kind].isdisjoint(value)), "")


def looks_like_model(value: object) -> bool:
    """Whether a table has keys by which a model is known."""
    return isinstance(value, dict) and not _OF_A_MODEL.isdisjoint(value)


def unquoted_models(table: Mapping[str, object]) -> list[tuple[str, ...]]:
    """The paths of models inside what was read as a model, because a dotted name was not quoted."""
    found: list[tuple[str, ...]] = []
    known = names_in("model")
    for key, value in table.items():
        if isinstance(value, dict) and key not in known:
            if looks_like_model(value):
                found.append((key,))
            found += [(key, *path) for path in unquoted_models(value)]
    return found
