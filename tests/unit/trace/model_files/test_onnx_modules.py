"""Which module a node of an ONNX graph comes from, as torch's exporters tell."""

from __future__ import annotations

import pytest

pytest.importorskip("onnx")

from onnx.helper import make_node

from pytest_flopbudget.trace.model_files.onnx_modules import module_of_node

SCOPES, NAMESPACE = "pkg.torch.onnx.name_scopes", "namespace"


@pytest.mark.parametrize(
    ("name", "props", "path"),
    [
        ("", {}, ""),
        ("node_conv2d", {}, ""),
        ("/Conv", {}, ""),
        ("/stem/conv/Conv", {}, "stem.conv"),
        ("/layers/layers.0/conv/Conv", {}, "layers.0.conv"),
        ("/stem/conv/Conv", {"other": "value"}, "stem.conv"),
        ("node_conv2d", {SCOPES: "['', 'stem', 'stem.conv', 'conv2d']"}, "stem.conv"),
        ("node_add", {SCOPES: "['add']"}, ""),
        (
            "node_conv2d",
            {NAMESPACE: ": pkg.Net/stem: pkg.Stem/stem.conv: torch.nn.Conv2d/conv2d: aten.conv2d.default"},
            "stem.conv",
        ),
        ("node_add", {NAMESPACE: "add: aten.add.Tensor"}, ""),
    ],
)
def test_the_module_of_a_node(name: str, props: dict[str, str], path: str) -> None:
    node = make_node("Conv", ["x"], ["y"], name=name)
    for key, value in props.items():
        node.metadata_props.add(key=key, value=value)
    assert module_of_node(node) == path
