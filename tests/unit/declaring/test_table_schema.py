"""The JSON Schema of the table takes what the reader takes, and refuses what that refuses by its key or its type."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime, timezone
from importlib.metadata import EntryPoint
from pathlib import Path

import jsonschema
import pytest
from validate_pyproject.api import Validator
from validate_pyproject.errors import ValidationError
from validate_pyproject.plugins import PluginWrapper

from generate import SCHEMA, generated
from pytest_flopbudget.declaring.keys import AT, KEYS, SWEEP, Key
from pytest_flopbudget.declaring.kinds import Tables
from pytest_flopbudget.declaring.points import read_points
from pytest_flopbudget.declaring.published import published_schema
from pytest_flopbudget.declaring.spots import Notebook, Spot
from pytest_flopbudget.declaring.sweeps import read_sweep

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[3]
SCHEMA_OF = json.loads(SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft7Validator(SCHEMA_OF)

# Values of every kind, right and wrong; each key is asked for each of them.
VALUES: tuple[object, ...] = (
    *(True, False, 0, 1, 3, 16, -1, 2.5, 0.0, -2.5, float("inf"), 2**63),
    *("", " ", "x", "net", "a b", "1.x", "shop.models:net", "shop.models", ".fuse", "fuse", "shop:", ":net", "1a:b"),
    *("5 M", "= 5 M", "4.2 GMACs", "8 GFLOPs", "25.6 M params", "11.1 M elements", "320 KiB", "5 MB", "320 KB", "-5 M"),
    *("= 320 KiB", "1_000 k", "1__0", "50 MMAC/s", "20 ms", "20 us", "80 MHz", "10 Bananas", "4e9", "lock", "1%"),
    *("95%", "0.5 %", "25% of net", "25% of", "82 k per R*R", "82 k per r", "82 k per", "1 KiB per T", "auto", "error"),
    *(
        "warn",
        "exact",
        "worst",
        "ram",
        "liveness",
        "int8",
        "float33",
        "conv-bn",
        "separate",
        "training",
        "2027-03-01",
        "2027-3-1",
        "1 KiB ",
    ),
    *("locks/a.json", "/a.json", "../a.json", "a/../b.json", "a.toml", "C:/a.json", "out/a.md", "out/A.HTML", "a.csv"),
    *("README.md#main", "README.md", "macs", "macs@R96", "macs@", "mac_rate", "aten::conv2d", "CONV_2D", "aten::"),
    *(
        "aten::add.Tensor",
        "torch.ops.aten.add",
        "1x3x224x224",
        "1x3xRxR",
        "int64:1xT = 1",
        "1x0",
        "1xr",
        "x3",
        "half:1",
    ),
    *("1x3 = 2", "bool:1 = true", "1x3 =", "encoder.layers.0", "a..b", "a.b c", "encode_image"),
    *([], ["x"], [""], [1], ["1x3", "1x4"], [["1x3"]], [1, 3], ["aten::relu"], ["shop.flops"], ["macs", "params@R96"]),
    *([".fuse", "a:b"], ["fuse"], ["a.md", "b.json"], ["a.txt"], ["depthwise"], [{"R": 96}], [96, 128], [{"r": 96}]),
    *([{"R": 96, "macs": "1 M"}], [{"R": 0}], [{"R": "96"}], [0], [True], ["CONV_2D", "aten::relu"], ["a.tex#x"]),
    *(
        {},
        {"R": [96]},
        {"R": 96},
        {"R": []},
        {"r": [96]},
        {"arch": ["a"]},
        {"arch": []},
        {"arch": "a"},
        {"Arch": ["a"]},
    ),
    *([{"arch": "a"}], [{}], {"macs": "5 M"}, {"macs": "1%", "params": 0}, {"macs": 1, "mac": 1}, {"flops": "1%"}),
    *({"x": "1x3"}, {"x": ["1x3", {"y": "1x4"}]}, {"x": 1}, {"none": True}, {"x": {"none": True}}, {"x": {"none": 1}}),
    *({"x": {"object": "a:b"}}, {"x": {"object": "a"}}, {"x": {"object": "a:b", "y": 1}}, {"x": {"None": True}}),
    *(
        {"x": {"factory": "a:b", "args": [1]}},
        {"x": {"factory": "a:b", "arg": 1}},
        {"x": {"factory": "a:b", "args": 1}},
    ),
    *({"default": "int8"}, {"default": "int9"}, {"a..b": "int8"}, {"torchvision::nms": 5}, {"torchvision::nms": -1}),
    *({"aten::relu": 5}, {"macs": "G", "params": ""}, {"macs": "g"}, {"mac": "G"}, {"peak_activation_bytes": "KiB"}),
    *({"a.*": {"macs": "20%"}}, {"a": {"macs": "20% of net"}}, {"a": {"reason": "why"}}, {"a": {}}, {"a": 5}),
    *({"a b": {"macs": 1}}, {"a": {"max_growth": "1%"}}, {"a": {"weight_bytes": "1 KiB"}}, {"a": {"macs": {"R": 1}}}),
    *(
        {"a": {"activations": "lock", "reason": "x"}},
        {"a": {"flops": "lock"}},
        {"**.a": {"params": 3}},
        {"*b**": {"params": 3}},
    ),
    *(
        "model.pt2",
        "exported/NET.onnx",
        "net.pt",
        ".pt",
        "a/.onnx",
        "net.pth",
        ["shop:a", "shop:b"],
        {"R": "96..320 step 32"},
    ),
    *({"R": "96:320"}, {"R": "8..16", "T": [1, 2]}),
    *(date(2027, 3, 1), datetime(2027, 3, 1, 12, 0, tzinfo=timezone.utc)),
)
# JSON has one kind of number and no days: of these the schema cannot say what the reader says.
UNTOLD = {
    ("lock_depth", 0.0),
    ("max_growth", 0.0),
    ("inferences_per_second", float("inf")),
    ("cycles_per_mac", float("inf")),
    ("until", datetime(2027, 3, 1, 12, 0, tzinfo=timezone.utc)),
}
MODEL = {"factory": "shop:net", "input": "1x3xRxR", "at": [96], "macs": "1 M"}


def mistakes(key: Key[object], value: object) -> list[str]:
    notebook = Notebook("pyproject.toml", {})
    spot = Spot(notebook) / key.name
    read = key.kind.read(value, spot)
    if key is AT and isinstance(read, list | dict):
        read_points(read, spot)
    if key is SWEEP and isinstance(read, dict):
        read_sweep(read, spot)
    return [mistake.text for mistake in notebook.mistakes]


def models(**keys: object) -> dict[str, object]:
    return {"models": {"net": MODEL | keys}}


def test_it_is_the_published_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA_OF)
    assert SCHEMA.read_text(encoding="utf-8") == generated()[SCHEMA.relative_to(ROOT).as_posix()], "make docs"
    assert published_schema("pytest-flopbudget") == SCHEMA_OF


@pytest.mark.parametrize("key", [key for key in KEYS if not isinstance(key.kind, Tables)], ids=lambda key: key.name)
def test_a_key_takes_the_same_values(key: Key[object]) -> None:
    schema = {**key.kind.schema(), "definitions": SCHEMA_OF["definitions"]}
    validator = jsonschema.Draft7Validator(schema)

    differ = [value for value in VALUES if validator.is_valid(value) == bool(mistakes(key, value))]
    # 0 is 0.0 to Python.
    assert {repr(value) for value in differ} == {repr(value) for name, value in UNTOLD if name == key.name}
    assert any(map(validator.is_valid, VALUES))


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/**/pyproject.toml")), ids=lambda path: path.parent.name)
def test_the_examples(path: Path) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["pytest-flopbudget"]
    VALIDATOR.validate(table)


@pytest.mark.parametrize(
    "table",
    [
        models(),
        models(each={"r": [1]}, factory="{r}:net", macs={"{p}": "5 M"}, at="$r", modules={"{r}": {"macs": "{r}"}}),
        models(each={"r": [1]}, **{"{r}": "1 M"}),
        models(at=[{"R": 96, "name": "small", "macs": "2 M", "skip": True}, 128]),
        models(macs={"R96": "2 M"}),
        models(max_growth={"macs": "1%"}, targets=["board"], until=date(2027, 3, 1)),
        {"targets": {"board": {"extends": "other", "ram": "1 KiB", "mac_rate": "5 MMAC/s", "reason": "why"}}},
    ],
)
def test_good_tables(table: dict[str, object]) -> None:
    VALIDATOR.validate(table)


@pytest.mark.parametrize(
    "table",
    [
        {"modles": {}},
        {"models": []},
        {"models": {"net": 5}},
        {"models": {"a b": MODEL}},
        {"models": {"resnet50": {"a1_in1k": MODEL}}},
        {"defaults": {"name": "x"}},
        {"defaults": {"macs": {"R96": "1 M"}}},
        {"defaults": {"macs": "{m}"}},
        models(mcas="1 M"),
        models(ram="1 KiB"),
        models(name="x"),
        models(input_factory="shop:inputs"),
        models(macs={}),
        models(macs={"R96": "1 KiB"}),
        models(macs="{m}"),
        models(mac_rate="5 MMAC/s"),
        models(each={"r": [1]}, factory="net"),
        models(each={"r": [1]}, fatcory="{r}:net"),
        models(each={"r": [1]}, at=[{"R": "96"}]),
        models(at=[{"R": 96, "each": {"r": [1]}}]),
        models(at=[{"R": 96, "NAME": 5}]),
        models(at=[{"r": 96}]),
        models(at=[{"R": 96, "macs": {"R96": "1 M"}}]),
        {"targets": {"board": {"factory": "shop:net"}}},
        {"targets": {"board": {"ram": 2.5}}},
        {"bundles": {"two": {"target": "board"}}},
        {"bundles": {"two": {"target": "board", "cases": ["a", "b"], "arenas": "shared"}}},
        {"tables": {"main": {"models": ["net"]}}},
        {"tables": {"main": {"models": ["net"], "columns": ["mac"]}}},
    ],
    ids=str,
)
def test_broken_tables(table: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid(table)


@pytest.fixture(scope="module")
def validate() -> Validator:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((tool, value),) = project["entry-points"]["validate_pyproject.tool_schema"].items()
    entry = EntryPoint(tool, value, "validate_pyproject.tool_schema")
    return Validator(plugins=[PluginWrapper(tool, entry.load())])


def test_validate_pyproject_takes_a_good_table(validate: Validator) -> None:
    assert validate({"tool": {"pytest-flopbudget": models()}})


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"mcas": "1 M"}, "`tool.pytest-flopbudget.models.net` must not contain {'mcas'} properties"),
        ({"level": "eror"}, "`tool.pytest-flopbudget.models.net.level` must be one of ['error', 'warn', 'off']"),
    ],
)
def test_validate_pyproject_names_the_key(validate: Validator, keys: dict[str, object], text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        validate({"tool": {"pytest-flopbudget": models(**keys)}})
    assert caught.value.message == text


def test_asking_for_it_costs_nothing() -> None:
    script = (
        "import sys; from pytest_flopbudget.declaring.published import published_schema; published_schema()\n"
        "print(sorted({'torch', 'pytest', 'pytest_flopbudget.declaring.keys'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
