"""Graphs of ONNX, written node by node: counts by hand, sizes that are bound, and what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("onnx")

import onnx
import torch
from onnx.helper import make_graph, make_node, make_tensor, make_tensor_value_info

from onnx_files import Sizes, numbers, weight, written
from pytest_flopbudget import count, value
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import measure
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.model_files.opening import module_of

CONV = make_node("Conv", ["x", "w", "b"], ["y"], name="/stem/conv/Conv", pads=[1, 1, 1, 1], strides=[2, 2])
HELD = (weight("w", (8, 3, 3, 3)), weight("b", (8,)))


def refusal(path: Path, given: object = ()) -> str:
    with pytest.raises(MeasureError) as caught:
        count(path, given)
    return str(caught.value).replace(str(path), path.name)


def test_a_convolution(tmp_path: Path) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], HELD)
    found = count(path)
    assert found.by_operator().keys() == {"onnx::Conv"}
    assert found.macs == 8 * 8 * 8 * 3 * 9
    assert found.total_flops == 2 * 8 * 8 * 8 * 3 * 9 + 8 * 8 * 8
    assert found.params == 8 * 3 * 9 + 8
    assert found.by_module().keys() == {"", "stem", "stem.conv"}
    assert found.notes == ("counted from the graph of an ONNX file, by its shapes; nothing was run",)


def test_memory(tmp_path: Path) -> None:
    nodes = [CONV, make_node("Relu", ["y"], ["z"]), make_node("Flatten", ["z"], ["flat"])]
    found = count(written(tmp_path / "net.onnx", nodes, {"x": (1, 3, 16, 16)}, ["flat"], HELD))
    assert value(found, "weight_bytes") == 4 * (8 * 3 * 9 + 8)
    # The input and the convolution's output are more than two of the latter.
    assert value(found, "peak_activation_bytes") == 4 * max(3 * 16 * 16 + 8 * 8 * 8, 2 * 8 * 8 * 8)


@pytest.mark.parametrize(("size", "out"), [(16, 8), (33, 17)])
def test_open_sizes_are_those_of_the_input(tmp_path: Path, size: int, out: int) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": ("n", 3, "side", "side")}, ["y"], HELD)
    assert count(path, f"2x3x{size}x{size}").macs == 2 * 8 * out * out * 3 * 9


def test_sizes_that_the_graph_works_out(tmp_path: Path) -> None:
    nodes = [
        make_node("Shape", ["x"], ["shape"]),
        make_node("Gather", ["shape", "zero"], ["n"]),
        make_node("Concat", ["n", "rest"], ["wanted"], axis=0),
        make_node("Reshape", ["x", "wanted"], ["flat"]),
        make_node("MatMul", ["flat", "w"], ["y"]),
    ]
    held = [numbers("zero", [0]), numbers("rest", [-1]), weight("w", (12, 5))]
    path = written(tmp_path / "net.onnx", nodes, {"x": ("n", 3, 4)}, ["y"], held)
    assert count(path, "7x3x4").macs == 7 * 12 * 5


def test_sizes_behind_an_operator_with_an_input_left_out(tmp_path: Path) -> None:
    nodes = [make_node("Clip", ["x", "", "most"], ["some"]), make_node("MatMul", ["some", "w"], ["y"])]
    held = [weight("most", ()), weight("w", (4, 5))]
    assert count(written(tmp_path / "net.onnx", nodes, {"x": (3, 4)}, ["y"], held)).macs == 3 * 4 * 5


def test_a_size_that_the_exporter_fixed(tmp_path: Path) -> None:
    node = make_node("Reshape", ["x", "wanted"], ["y"], name="/body/Reshape")
    path = written(tmp_path / "net.onnx", [node], {"x": ("n", 4)}, ["y"], [numbers("wanted", [6, 2])])
    assert count(path, "3x4").macs == 0
    assert refusal(path, "5x4").endswith(
        "net.onnx' cannot run at this input: onnx::Reshape in body is to make 6x2 of 5x4\n"
        "the exporter fixed a size there: export it for this one"
    )


@pytest.mark.parametrize(
    ("sizes", "given", "said"),
    [
        ((1, 3, 16, 16), "1x3x8x8", "takes x float32:1x3x16x16, and 1x3x8x8 is given"),
        ((1, 3, "r", "r"), "1x3x8x9", "takes x float32:1x3x[r]x[r], and 1x3x8x9 is given"),
        ((1, 3, "r", "r"), (), "has open sizes, x float32:1x3x[r]x[r]: write its input"),
        ((1, 3, 16, 16), "float16:1x3x16x16", "takes x float32:1x3x16x16, and float16:1x3x16x16 is given"),
        ((1, 3, 16, 16), ["1x3x16x16", "4"], "takes x float32:1x3x16x16, and 1x3x16x16, 4 is given"),
        ((1, 3, 16, 16), {"z": "1x3x16x16"}, "takes x float32:1x3x16x16, and z 1x3x16x16 is given"),
    ],
)
def test_inputs_that_do_not_fit(tmp_path: Path, sizes: Sizes, given: object, said: str) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": sizes}, ["y"], HELD)
    assert refusal(path, given).endswith(f"net.onnx' {said}")


def test_a_tensor_is_its_sizes_and_type(tmp_path: Path) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, "r", "r")}, ["y"], HELD)
    assert count(path, torch.zeros(1, 3, 16, 16)).macs == 8 * 8 * 8 * 3 * 9
    assert refusal(path, torch.zeros(1, 3, 16, 16, dtype=torch.float64)).endswith(
        "net.onnx' takes x float32:1x3x[r]x[r], and float64:1x3x16x16 is given"
    )
    assert refusal(path, {"x": None}).endswith("net.onnx' takes a tensor as x, not an object of NoneType")


def test_an_input_of_texts(tmp_path: Path) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], HELD)
    model = onnx.load_model(path)
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.STRING
    path.write_bytes(model.SerializeToString())
    assert refusal(path).endswith("net.onnx' takes x, which is no tensor of numbers")


def test_a_weight_of_texts(tmp_path: Path) -> None:
    texts = onnx.TensorProto(name="words", data_type=onnx.TensorProto.STRING, dims=[1], string_data=[b"one"])
    path = written(tmp_path / "net.onnx", [make_node("Shape", ["words"], ["y"])], {}, ["y"], [texts])
    assert refusal(path).endswith(
        "net.onnx' has a tensor whose sizes are not known: 'words'\n"
        "a size that depends on data, or an operator that onnx does not know"
    )


def test_a_value_that_cannot_be_computed_has_its_size(tmp_path: Path) -> None:
    nodes = [make_node("Gather", ["two", "place"], ["none"]), make_node("MatMul", ["x", "w"], ["y"])]
    held = [numbers("two", [3, 4]), numbers("place", [7]), weight("w", (4, 5))]
    assert count(written(tmp_path / "net.onnx", nodes, {"x": (3, 4)}, ["y"], held)).macs == 3 * 4 * 5


def test_a_node_that_puts_out_nothing(tmp_path: Path) -> None:
    nodes = [make_node("Log", ["x"], [], domain="com.shop", level=2), make_node("Relu", ["x"], ["y"])]
    path = written(tmp_path / "net.onnx", nodes, {"x": (4,)}, ["y"])
    assert count(path).uncounted == {("com_shop::Log", ""): 1}


def test_an_operator_without_a_formula_is_uncounted(tmp_path: Path) -> None:
    node = make_node("GridSample", ["x", "grid"], ["y"], name="/warp/GridSample")
    path = written(tmp_path / "net.onnx", [node], {"x": (1, 3, 8, 8), "grid": (1, 4, 4, 2)}, ["y"])
    assert count(path).uncounted == {("onnx::GridSample", "warp"): 1}


def test_branches_are_uncounted(tmp_path: Path) -> None:
    def branch(operator: str) -> onnx.GraphProto:
        info = make_tensor_value_info("z", onnx.TensorProto.FLOAT, (4,))
        return make_graph([make_node(operator, ["x"], ["z"])], operator, [], [info])

    node = make_node("If", ["which"], ["y"], then_branch=branch("Relu"), else_branch=branch("Exp"))
    held = [make_tensor("which", onnx.TensorProto.BOOL, [], [True])]
    assert count(written(tmp_path / "net.onnx", [node], {"x": (4,)}, ["y"], held)).uncounted == {("onnx::If", ""): 1}


@pytest.mark.parametrize(
    ("node", "asked"),
    [
        (make_node("NonZero", ["x"], ["y"]), "onnx::NonZero"),
        (make_node("Odd", ["x"], ["y"], domain="com.shop"), "com_shop::Odd"),
        (make_node("Transpose", ["x"], ["y"], perm=[1, 0]), "onnx::Transpose"),
    ],
)
def test_sizes_that_nothing_tells(tmp_path: Path, node: onnx.NodeProto, asked: str) -> None:
    said = refusal(written(tmp_path / "net.onnx", [node], {"x": (4,)}, ["y"]))
    assert said.endswith(
        f"net.onnx' has a tensor whose sizes are not known: 'y', which {asked} puts out\n"
        "a size that depends on data, or an operator that onnx does not know"
    )


def test_large_weights_outside_of_the_file_are_not_opened(tmp_path: Path) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], outside("weights.bin"))
    assert count(path).params == 8 * 3 * 9 + 8


@pytest.mark.parametrize("place", ["../weights.bin", "/etc/weights.bin", "a/../../b", "c:\\weights.bin"])
def test_weights_outside_of_the_folder(tmp_path: Path, place: str) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], outside(place))
    shown = place.replace("\\", "/")
    assert refusal(path).endswith(f"net.onnx' has the data of 'w' outside of its folder: {shown}")


def outside(place: str) -> Sequence[onnx.TensorProto]:
    tensor = weight("w", (8, 3, 3, 3))
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="offset", value="0")
    tensor.external_data.add(key="location", value=place)
    return (tensor, HELD[1])


@pytest.mark.parametrize("data", [b"\x00" * 64, b"not a graph at all", b"\x80\x04K\x01.", b"\xff" * 999])
def test_other_files(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(data)
    assert "net.onnx' is no ONNX file" in refusal(path)


def test_a_file_without_nodes(tmp_path: Path) -> None:
    assert refusal(written(tmp_path / "net.onnx", [], {"x": (4,)}, ["x"])).endswith(
        "net.onnx' is no ONNX file: it holds no graph"
    )


def test_every_beginning_of_a_file(tmp_path: Path) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], HELD)
    data, whole = path.read_bytes(), count(path).macs
    for end in range(0, len(data), 41):
        path.write_bytes(data[:end])
        try:
            assert count(path).macs == whole
        except MeasureError:
            continue


def test_a_declared_graph_takes_no_arguments_of_a_models(tmp_path: Path) -> None:
    written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], HELD)
    table = tmp_path / "pyproject.toml"
    table.write_text(
        '[tool.pytest-flopbudget.models.net]\nfactory = "net.onnx"\npart = "stem"\nmacs = "1 k"\n', encoding="utf-8"
    )
    read = read_table(table)
    assert read is not None
    with pytest.raises(MeasureError) as caught:
        measure(read.cases[0], read)
    assert str(caught.value) == "factory 'net.onnx' is a graph, which takes no part"


def test_a_graph_is_no_module_that_runs() -> None:
    with pytest.raises(MeasureError) as caught:
        module_of("net.onnx", Path("net.onnx"))
    assert str(caught.value) == (
        "factory 'net.onnx' is a graph, and no torch.nn.Module: it is counted, and cannot be run"
    )


@pytest.mark.parametrize(
    ("mode", "backend", "said"),
    [
        ("training", "auto", "is a graph, which is not trained: count the model itself"),
        ("inference", "execute", "is a graph, which backend = 'execute' cannot run: leave it out"),
        ("inference", "thop", "is a graph, which backend = 'thop' cannot run: leave it out"),
    ],
)
def test_what_a_graph_is_not(tmp_path: Path, mode: Mode, backend: Backend, said: str) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], HELD)
    with pytest.raises(MeasureError) as caught:
        count(path, mode=mode, backend=backend)
    assert str(caught.value).endswith(f"net.onnx' {said}")


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "net.onnx", [CONV], {"x": (1, 3, 16, 16)}, ["y"], HELD)
    monkeypatch.setattr("pytest_flopbudget.trace.model_files.graphs.find_spec", lambda _name: None)
    assert refusal(path).endswith(
        "net.onnx' needs a package that is not installed: pip install 'pytest-flopbudget[onnx]'"
    )
