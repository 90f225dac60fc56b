"""What each command prints with ``--json`` keeps the schema that is published for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pytest

from command_line import Command
from pytest_flopbudget.cli.main import command_names
from pytest_flopbudget.cli.printed import command_schemas

PUBLISHED = Path(__file__).parents[2] / "pytest_flopbudget" / "cli" / "schemas"
MORE = """
[tool.pytest-flopbudget]
lock = "lock.json"

[tool.pytest-flopbudget.models.shop]
factory = "model:Shop"
input = "1x3x4x4"
targets = ["board"]
modules = { stem = { macs = "90%", reason = "all of it" } }
macs = "25% of tagger"

[tool.pytest-flopbudget.models.odd]
factory = "model:Even"
input = "1x1x3x3"
macs = "1 k"
until = 2100-01-01
level = "warn"
kwargs = { any = [1, { object = "torch.nn:ReLU" }] }

[tool.pytest-flopbudget.tables.main]
models = ["net", "tagger"]
columns = ["params", "macs@R8"]
into = ["costs.csv"]
"""
LOCK = """{
 "schema_version": 1, "conventions": 1,
 "cases": {
  "net::R8": {
   "metrics": {"activations": 768, "macs": %d, "params": 260},
   "modules": {"stem": {"activations": 3, "calls": 1, "macs": 3, "other_flops": 1, "params": 3}}
  }
 }
}
"""
ASKED = [
    "check --crosscheck",
    "check net",
    "compare before.json after.json",
    "compare HEAD",
    "count model.py:Net 1x3x8x8",
    "count model.py:Shop 1x3x4x4 --by operator",
    "count net::R8 --by line --target board",
    "crosscheck model.py:Net 1x3x8x8",
    "fit model.py:Even 1x1xRxR R=1:6 --macs 20",
    "fit net R=4,8 --target board --macs 1",
    "formulas",
    "history",
    "init model.py:Net 1x3xRxR R=4,8 --name mine",
    "show *",
    "suggest",
    "suggest --baseline",
    "sweep model.py:Even 1x1xRxR R=1:6",
    "sweep net R=4,8 --target board --metric arena_bytes",
    "table main",
    "table --check",
]


@pytest.fixture
def committed(declared: Path) -> Path:
    """A project with a table of many kinds, which has a history."""
    table = declared / "pyproject.toml"
    table.write_text(table.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    for name, macs in (("before", 1), ("after", 2), ("lock", 3)):
        (declared / f"{name}.json").write_text(LOCK % macs, encoding="utf-8")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *who, *words], cwd=declared, check=True)
    table.write_text(table.read_text(encoding="utf-8").replace('"1 M"', '"2 M"'), encoding="utf-8")
    return declared


@pytest.mark.parametrize("asked", ASKED)
def test_it_keeps_its_schema(flopbudget: Command, committed: Path, asked: str) -> None:
    ran = flopbudget(*asked.split(), "--json")
    name = asked.partition(" ")[0]

    assert ran.out, ran.err
    printed = json.loads(ran.out)
    jsonschema.validate(printed, json.loads((PUBLISHED / f"{name}.schema.json").read_text(encoding="utf-8")))
    assert printed["schema_version"] == 1


def test_what_a_model_prints_is_no_part_of_it(flopbudget: Command, project: Path) -> None:
    (project / "loud.py").write_text(
        "from torch import nn\ndef net():\n    print('hello')\n    return nn.Linear(3, 4)\n"
    )
    asked = [
        ("count", "loud.py:net", "1x3"),
        ("crosscheck", "loud.py:net", "1x3"),
        ("sweep", "loud.py:net", "Nx3", "N=1,2"),
        ("fit", "loud.py:net", "Nx3", "N=1,2", "--macs", "20"),
        ("init", "loud.py:net", "1x3", "--yes"),
        ("suggest",),
        ("check",),
    ]

    for words in asked:
        ran = flopbudget(*words, "--json")
        assert (json.loads(ran.out)["schema_version"], ran.err[:6]) == (1, "hello\n"), words


def test_every_command_is_asked() -> None:
    assert {asked.partition(" ")[0] for asked in ASKED} == set(command_names())


def test_the_schemas_that_are_published_are_those_of_the_types() -> None:
    published = {path.name.partition(".")[0]: path.read_text(encoding="utf-8") for path in PUBLISHED.iterdir()}

    assert published == command_schemas(), "make docs writes them anew"
    for text in published.values():
        jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_a_schema_refuses_what_is_not_of_it() -> None:
    schema = json.loads((PUBLISHED / "count.schema.json").read_text(encoding="utf-8"))

    assert not jsonschema.Draft202012Validator(schema).is_valid({"schema_version": 1})
