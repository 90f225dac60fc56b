"""Rules beside torch's own kernels on generated arguments: of any shape and layout, such as torch refuses too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import strategies as st

from drawn_tensors import SHAPES, Row, of, tensors

POINTWISE = ("relu", "leaky_relu", "elu", "silu", "gelu", "sigmoid", "tanh", "exp", "neg", "abs", "hardtanh", "relu_")
BINARY = ("add.Tensor", "mul.Tensor", "div.Tensor", "maximum", "eq.Tensor", "add_.Tensor", "mul_.Tensor")
REDUCING = ("sum.dim_IntList", "mean.dim", "amax", "var.correction", "logsumexp")


@st.composite
def broadcast(draw: st.DrawFn) -> Row:
    """Two tensors of which one is nearly always broadcast to the other."""
    shape = draw(SHAPES)
    other = [draw(st.sampled_from((size, size, size, 1, size + 1))) for size in shape]
    return Row(draw(st.sampled_from(BINARY)), (draw(tensors(shape)), draw(tensors(other[draw(st.integers(0, 2)) :]))))


@st.composite
def reduced(draw: st.DrawFn) -> Row:
    """A reduction over some dimensions, which need not be there."""
    name = draw(st.sampled_from(REDUCING))
    dims = draw(st.lists(st.integers(-4, 3), max_size=3, min_size=name == "logsumexp"))
    last = () if name == "var.correction" else (draw(st.booleans()),)
    return Row(name, (draw(tensors()), dims, *last))


@st.composite
def products(draw: st.DrawFn) -> Row:
    """A product of matrices or of batches of them, whose inner sizes now and then differ."""
    rows, inner, columns, batch = (draw(st.integers(0, 4)) for _ in range(4))
    odd = draw(st.sampled_from((0, 0, 0, 1)))
    name = draw(st.sampled_from(("mm", "bmm", "mv", "matmul", "linear", "addmm")))
    if name == "linear":
        bias = draw(st.sampled_from((None, torch.ones(columns))))
        before = draw(st.lists(st.integers(0, 3), max_size=2))
        return Row(name, (draw(tensors((*before, inner + odd))), draw(tensors((columns, inner))), bias))
    if name == "matmul":
        return Row(name, (draw(tensors()), draw(tensors())))
    batched = (batch,) if name == "bmm" else ()
    first, second = draw(tensors((*batched, rows, inner + odd))), draw(tensors((*batched, inner, columns)))
    if name == "mv":
        return Row(name, (first, draw(tensors((inner,)))))
    return Row(name, (draw(tensors((columns,))), first, second) if name == "addmm" else (first, second))


@st.composite
def convolutions(draw: st.DrawFn) -> Row:
    """A convolution, or a transposed one, of one to three dimensions, whose window may be too large."""
    dims, transposed = draw(st.integers(1, 3)), draw(st.booleans())
    groups, each, out = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    numbers = st.lists(st.integers(1, 3), min_size=dims, max_size=dims)
    stride, dilation, kernel = draw(numbers), draw(numbers), draw(numbers)
    padding = draw(st.lists(st.integers(0, 2), min_size=dims, max_size=dims))
    sizes = draw(st.lists(st.integers(1, 6), min_size=dims, max_size=dims))
    channels = each * groups + draw(st.sampled_from((0, 0, 0, 1)))
    weight = (each * groups, out, *kernel) if transposed else (out * groups, each, *kernel)
    bias = draw(st.sampled_from((None, torch.ones(out * groups))))
    given_ = (draw(tensors((draw(st.integers(1, 2)), channels, *sizes))), draw(tensors(weight)), bias, stride, padding)
    if transposed:
        output_padding = draw(st.lists(st.integers(0, 1), min_size=dims, max_size=dims))
        name = f"conv_transpose{dims}d" + (".input" if dims > 1 else "")
        return Row(name, (*given_, output_padding, groups, dilation))
    return Row(f"conv{dims}d", (*given_, dilation, groups))


@st.composite
def pooled(draw: st.DrawFn) -> Row:
    """Pooling, whose window may be too large and whose padding too wide."""
    name = draw(st.sampled_from(("max_pool2d", "avg_pool2d", "adaptive_avg_pool2d")))
    pair = st.lists(st.integers(1, 3), min_size=2, max_size=2)
    images = draw(tensors((*draw(st.lists(st.integers(1, 2), min_size=1, max_size=2)), *draw(pair))))
    window, stride = draw(pair), draw(st.one_of(st.just([]), pair))
    if name == "adaptive_avg_pool2d":
        return Row(name, (images, window))
    padding = draw(st.lists(st.integers(0, 1), min_size=2, max_size=2))
    middle = draw(pair) if name == "max_pool2d" else draw(st.booleans())
    last = (middle, draw(st.booleans())) if name == "max_pool2d" else (middle,)
    return Row(name, (images, window, stride, padding, *last))


@st.composite
def normalised(draw: st.DrawFn) -> Row:
    """A normalisation in evaluation, whose channels now and then do not fit."""
    name = draw(st.sampled_from(("batch_norm", "layer_norm", "group_norm")))
    channels = draw(st.integers(1, 4))
    x = draw(tensors((draw(st.integers(1, 3)), channels, *draw(st.lists(st.integers(1, 3), max_size=2)))))
    fitting = channels + draw(st.sampled_from((0, 0, 0, 1)))
    weight = draw(st.sampled_from((None, torch.ones(fitting))))
    if name == "batch_norm":
        return Row(name, (x, weight, weight, torch.ones(fitting), torch.ones(fitting), False, 0.1, 1e-5, False))
    if name == "group_norm":
        return Row(name, (x, draw(st.integers(1, 3)), weight, weight))
    return Row(name, (x, [x.shape[-1] + fitting - channels]))


@st.composite
def joined(draw: st.DrawFn) -> Row:
    """Tensors in a row, alike but for the dimension along which they are joined."""
    shape = draw(SHAPES.filter(bool))
    dim = draw(st.integers(-len(shape), len(shape)))
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        sizes = list(shape)
        sizes[dim % len(sizes)] += draw(st.integers(0, 2))
        parts.append(draw(tensors(sizes)))
    return Row(draw(st.sampled_from(("cat", "stack"))), (parts, dim))


DIM = st.integers(-4, 4)
GENERATED: dict[str, st.SearchStrategy[Row]] = {
    "pointwise": of(POINTWISE, tensors()),
    "with a number": of(
        ("add.Scalar", "mul.Scalar", "clamp_min", "pow.Tensor_Scalar"), tensors(), st.sampled_from((2, 0.5))
    ),
    "broadcast": broadcast(),
    "reduced": reduced(),
    "products": products(),
    "convolutions": convolutions(),
    "pooled": pooled(),
    "normalised": normalised(),
    "joined": joined(),
    "along a dimension": of(("cumsum", "softmax.int", "log_softmax.int"), tensors(), DIM),
    "triangles": of(("tril", "triu"), tensors(), DIM),
    "flattened": of(("flatten.using_ints",), tensors(), DIM, DIM),
    "repeated": of(("repeat",), tensors(), st.lists(st.integers(0, 3), max_size=5)),
}


@pytest.mark.parametrize("generated", GENERATED.values(), ids=GENERATED)
def test_a_rule_says_what_torch_says_or_nothing(
    generated: st.SearchStrategy[Row], agree: Callable[[st.SearchStrategy[Row], int], None]
) -> None:
    agree(generated, 60)
