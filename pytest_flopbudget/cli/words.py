"""The words behind a factory: inputs by the declarations' grammar, and sizes of named dimensions."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.declaring.inputs import DIMENSION, Inputs, parse_inputs
from pytest_flopbudget.declaring.spots import Notebook, Spot
from pytest_flopbudget.declaring.values import read_value
from pytest_flopbudget.errors import InputError, shown

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10 alone
    import tomli as tomllib

_KEYWORD = re.compile(r"([A-Za-z_]\w*)=(.*)", re.ASCII | re.DOTALL)
_SIZES = re.compile(r"\d+(,\d+)+|\d+(:\d+){0,2}", re.ASCII)
_PYTHON = {"True": True, "False": False, "None": None}
_HOW = "write R=96, R=96,128 or R=FIRST:LAST:STEP, as in R=96:320:32"
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Words:
    """What stands behind a factory.

    Args:
        inputs: The inputs, in which dimensions may still be names.
        sizes: The sizes of named dimensions, in the order in which they are written.
    """

    inputs: Inputs = field(default_factory=Inputs)
    sizes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def read_words(words: Sequence[str]) -> Words:
    """Inputs and sizes, in any order.

    Args:
        words: ``"1x3xRxR"`` is a positional input, ``"ids=int64:1x128"`` a keyword input; ``"R=96"``, ``"R=96,128"``
            and ``"R=96:320:32"``, whose last number is included, are sizes.

    Raises:
        AskedWrongly: A word is none of these, or a name stands twice.
    """
    positional: list[str] = []
    keyword: dict[str, str] = {}
    sizes: dict[str, tuple[int, ...]] = {}
    for word in words:
        match = _KEYWORD.fullmatch(word)
        if match is None:
            positional.append(word)
            continue
        name, said = match[1], match[2]
        if name in keyword or name in sizes:
            raise AskedWrongly(f"{name} stands twice: {shown(word)}")
        if DIMENSION.fullmatch(name) and "x" not in said:
            sizes[name] = _sizes(word, said)
        else:
            keyword[name] = said
    return Words(Inputs(_parsed(positional).positional, _parsed(keyword).keyword), sizes)


def read_kwargs(written: Sequence[str]) -> dict[str, object]:
    """A factory's keyword arguments: ``NAME=VALUE``, the value as TOML or Python writes it, or else a text.

    Raises:
        AskedWrongly: One is not of this form, a name stands twice, or a value is none.
    """
    kwargs: dict[str, object] = {}
    for each in written:
        match = _KEYWORD.fullmatch(each)
        if match is None:
            raise AskedWrongly(f"--kwargs {shown(each)}: write NAME=VALUE, as in --kwargs width=0.5")
        if match[1] in kwargs:
            raise AskedWrongly(f"--kwargs {match[1]} stands twice")
        kwargs[match[1]] = _value(match[1], match[2])
    return kwargs


def _value(name: str, text: str) -> object:
    if text in _PYTHON:
        return _PYTHON[text]
    try:
        written = tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except ValueError:
        return text
    notebook = Notebook("the command line", {})
    value = read_value(written, Spot(notebook))
    if notebook.mistakes:
        raise AskedWrongly(f"--kwargs {name}: {notebook.mistakes[0].text}")
    return value


def _parsed(written: list[str] | dict[str, str]) -> Inputs:
    try:
        return parse_inputs(written)
    except InputError as error:
        raise AskedWrongly(str(error)) from None


def _sizes(word: str, said: str) -> tuple[int, ...]:
    if not _SIZES.fullmatch(said):
        raise AskedWrongly(f"{shown(word)} gives no sizes: {_HOW}")
    if ":" not in said:
        sizes: Sequence[int] = tuple(dict.fromkeys(map(int, said.split(","))))
    else:
        first, last, step = (*map(int, said.split(":")), 1)[:3]
        if step == 0:
            raise AskedWrongly(f"{shown(word)}: a step is at least 1; {_HOW}")
        sizes = range(first, last + 1, step)
    if not sizes:
        raise AskedWrongly(f"{shown(word)} has no sizes: the last is below the first; {_HOW}")
    if min(sizes[:_MOST]) < 1:
        raise AskedWrongly(f"{shown(word)}: a size is at least 1; {_HOW}")
    if len(sizes) > _MOST:
        raise AskedWrongly(f"{shown(word)} is {len(sizes):,} sizes: ask for {_MOST:,} at most")
    return tuple(sizes)
