"""``flopbudget count`` of files that hold a model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Command

pytest.importorskip("onnx")

from onnx.helper import make_node

from onnx_files import weight, written


@pytest.fixture(autouse=True)
def net(flopbudget: Command) -> None:
    node = make_node("Gemm", ["x", "w"], ["y"], name="/head/Gemm")
    Path("exported").mkdir()
    written(Path("exported/net.onnx"), [node], {"x": (2, 8)}, ["y"], [weight("w", (8, 5))])


def test_with_its_own_input(flopbudget: Command) -> None:
    ran = flopbudget("count", "exported/net.onnx")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "exported/net.onnx at its own input: traced on shapes, given\n"
        "\n"
        "metric       exactly  about\n"
        "macs              80  80 MACs\n"
        "flops            160  160 FLOPs (2 × MACs)\n"
        "total_flops      160  160 FLOPs (total)\n"
        "params            40  40 params\n"
        "activations       10  10 elements\n"
        "\n"
        "module              calls  MACs  other FLOPs  params   share\n"
        "(the model itself)      1    80            0      40  100.0%\n"
        "head                    1    80            0       0  100.0%\n"
        "\n"
        "Note: counted from the graph of an ONNX file, by its shapes; nothing was run\n"
    )


def test_json_with_an_input(flopbudget: Command) -> None:
    ran = flopbudget("count", "exported/net.onnx", "2x8", "--json")
    record = json.loads(ran.out)
    assert (record["factory"], record["input"]) == ("exported/net.onnx", "2x8")
    assert record["metrics"]["macs"] == 2 * 8 * 5


def test_what_does_not_fit(flopbudget: Command) -> None:
    ran = flopbudget("count", "exported/net.onnx", "3x8")
    assert ran.code == 1
    assert "'exported/net.onnx' takes x float32:2x8, and 3x8 is given" in ran.err


def test_a_file_that_is_not_there(flopbudget: Command) -> None:
    ran = flopbudget("count", "exported/met.onnx")
    assert ran.code == 2
    assert "there is no file exported/met.onnx; did you mean 'net.onnx'?" in ran.err


def test_init_declares_the_file(flopbudget: Command) -> None:
    ran = flopbudget("init", "exported/net.onnx", "--yes")
    assert (ran.code, ran.err) == (0, "")
    text = Path("pyproject.toml").read_text(encoding="utf-8")
    assert '[tool.pytest-flopbudget.models.net]\nfactory = "exported/net.onnx"\n' in text
    assert "input" not in text
