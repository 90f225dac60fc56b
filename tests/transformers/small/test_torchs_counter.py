"""torch's own counter finds twice our MACs; where it finds another number, how many more or fewer is told here.

It is asked on the meta device, where it knows attention whole. What needs values is run, attention as the matrix
products that it is made of: the fused kernel of a CPU it cannot see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Mode
from pytest_flopbudget.declaring.inputs import TensorInput, parse_inputs
from pytest_flopbudget.trace.inputs import floats_in

Small = tuple[str, Callable[[], nn.Module], dict[str, str]]

pytestmark = [
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

BOTH: tuple[Mode, Mode] = ("inference", "training")
NEEDS_VALUES: dict[str, tuple[Mode, ...]] = {
    "bart": BOTH,  # whether a mask hides anything
    "marian": BOTH,
    "detr": BOTH,
    "deberta": BOTH,  # a scale, made as a tensor and read as a number
    "llava": BOTH,  # how many places of the text are an image's
    "mixtral": BOTH,  # torch has no products in groups for single precision on meta
    "qwen2-moe": BOTH,
    "gpt-oss": BOTH,
    "wav2vec2": ("training",),  # the places that are masked at random
    "hubert": ("training",),
}

TOKENS = 2 * 16
# Products in groups it has no formula for: two layers, two experts a token, three matrices each.
IN_GROUPS = {
    "mixtral": 2 * TOKENS * 2 * 3 * 32 * 64,
    "qwen2-moe": 2 * TOKENS * 2 * 3 * 32 * 32,
    "gpt-oss": 2 * TOKENS * 2 * 3 * 32 * 64,
}

# The gradient of the weight of a convolution in groups it takes for one without: too high by as many times as there
# are groups but one. The MACs of the convolutions' forward, and their groups:
GROUPED_CONVOLUTIONS: dict[str, list[tuple[int, int]]] = {
    # One by each of two layers, of 4 steps, padded by 3 on both sides, over twice the width.
    "mamba": 2 * [(2 * 64 * (16 + 3) * 4, 64)],
    # So too, and over two groups of states for input and output.
    "mamba2": 2 * [(2 * (64 + 2 * 2 * 8) * (16 + 3) * 4, 64 + 2 * 2 * 8)],
    # One by each stage's block, 7 x 7.
    "convnext": [(side * side * width * 7 * 7, width) for side, width in ((16, 8), (8, 16), (4, 24), (2, 32))],
    # One inside each stage's feed-forward, 3 x 3, four times as wide.
    "segformer": [(side * side * width * 3 * 3, width) for side, width in ((16, 32), (8, 64), (4, 96), (2, 128))],
    # The convolution that tells positions, in 4 groups; an even kernel gives one position more than the 199.
    "wav2vec2": [(200 * 32 * (32 // 4) * 16, 4)],
    "hubert": [(200 * 32 * (32 // 4) * 16, 4)],
}


def unlike(name: str, mode: Mode) -> int:
    """How many FLOPs more than ours it finds."""
    unseen = 2 * IN_GROUPS.get(name, 0)
    if mode == "inference":
        return -unseen
    # Both operands of those products depend on weights: their backward costs twice the forward.
    return -3 * unseen + sum(2 * macs * (groups - 1) for macs, groups in GROUPED_CONVOLUTIONS.get(name, []))


@pytest.mark.parametrize("mode", BOTH)
def test_torchs_counter(small: Small, mode: Mode) -> None:
    name, build, inputs = small
    device = "cpu" if mode in NEEDS_VALUES.get(name, ()) else "meta"
    assert found_by_torch(build, inputs, mode, device) == count(build(), inputs, mode=mode).flops + unlike(name, mode)


@pytest.mark.parametrize(
    ("small", "mode"), [(name, mode) for name, modes in NEEDS_VALUES.items() for mode in modes], indirect=["small"]
)
def test_what_needs_values(small: Small, mode: Mode) -> None:
    _, build, inputs = small
    with pytest.raises(RuntimeError):
        found_by_torch(build, inputs, mode, "meta")


@pytest.fixture(autouse=True)
def as_matrix_products() -> Iterator[None]:
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    with sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False):
        yield
    torch.backends.mha.set_fastpath_enabled(fused)


def found_by_torch(build: Callable[[], nn.Module], inputs: dict[str, str], mode: Mode, device: str) -> int:
    torch.manual_seed(0)
    nodes = parse_inputs(inputs).keyword
    with torch.device(device):
        model, kwargs = build().train(mode == "training"), {name: filled(node) for name, node in nodes.items()}
    with FlopCounterMode(display=False) as counter:
        out = model(**kwargs)
        if mode == "training":
            torch.stack([tensor.sum() for tensor in floats_in(out) if tensor.requires_grad]).sum().backward()
    return int(counter.get_total_flops())


def filled(node: object) -> torch.Tensor:
    assert isinstance(node, TensorInput)
    shape = tuple(int(size) for size in node.dims)
    return torch.full(shape, node.fill or 0, dtype=getattr(torch, node.dtype or "float32"))
