"""Peaks of the examples' networks beside those of torch.export's graph, worked out from its nodes alone.

No storages here: a node's result is a buffer of its own unless the node is known to give its argument again.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
from torch import fx

from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.memory.planning import peak_activation_bytes
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import arguments_of, blueprint_of, measure
from pytest_flopbudget.trace.real import real_inputs, real_model

EXAMPLES = Path(__file__).parents[2] / "examples"
TABLES = [EXAMPLES / "pyproject.toml", EXAMPLES / "microcontroller" / "pyproject.toml"]
CASES = {
    f"{path.parent.name}-{case.id}": (case, table)
    for path in TABLES
    if (table := read_table(path))
    for case in table.cases
    # The same network at another size has the same graph.
    if case.id.rpartition("::")[2] in ("default", "R64", "R96", "R128", "H128-W256")
}

AGAIN = ("flatten", "view", "reshape", "dropout", "relu_", "hardtanh_", "detach", "alias")
LAYERS = ("conv1d", "conv2d", "conv_transpose2d", "linear")
ACTIVATIONS = ("relu", "hardtanh", "relu6")


@dataclass(slots=True)
class Graph:
    """The nodes that compute something, and whose buffer each node's result lies in."""

    nodes: list[fx.Node]
    constants: set[fx.Node]
    fused: bool
    owner: dict[fx.Node, fx.Node] = field(default_factory=dict)

    def run(self) -> int:
        """The most bytes that are alive at one node."""
        for node in self.nodes:
            source = next(iter(node.all_input_nodes), None)
            if node.op == "call_function" and source is not None and self.gives_again(node, source):
                self.owner[node] = self.owner.get(source, source)
        last: dict[fx.Node, int] = {}
        for at, node in enumerate(self.nodes):
            if node.op == "output" or name(node) not in AGAIN or name(node).endswith("_"):
                last.update({self.owner.get(each, each): at for each in node.all_input_nodes})
            last.setdefault(self.owner.get(node, node), at)
        steps = [at for at, node in enumerate(self.nodes) if node.op == "call_function"]
        buffers = [
            (size(node), at if node.op == "call_function" else steps[0], min(last[node], steps[-1]))
            for at, node in enumerate(self.nodes)
            if node.op != "output" and node not in self.constants and node not in self.owner
        ]
        return max(sum(each for each, start, end in buffers if start <= at <= end) for at in steps)

    def gives_again(self, node: fx.Node, source: fx.Node) -> bool:
        if name(node) in AGAIN:
            return True
        if not self.fused or len(source.users) != 1:
            return False
        if name(node) == "batch_norm":
            return name(source) in LAYERS
        return name(node) in ACTIVATIONS and name(source) in (*LAYERS, "batch_norm", "add", "add_")


def name(node: fx.Node) -> str:
    return str(getattr(node.target, "__name__", node.target)).partition(".")[0]


def size(node: fx.Node) -> int:
    value = node.meta.get("val")
    return value.numel() * value.element_size() if isinstance(value, torch.Tensor) else 0


def peak_of(program: torch.export.ExportedProgram, *, fused: bool) -> int:
    nodes = list(program.graph.nodes)
    signature = program.graph_signature
    held = {*signature.inputs_to_parameters, *signature.inputs_to_buffers, *signature.inputs_to_lifted_tensor_constants}
    if any(node.target is operator.getitem for node in nodes):
        pytest.skip("this torch exports the pieces of batch norm")
    return Graph(nodes, {node for node in nodes if node.name in held}, fused).run()


@pytest.mark.parametrize("name", [name for name in CASES if "vgg" not in name])
def test_the_peak_is_that_of_the_exported_graph(name: str) -> None:
    case, table = CASES[name]
    model = real_model(blueprint_of(case, table.folder)).eval()
    args, kwargs = real_inputs(arguments_of(case, table.folder), model)
    program = torch.export.export(model, tuple(args), dict(kwargs))
    measurement = measure(case, table)
    assert peak_activation_bytes(measurement, AS_IT_IS) == peak_of(program, fused=False)
    assert peak_activation_bytes(measurement, Deployment(fusion="conv-bn-act")) == peak_of(program, fused=True)
