"""The reference has every key, metric, option, mark, fixture, error and public name; the site has every page."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import pytest_flopbudget
from generate import API, generated
from key_tables import DOCS, rows, told_keys
from pages import _LATER, on_config, on_page_markdown
from pytest_flopbudget import errors
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.declaring.keys import KEYS
from pytest_flopbudget.plugin import fixtures
from pytest_flopbudget.quantities.units import UNITS

ROOT = DOCS.parent
PLUGIN = (DOCS / "plugin.md").read_text(encoding="utf-8")


class Loader(yaml.SafeLoader):
    """Reads mkdocs' own file, and leaves what is no plain YAML in it aside."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def pages(entry: object) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    for below in entry if isinstance(entry, list) else entry.values() if isinstance(entry, dict) else ():
        yield from pages(below)


def section(text: str, heading: str) -> str:
    return re.split(r"^## ", text.split(f"## {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_key_is_told_in_every_table_where_it_may_stand() -> None:
    asked = {(where, key.name) for key in KEYS for where in key.where if where != "asked"}

    assert asked - told_keys().keys() == set()
    assert {key for key in told_keys() if key[0] in ("root", "target", "bundle", "table")} - asked - {
        ("target", name) for name in METRICS
    } == set()


def test_every_metric_has_a_row_with_its_unit() -> None:
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    units = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text, re.MULTILINE))

    assert units == {
        name: {"B": "bytes", "µs": "µs"}.get(metric.unit, UNITS[metric.unit].plural) for name, metric in METRICS.items()
    }
    assert [names for names, _ in rows("metrics.md", "The metrics")] == [[name] for name in METRICS]


def test_every_option_has_a_row(pytestconfig: pytest.Config) -> None:
    told = set(re.findall(r"^\| `(--flopbudget[\w-]*)", section(PLUGIN, "Options"), re.MULTILINE))

    group = next(group for group in pytestconfig._parser._groups if group.name == "flopbudget")
    assert told == {name for option in group.options for name in option.names()}


def test_every_mark_has_a_row(pytestconfig: pytest.Config) -> None:
    known = {line.split("(")[0] for line in pytestconfig.getini("markers") if line.startswith("flop_")}

    assert set(re.findall(r"^\| `(\w+)\(", section(PLUGIN, "Marks"), re.MULTILINE)) == known


def test_every_fixture_has_a_row() -> None:
    known = {name for name, each in vars(fixtures).items() if type(each).__name__ == "FixtureFunctionDefinition"}
    old = {name for name, each in vars(fixtures).items() if hasattr(each, "_pytestfixturefunction")}

    assert set(re.findall(r"^\| `(\w+)`", section(PLUGIN, "Fixtures"), re.MULTILINE)) == known | old


def test_every_error_has_a_row() -> None:
    known = {name for name, each in vars(errors).items() if inspect.isclass(each) and issubclass(each, BaseException)}

    assert set(re.findall(r"^\| `(\w+)`", section(PLUGIN, "Errors"), re.MULTILINE)) == known


def test_every_public_name_has_a_section() -> None:
    assert API.read_text(encoding="utf-8") == generated()[API.relative_to(ROOT).as_posix()], "make docs writes it anew"
    found = re.findall(r"^### `(\w+)`$", API.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(found) == sorted(pytest_flopbudget.__all__)


def test_every_page_is_in_the_navigation() -> None:
    site = yaml.load((ROOT / ".mkdocs.yml").read_text(encoding="utf-8"), Loader)
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}

    assert sorted(pages(site["nav"])) == sorted(there - set(_LATER.values()))


def test_a_page_of_later_comes_in_once_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.DOCS", tmp_path)
    config: dict[str, object] = {"nav": ["index.md"]}
    on_config(config)
    assert config["nav"] == ["index.md"]

    (tmp_path / "benchmarks.md").touch()
    on_config(config)
    assert config["nav"] == ["index.md", {"Benchmarks": "benchmarks.md"}]


def test_what_the_site_makes_of_a_page() -> None:
    written = "```python nets.py\n```\n[the `examples`](../examples/README.md) and [a page](lock.md#why): a \\< b\n"
    assert on_page_markdown(written, page=None) == (
        '```python title="nets.py"\n```\nthe `examples` and [a page](lock.md#why): a &lt; b\n'
    )
