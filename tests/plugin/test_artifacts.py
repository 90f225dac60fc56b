"""Built files in whole runs: what is read, judged and told, and what of a file cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("flatbuffers")

from pytest_flopbudget.quantities import format_quantity
from tflite_files import TFLiteFile

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]

NET = """
[tool.pytest-flopbudget.targets.board]
ram = "3 KiB"
flash = "1 KiB"
weight_dtype = "int8"
activation_dtype = "int8"
bias_dtype = "int32"
fusion = "conv-bn-act"

[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input = "1x3xRxR"
targets = ["board"]
artifact = "build/net_{R}.tflite"
at = [16]
"""


@pytest.fixture(params=[(), ("-n", "1")], ids=["alone", "xdist"])
def workers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    assert isinstance(request.param, tuple)
    return request.param


@pytest.fixture
def build(pytester: pytest.Pytester) -> Callable[..., Path]:
    """Write what a converter makes of toy:net at 16×16, with a padding that the model does not have or without."""

    def write(*, pads: bool) -> Path:
        file = TFLiteFile()
        image = file.tensor((1, 16, 16, 3))
        made = file.conv(image, (1, 16, 16, 8), (8, 3, 3, 3))
        if pads:
            made = file.call("PAD", (made, file.constant((4, 2), "int32")), (1, 18, 18, 8))
        data = file.written([image], [file.conv(made, (1, 16, 16, 4), (4, 1, 1, 8))])
        path = pytester.path / "build" / "net_16.tflite"
        path.parent.mkdir()
        path.write_bytes(data)
        return path

    return write


def test_a_file_that_keeps_every_limit(
    declare: Declare, build: Callable[..., Path], run: Run, rows: Rows, workers: tuple[str, ...]
) -> None:
    size = build(pads=False).stat().st_size
    told = format_quantity(size, "B")
    declare(f'{NET}macs = "64 k"\nartifact_bytes = "{size} B"\n')
    result = run("-v", *workers)
    result.assert_outcomes(passed=2)
    assert rows(result) == [
        (
            f"kept net::R16 63.49 kMACs of 64 kMACs (99%) {told} (artifact) of {told} (100%) "
            "build/net_16.tflite: 63.49 kMACs of 64 kMACs (99%) 3 KiB (peak activations) of 3 KiB (100%), 296 B "
            "(weights) of 1 KiB (28%), within the declared budget of board (liveness, int8, conv-bn-act, int32 biases) "
            "build/net_16.tflite: 3 KiB (peak activations) of 3 KiB (100%), 296 B (weights) of 1 KiB (28%), within the "
            "declared budget of board (liveness, as built) build/net_16.tflite beside the model on board: the same "
            "MACs, weights and peak activations"
        )
    ]


def test_a_file_that_is_too_large(
    declare: Declare, build: Callable[..., Path], run: Run, rows: Rows, section: Section, workers: tuple[str, ...]
) -> None:
    build(pads=True)
    declare(NET)
    result = run(*workers)
    result.assert_outcomes(passed=1, failed=1)
    assert section(result, "flop budget of net::R16") == [
        (
            "build/net_16.tflite: 4.531 KiB (peak activations) > 3 KiB (+51%), over the declared budget of board "
            "(liveness, as built)"
        ),
        "",
        "peak_activation_bytes@board of build/net_16.tflite:",
        "  required   4,640 B (peak activations)",
        "  available  3,072 B, ram 3 KiB, at pyproject.toml:2",
        "  excess     1,568 B (+51%)",
        "",
        "The peak on board in build/net_16.tflite is at step 2 of 3, tflite::PAD, where 2",
        "  tensors are alive:",
        "  2,592 B  1x18x18x8  int8  tflite::PAD",
        "  2,048 B  1x16x16x8  int8  tflite::CONV_2D",
        "",
        "Traced: shapes. Built: meta.",
        "  build/net_16.tflite beside the model on board: the same MACs; weights +11%: 32",
        "    B of constants that are no weights; peak activations +51%: 1 PAD operator",
        "    that PyTorch does not have",
        "To change the limit, edit ram of board at pyproject.toml:2.",
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "artifact 'build/net_16.tflite' is not there: build it first"),
        (b"", "artifact 'build/net_16.tflite' is empty"),
        (
            b"<html>not found</html>",
            "artifact 'build/net_16.tflite' is no TensorFlow Lite file: it does not have 'TFL3' in bytes 4 to 7",
        ),
    ],
)
def test_a_file_that_cannot_be_read(
    declare: Declare, pytester: pytest.Pytester, run: Run, rows: Rows, data: bytes | None, told: str
) -> None:
    if data is not None:
        (pytester.path / "build").mkdir()
        (pytester.path / "build" / "net_16.tflite").write_bytes(data)
    declare(NET)
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    assert rows(result) == [f"error net::R16 {told}"]


def test_the_size_of_any_file(declare: Declare, pytester: pytest.Pytester, run: Run, rows: Rows) -> None:
    (pytester.path / "net.onnx").write_bytes(bytes(2000))
    declare("""
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input = "1x3x16x16"
artifact = "net.onnx"
artifact_bytes = "1 kB"
""")
    result = run()
    result.assert_outcomes(passed=1, failed=1)
    assert rows(result) == ["exceeded net::default 1.953 KiB (artifact) > 1,000 B (+100%)"]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            'artifact_bytes = "1 kB"',
            "models.net.artifact_bytes: no built file is declared: write artifact = 'build/net.tflite' beside it",
        ),
        (
            "artifact = 'net_{S}.tflite'\nmacs = 1",
            "models.net.artifact: no size for the dimension 'S'; the text itself is written '$$S' or '{{S}}'",
        ),
        ("artifact = ''\nmacs = 1", "models.net.artifact: the text is empty"),
        (
            "artifact = 'net.bin'\nmacs = 1\nmode = 'training'",
            (
                "models.net: artifact is built for an inference, and mode = 'training' counts a step of training: "
                "leave one out"
            ),
        ),
    ],
)
def test_mistakes_in_the_table(declare: Declare, run: Run, section: Section, keys: str, told: str) -> None:
    declare(f'[tool.pytest-flopbudget.models.net]\nfactory = "toy:net"\ninput = "1x3x16x16"\n{keys}\n')
    result = run()
    assert [line.partition(": ")[2] for line in section(result, "table of pyproject.toml")] == [told]


def test_a_model_of_the_tests_own_is_held_to_the_size_of_the_file(
    declare: Declare, pytester: pytest.Pytester, run: Run, rows: Rows
) -> None:
    (pytester.path / "net.onnx").write_bytes(bytes(2000))
    declare("""
[tool.pytest-flopbudget.models.net]
factory = "toy:net"
input = "1x3x16x16"
artifact = "net.onnx"
artifact_bytes = "2 kB"
""")
    pytester.makepyfile("""
import toy
def test_declared(flop_budget):
    flop_budget(toy.net(), declared="net")
def test_own(flop_budget):
    flop_budget(toy.net(), "1x3x16x16", artifact_bytes="2 kB")
""")
    result = run("-v", "--flopbudget")
    result.assert_outcomes(passed=3, failed=1)
    told = "artifact_bytes: no built file is declared: write artifact = 'build/net.tflite' in the model"
    assert [row.partition("::#1 ")[2] for row in rows(result) if row.startswith("error")] == [told]
