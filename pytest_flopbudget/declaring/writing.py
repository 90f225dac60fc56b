"""Writing single values into a TOML text: its comments, its order and its layout stay, and so does all else."""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Item, Table, item

from pytest_flopbudget.declaring.lines import Path
from pytest_flopbudget.declaring.spots import bare_or_quoted, dotted
from pytest_flopbudget.errors import FlopBudgetError

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10, which has no tomllib
    import tomli as tomllib

Written = str | list[str]


@dataclass(frozen=True, slots=True)
class Edit:
    """A value to be written.

    Args:
        path: The keys that lead to it in the whole file; tables that are not there yet are made.
        value: A text, or a list of texts.
        known: How many of the keys lead to what must be there already: of another file, or of one that was changed
            meanwhile, nothing is made.
    """

    path: Path
    value: Written
    known: int = 0


def edited(text: str, edits: Sequence[Edit], called: str) -> str:
    """A TOML text with some values written; whatever else it says, and how, is as it was.

    Args:
        text: Valid TOML.
        edits: What is to be written.
        called: The file as an error shows it.

    Raises:
        FlopBudgetError: What a value belongs in is not there, or the text's layout does not let the value be written
            and nothing else be touched.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    # Of a text with both line ends each stays as it is.
    is_crlf = "\r\n" in text and text.count("\r\n") == text.count("\n")
    plain = text.removeprefix(mark)
    plain = plain.replace("\r\n", "\n") if is_crlf else plain
    data = tomllib.loads(plain)
    _refuse_strays(data, edits, called)
    wanted = _expected(data, edits)
    try:
        document = tomlkit.parse(plain)
        for edit in edits:
            _write(document, edit)
        written = tomlkit.dumps(document)
        sound = tomllib.loads(written) == wanted
    except (TOMLKitError, ValueError, TypeError, AttributeError, LookupError):
        # Whatever a layout makes of the tool: what counts is what comes out.
        sound, written = False, ""
    if not sound:
        keys = ", ".join(dotted(edit.path) for edit in edits)
        raise FlopBudgetError(f"{called}: its layout does not let {keys} be written alone: write it by hand")
    return mark + (written.replace("\n", "\r\n") if is_crlf else written)


def _refuse_strays(data: Mapping[str, object], edits: Sequence[Edit], called: str) -> None:
    for edit in edits:
        if not _is_there(data, edit.path[: edit.known]):
            raise FlopBudgetError(f"{called}: {dotted(edit.path)} has no place in it: nothing is written")


def _is_there(data: object, keys: Path) -> bool:
    try:
        for key in keys:
            data = _below(data, key)
    except LookupError:
        return False
    return data is not None


def _write(document: Container, edit: Edit) -> None:
    *above, last = edit.path
    table: object = document
    around: object = None
    for key in above:
        if isinstance(table, MutableMapping) and key not in table:
            # A table in one line where limits by point go; a table of its own where a model does.
            _add(table, str(key), tomlkit.inline_table() if isinstance(table, Table) else tomlkit.table())
        around, table = table, _below(table, key)
    if not isinstance(table, MutableMapping):
        raise LookupError(last)
    if last in table:
        table[last] = edit.value
    elif isinstance(table, InlineTable):
        _put(around, above[-1], _longer(table, str(last), edit.value))
    else:
        _add(table, str(last), edit.value)


def _below(table: object, key: str | int) -> object:
    if isinstance(table, Sequence) and isinstance(key, int):
        return table[key]
    return table[key] if isinstance(table, Mapping) else None


def _put(table: object, key: str | int, value: object) -> None:
    if isinstance(key, str) and isinstance(table, MutableMapping):
        table[key] = value
    if isinstance(key, int) and isinstance(table, list):
        table[key] = value


def _longer(table: InlineTable, key: str, value: Written) -> Item:
    """A table in one line with one more key; the tool itself would put the bracket right behind that."""
    own = [f"{bare_or_quoted(name)} = {item(each).as_string()}" for name, each in table.items()]
    return tomlkit.value(f"{{ {', '.join([*own, f'{bare_or_quoted(key)} = {item(value).as_string()}'])} }}")


def _add(table: MutableMapping[str, object], key: str, value: object) -> None:
    """Add a key behind the last: what stands behind that, a comment on the next table, stays in front of the next."""
    behind = []
    if isinstance(table, Table):
        body = table.value.body
        while body and body[-1][0] is None:
            behind.append(body.pop())
        table.append(key, value)
        body.extend(reversed(behind))
    else:
        table[key] = value


def _expected(data: Mapping[str, object], edits: Sequence[Edit]) -> Mapping[str, object]:
    wanted = copy.deepcopy(dict(data))
    for edit in edits:
        *above, last = edit.path
        table: object = wanted
        for key in above:
            if isinstance(table, dict):
                table = table.setdefault(key, {})
            elif isinstance(table, list) and isinstance(key, int):
                table = table[key]
        if isinstance(table, dict):
            table[last] = edit.value
    return wanted
