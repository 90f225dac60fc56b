"""Which module a node of an ONNX graph comes from, as torch's exporters tell."""

from __future__ import annotations

import onnx

# The newer exporter writes ": pkg.Net/stem: pkg.Stem/stem.conv: torch.nn.Conv2d/conv2d: aten.conv2d.default".
_NAMESPACE = "namespace"


def module_of_node(node: onnx.NodeProto) -> str:
    """The dotted path of the module that a node was exported from; ``""`` where nothing tells."""
    for entry in node.metadata_props:
        if entry.key == "pkg.torch.onnx.name_scopes":
            return _of_scopes(entry.value)
        if entry.key == _NAMESPACE:
            return _of_namespace(entry.value)
    # The older one names a node "/stem/conv/Conv".
    return _of_name(node.name) if node.name.startswith("/") else ""


def _of_scopes(written: str) -> str:
    """The last but one of ``"['', 'stem', 'stem.conv', 'conv2d']"``."""
    names = [each.strip().strip("'\"") for each in written.strip("[]").split(",")]
    return names[-2] if len(names) > 1 else ""


def _of_namespace(written: str) -> str:
    scopes = written.split("/")[:-1]
    return scopes[-1].partition(":")[0].strip() if scopes else ""


def _of_name(name: str) -> str:
    path: list[str] = []
    for scope in name.split("/")[1:-1]:
        # A child of a list is named with it: "/layers/layers.0/conv".
        parent, _, child = scope.rpartition(".")
        path += [child] if parent and path and path[-1] == parent.rpartition(".")[2] else [scope]
    return ".".join(path)
