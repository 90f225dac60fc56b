from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Command

STEM, HEAD = 16 * 16 * 3 * 8 * 9, 16 * 16 * 8 * 4
# The biases of both layers, and a ReLU: one addition or comparison an element.
OTHER = 16 * 16 * 8 + 16 * 16 * 4 + 16 * 16 * 8


def test_what_people_read(flopbudget: Command) -> None:
    ran = flopbudget("count", "model.py:Net", "1x3x16x16")

    assert ran.code == 0
    assert ran.err == ""
    assert ran.out == (
        "model:Net at 1x3x16x16: traced on shapes, built without data\n"
        "\n"
        "metric       exactly  about\n"
        "macs          63,488  63.49 kMACs\n"
        "flops        126,976  127 kFLOPs (2 × MACs)\n"
        "total_flops  132,096  132.1 kFLOPs (total)\n"
        "params           260  260 params\n"
        "activations    3,072  3.072 k elements\n"
        "\n"
        "module              calls     MACs  other FLOPs  params   share\n"
        "(the model itself)      1  63.49 k       5.12 k     260  100.0%\n"
        "stem                    1   55.3 k      2.048 k     224   87.1%\n"
        "head                    1  8.192 k      1.024 k      36   12.9%\n"
        "\n"
        "Free: aten::flatten (1 call)\n"
    )


def test_json(flopbudget: Command) -> None:
    ran = flopbudget("count", "model.py:Net", "1x3xRxR", "R=16", "--json")

    assert ran.code == 0
    assert json.loads(ran.out) == {
        "schema_version": 1,
        "factory": "model:Net",
        "input": "1x3x16x16",
        "point": {"R": 16},
        "mode": "inference",
        "backend": "auto",
        "traced": "shapes",
        "built": "meta",
        "approximate": False,
        "target": None,
        "metrics": {
            "macs": STEM + HEAD,
            "flops": 2 * (STEM + HEAD),
            "total_flops": 2 * (STEM + HEAD) + OTHER,
            "params": 3 * 8 * 9 + 8 + 8 * 4 + 4,
            "activations": 16 * 16 * (8 + 4),
        },
        "by": "module",
        "rows": [
            {"name": "", "calls": 1, "macs": STEM + HEAD, "other_flops": OTHER, "params": 260},
            {"name": "stem", "calls": 1, "macs": STEM, "other_flops": 16 * 16 * 8, "params": 3 * 8 * 9 + 8},
            {"name": "head", "calls": 1, "macs": HEAD, "other_flops": 16 * 16 * 4, "params": 8 * 4 + 4},
        ],
        "free": {"aten::flatten": 1},
        "uncounted": [],
        "notes": [],
    }


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (
            "operator",
            [
                ("aten::conv2d", 2, STEM + HEAD),
                ("aten::relu", 1, 0),
                ("aten::flatten", 1, 0),
            ],
        ),
        ("line", [("model.py:13", 2, STEM), ("model.py:14", 2, HEAD)]),
    ],
)
def test_breakdowns(flopbudget: Command, by: str, rows: list[tuple[str, int, int]]) -> None:
    record = json.loads(flopbudget("count", "model.py:Net", "1x3x16x16", "--by", by, "--json").out)

    assert [(row["name"], row["calls"], row["macs"]) for row in record["rows"]] == rows
    assert {row["params"] for row in record["rows"]} == {None}


@pytest.mark.parametrize(
    ("arguments", "metrics"),
    [
        (["model:Net", "1x3x16x16"], {"macs": STEM + HEAD}),
        (["model.py:Net", "1x3x16x16", "--kwargs", "width=16"], {"macs": 2 * (STEM + HEAD)}),
        (["model:Net", "R=4", "1x3xRxR"], {"macs": 4 * 4 * (3 * 8 * 9 + 8 * 4)}),
        (["model:Sized", "1x1xRxR", "R=6", "--kwargs", "size=$R"], {"macs": 6 * 6 * 10}),
        (["model:Tagger", "ids=int64:2x12"], {"macs": 2 * 12 * 16 * 5}),
        (["model:Tagger", "int64:2x12", "mask=2x12x1"], {"macs": 2 * 12 * 16 * 5}),
        (["net::R8"], {"macs": 8 * 8 * (3 * 8 * 9 + 8 * 4)}),
        (["net", "R=4"], {"macs": 4 * 4 * (3 * 8 * 9 + 8 * 4)}),
        (["net", "2x3x4x4"], {"macs": 2 * 4 * 4 * (3 * 8 * 9 + 8 * 4)}),
        (["tagger"], {"macs": 12 * 16 * 5}),
        # The weights' gradient once more, and the input's, but for that of the first layer
        (["model:Net", "1x3x16x16", "--mode", "training"], {"macs": 2 * STEM + 3 * HEAD}),
        (["model:Net", "1x3x16x16", "--backend", "thop"], {"macs": STEM + HEAD}),
        (["model:Net", "1x3x16x16", "--backend", "execute"], {"macs": STEM + HEAD}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_ways_to_ask(flopbudget: Command, declared: Path, arguments: list[str], metrics: dict[str, int]) -> None:
    ran = flopbudget("count", *arguments, "--metric", "macs", "--json")

    assert ran.err == ""
    assert json.loads(ran.out)["metrics"] == metrics


def test_nothing_larger_than_asked_is_executed(flopbudget: Command) -> None:
    asked = ("count", "model.py:Net", "1x3x16x16", "--backend", "execute")
    refused = flopbudget(*asked, "--execute-limit", "1 kB")

    assert refused.code == 1
    assert "execute_limit" in refused.err


def test_bytes_are_told_on_a_target(flopbudget: Command, declared: Path) -> None:
    metrics = json.loads(flopbudget("count", "net::R16", "--target", "board", "--json").out)["metrics"]

    # int8 takes a byte an element; a bias has four. The stem's output and the ReLU's are alive together.
    assert metrics["weight_bytes"] == 3 * 8 * 9 + 8 * 4 + (8 + 4) * 1
    assert metrics["peak_activation_bytes"] == 2 * 16 * 16 * 8


def test_what_is_uncounted_is_told(flopbudget: Command) -> None:
    told = flopbudget("count", "model.py:Shop", "1x3x4x4", "--depth", "0")
    record = json.loads(flopbudget("count", "model.py:Shop", "1x3x4x4", "--json").out)

    assert told.out.splitlines()[-1] == "Uncounted: shop::mix in the model itself, 1 call"
    assert record["uncounted"] == [{"operator": "shop::mix", "module": "", "calls": 1}]


def test_a_name_cannot_steer_the_terminal(flopbudget: Command) -> None:
    shown = flopbudget("count", "model.py:Net\x1b[31m", "1x3x8x8")

    assert "\x1b" not in shown.err
    assert "\\x1b[31m" in shown.err


def test_a_file_in_a_package_is_imported_with_it(flopbudget: Command, project: Path) -> None:
    package = project / "src" / "small_nets"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "parts.py").write_text("from torch.nn import Linear\n")
    (package / "small.py").write_text("from .parts import Linear\n\ndef small():\n    return Linear(3, 5)\n")

    record = json.loads(flopbudget("count", "src/small_nets/small.py:small", "1x3", "--json").out)

    assert (record["factory"], record["metrics"]["macs"]) == ("small_nets.small:small", 3 * 5)


MISTAKES = [
    (["model.py:Net"], "'model.py:Net' has no input: write its shape behind it, as in 1x3x224x224"),
    (["model.py", "1x3"], "'model.py' names no callable: write model.py:Net"),
    (["modle.py:Net", "1x3"], "there is no file modle.py; did you mean 'model.py'?"),
    (
        ["model.py:Net", "1x3xrxr"],
        "'1x3xrxr' is no input: 'r' is no size; a named dimension is written in capitals: 'R'",
    ),
    (["model.py:Net", "1x3xRxR"], "no size for the dimension 'R': write one behind the input, as R=224"),
    (["model.py:Net", "1x3xRxR", "R=8", "S=9"], "the input has no dimension 'S'; there is R"),
    (
        ["model.py:Net", "1x3xRxR", "R=8,16"],
        "R has 2 sizes, and one is counted: flopbudget sweep takes many",
    ),
    (
        ["model.py:Net", "1x3xRxR", "R=8..16"],
        "'R=8..16' gives no sizes: write R=96, R=96,128 or R=FIRST:LAST:STEP, as in R=96:320:32",
    ),
    (
        ["model.py:Net", "1x3", "--kwargs", "width"],
        "--kwargs 'width': write NAME=VALUE, as in --kwargs width=0.5",
    ),
    (
        ["model.py:Net", "1x3", "--part", "a b"],
        "--part 'a b' is no submodule: write its dotted path, as in 'encoder.layers.0'",
    ),
    (["model.py:Net", "1x3", "--call", "a b"], "--call 'a b' is no method: write its name, as in 'encode_image'"),
    (
        ["model.py:Net", "1x3", "--execute-limit", "2 K"],
        "--execute-limit '2 K' is no number of bytes: 'K' is ambiguous; write 'kB' for 1,000 or 'KiB' for 1,024 bytes",
    ),
    (["model.py:Net", "1x3", "--metric", "mac"], "'mac' is no metric; did you mean 'macs'?"),
    (
        ["model.py:Net", "1x3", "--by", "operator", "--depth", "2"],
        "--depth is for modules, and --by operator has no levels",
    ),
    (["nte"], "'nte' is no declared model of pyproject.toml; did you mean 'net'?"),
    (["net"], "net has 2 points, R8, R16: say which, as in net::R8"),
    (["net::R9"], "net has no point 'R9'; there is R8, R16"),
    (["net::R8", "--target", "bord"], "'bord' is no declared target of pyproject.toml; did you mean 'board'?"),
    (
        ["net::R8", "--config", "pyproject.tml"],
        "--config 'pyproject.tml': there is no such file; did you mean 'pyproject.toml'?",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "message"), MISTAKES, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_mistakes_are_told_in_one_message(
    flopbudget: Command, declared: Path, arguments: list[str], message: str
) -> None:
    ran = flopbudget("count", *arguments)

    assert (ran.code, ran.out, ran.err) == (2, "", f"flopbudget: {message}\n")


def test_without_a_table_a_name_is_no_factory(flopbudget: Command) -> None:
    ran = flopbudget("count", "net")

    assert ran.code == 2
    assert ran.err == (
        "flopbudget: 'net' is no factory, and no model is declared: write module:callable, a file as in model.py:Net, "
        "or the name of a declared model\n"
    )


def test_a_broken_table_is_told_with_every_mistake(flopbudget: Command, project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.pytest-flopbudget.models.net]\nfactroy = 'model:Net'\n")

    ran = flopbudget("count", "net")

    assert ran.code == 1
    assert "pyproject.toml:2: models.net.factroy: unknown key; did you mean 'factory'?\n" in ran.err
    assert "pyproject.toml:1: models.net: no input: " in ran.err


@pytest.mark.parametrize(
    ("arguments", "headline"),
    [
        (["model.py:Nett", "1x3x8x8"], "factory 'model:Nett': module 'model' has no 'Nett'; did you mean 'Net'?"),
        (["model.py:Even", "1x1x3x3"], "cannot run at 1x1x3x3: Even: AssertionError: an odd size"),
    ],
)
def test_a_model_that_cannot_be_measured_is_no_fault_of_ours(
    flopbudget: Command, arguments: list[str], headline: str
) -> None:
    ran = flopbudget("count", *arguments)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[0] == f"flopbudget: {headline}"
    assert "Traceback" not in ran.err


def test_the_part_and_the_method_are_told(flopbudget: Command) -> None:
    part = flopbudget("count", "model.py:Net", "1x3x8x8", "--part", "stem")
    method = flopbudget("count", "model.py:Net", "1x3x8x8", "--call", "stem_of")

    assert part.out.splitlines()[0] == "model:Net, part stem, at 1x3x8x8: traced on shapes, built without data"
    assert method.out.splitlines()[0] == "model:Net, call stem_of, at 1x3x8x8: traced on shapes, built without data"


def test_a_graph_has_no_lines(flopbudget: Command) -> None:
    ran = flopbudget("count", "net.onnx", "1x3x8x8", "--by", "line")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "flopbudget: --by line: net.onnx is a graph, which has no lines of Python\n"


def test_a_table_that_is_named(flopbudget: Command, declared: Path) -> None:
    (declared / "pyproject.toml").rename(declared / "other.toml")
    (declared / "plain.toml").write_text("[project]\nname = 'shop'\n", encoding="utf-8")

    assert flopbudget("count", "net::R8").code == 2
    record = json.loads(flopbudget("count", "net::R8", "--config", "other.toml", "--json").out)
    assert record["metrics"]["params"] == 260
    ran = flopbudget("count", "net::R8", "--config", "plain.toml")
    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "flopbudget: --config 'plain.toml': the file has no table [tool.pytest-flopbudget]\n",
    )
