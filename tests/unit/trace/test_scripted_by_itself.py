"""What TorchScript computes by itself passes no dispatcher: it is refused by name, never a silent zero."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.region import region

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # torch.jit announces its successor with every call
    pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN"),
]
WHY = (
    "is computed by TorchScript itself, which is not seen: count the model as it was before it was fused or optimised "
    "for inference"
)


def net() -> nn.Sequential:
    """6 * 6 * 8 * 3 * 9 and 288 * 5 MACs at 1x3x8x8."""
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 5)).eval()


def optimised() -> nn.Module:
    made: nn.Module = torch.jit.optimize_for_inference(torch.jit.script(net()))
    return made


@pytest.fixture
def fused() -> Iterator[nn.Module]:
    """A model that earlier runs have fused."""
    torch.jit.enable_onednn_fusion(True)
    made: nn.Module = torch.jit.freeze(torch.jit.trace(net(), torch.ones(1, 3, 8, 8)))
    with torch.no_grad():
        for _ in range(3):
            made(torch.ones(1, 3, 8, 8))
    yield made
    torch.jit.enable_onednn_fusion(False)


@pytest.mark.parametrize("backend", ["auto", "execute"])
def test_a_model_optimised_for_inference_is_refused(backend: Backend) -> None:
    with pytest.raises(MeasureError) as raised:
        count(nn.Sequential(nn.Identity(), optimised()), "1x3x8x8", backend=backend)
    told = f"cannot be counted: prim::mkldnn_convolution in 1 (RecursiveScriptModule) {WHY}"
    assert str(raised.value).splitlines()[0] == told


def test_a_fused_model_is_refused_where_it_is_executed(fused: nn.Module) -> None:
    with pytest.raises(MeasureError) as raised:
        count(fused, "1x3x8x8", backend="execute")
    told = f"cannot be counted: prim::oneDNNFusionGroup in {type(fused).__name__} {WHY}"
    assert str(raised.value).splitlines()[0] == told


@pytest.mark.skipif(torch.__version__.startswith("2.4."), reason="there a fused graph takes no other than real tensors")
def test_a_fused_model_falls_back_to_its_operators_on_shapes(fused: nn.Module) -> None:
    assert count(fused, "1x3x8x8", backend="shapes").macs == 6 * 6 * 8 * 3 * 9 + 288 * 5


def test_a_scripted_model_that_is_neither_is_counted() -> None:
    for model in (torch.jit.script(net()), torch.jit.freeze(torch.jit.script(net()))):
        assert count(model, "1x3x8x8", backend="execute").macs == 6 * 6 * 8 * 3 * 9 + 288 * 5


def test_in_a_region_it_is_refused_at_once_and_at_the_end() -> None:
    model = optimised()
    told = f"cannot be counted: prim::mkldnn_convolution {WHY}"
    with torch.no_grad(), region(FORMULAS) as seen, pytest.raises(MeasureError) as raised:
        model(torch.ones(1, 3, 8, 8))
    assert str(raised.value) == told
    with pytest.raises(MeasureError) as raised:
        seen.trace()
    assert str(raised.value) == told
