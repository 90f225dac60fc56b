"""Models from their files, exported, scripted and as graphs of ONNX, count what the models themselves do."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from nets.mobilenet_v2 import MobileNetV2
from nets.resnet8 import ResNet8
from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost

pytest.importorskip("onnx")


class Tagger(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(50, 16)
        self.steps = nn.LSTM(16, 24, num_layers=2, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(48, 7)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.tags(self.steps(self.words(ids))[0])
        return out


class Attentive(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(32, nhead=4, dim_feedforward=64, batch_first=True)
        self.out = nn.Linear(32, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.out(self.layer(x))
        return out


@dataclass(frozen=True, slots=True)
class Exported:
    """A model's own count, the folder with its files, and the modules of which torch's exporter tells what they do."""

    eager: Measurement
    folder: Path
    told: frozenset[str]


MODELS: Mapping[str, tuple[Callable[[], nn.Module], torch.Tensor, str]] = {
    "resnet8": (ResNet8, torch.zeros(1, 3, 32, 32), "1x3x32x32"),
    "mobilenet_v2": (MobileNetV2, torch.zeros(1, 3, 32, 32), "1x3x32x32"),
    "tagger": (Tagger, torch.zeros(2, 11, dtype=torch.long), "int64:2x11"),
    "attentive": (Attentive, torch.zeros(2, 9, 32), "2x9x32"),
}
# 22 steps through both directions of a layer with 16 inputs and of one with 48, gates of 24 states; then 48 x 7.
TAGGER = 2 * 11 * (2 * 4 * 24 * (16 + 24) + 2 * 4 * 24 * (48 + 24) + 48 * 7)
# Queries, keys, values and the output; scores and their values; two layers of 64; the head.
ATTENTIVE = 2 * 9 * (4 * 32 * 32 + 2 * 9 * 32 + 2 * 32 * 64 + 32 * 5)


@pytest.fixture(scope="module", params=MODELS)
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    build, example, written = MODELS[request.param]
    folder, model = tmp_path_factory.mktemp(request.param), build().eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.export.export(model, (example,))
        torch.export.save(program, folder / "model.pt2")
        torch.jit.save(torch.jit.trace(model, example, check_trace=False), str(folder / "model.pt"))
        torch.onnx.export(model, (example,), str(folder / "model.onnx"), dynamo=False)
    stacks = [node.meta.get("nn_module_stack", {}) for node in program.graph.nodes]
    return Exported(count(model, written), folder, frozenset(path for stack in stacks for path, _ in stack.values()))


def test_the_numbers_worked_out_by_hand() -> None:
    assert count(Tagger(), "int64:2x11").macs == TAGGER
    assert count(Attentive(), "2x9x32").macs == ATTENTIVE


def test_an_exported_program(exported: Exported) -> None:
    found = count(exported.folder / "model.pt2")
    # Of what a layer of transformers has in it, torch 2.4 tells nothing.
    eager = {path: cost if path in exported.told else Cost(0, 0) for path, cost in exported.eager.by_module().items()}
    assert found.by_module() == eager
    assert found.macs == exported.eager.macs
    assert found.params_by_module() == exported.eager.params_by_module()
    assert (found.activations, found.traced) == (exported.eager.activations, "shapes")


def test_torchscript(exported: Exported) -> None:
    written = exported.eager.boundary
    assert written is not None
    spec = written.inputs[0]
    found = count(exported.folder / "model.pt", f"{spec.dtype}:{'x'.join(map(str, spec.shape))}")
    assert found.macs == exported.eager.macs
    assert (found.params, found.activations) == (exported.eager.params, exported.eager.activations)


def test_a_graph_of_onnx(exported: Exported) -> None:
    found, eager = count(str(exported.folder / "model.onnx")), exported.eager
    assert not found.uncounted
    assert found.macs == eager.macs
    theirs, ours = eager.by_module(), found.by_module()
    assert {path: cost.macs for path, cost in ours.items() if cost.macs} == {
        path: theirs[path].macs for path, cost in ours.items() if cost.macs
    }
    assert {path for path, cost in theirs.items() if cost.macs and path not in ours} <= {"layer.self_attn.out_proj"}
