"""Rules of what training runs, and of resized images, beside torch's own kernels on generated arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import pytest
import torch
from hypothesis import strategies as st

from drawn_tensors import DTYPES, FLOATING, SHAPES, Row, T, mostly_plain, once_in, tensors
from pytest_flopbudget.trace.shape_rules import differentiating
from pytest_flopbudget.trace.shape_rules.marking import collect

SOFTMAX = ("_softmax_backward_data", "_log_softmax_backward_data")
POINTWISE = sorted({name.removeprefix("aten::") for name in collect((differentiating,))} - {*SOFTMAX})
NUMBERS: dict[str, tuple[object, ...]] = {
    "threshold_backward": (0.0,),
    "hardtanh_backward": (-1.0, 1.0),
    "leaky_relu_backward": (0.1, False),
    "softplus_backward": (1.0, 20.0),
}
NORMS = [name for name in ("batch_norm", "instance_norm", "layer_norm", "rms_norm") if hasattr(torch.ops.aten, name)]
ODD = once_in(10, st.just(1))
RESULTS = [True, True, True]
MASKS = st.sampled_from([RESULTS] * 3 + [[True, False, False], [False, True, True], [False, True, False]])


@st.composite
def other_dtype(draw: st.DrawFn, dtype: torch.dtype, times: int = 12) -> torch.dtype:
    """The same element type, but once in so many times."""
    at = draw(once_in(times, st.integers(0, len(FLOATING) - 1), -1))
    return dtype if at < 0 else FLOATING[at]


@st.composite
def of_pointwise(draw: st.DrawFn) -> Row:
    """The gradient of an activation, which now and then is broadcast."""
    name, shape, dtype = draw(st.sampled_from(POINTWISE)), draw(SHAPES), draw(DTYPES)
    odd = [draw(st.sampled_from((size,) * 8 + (1, size + 1))) for size in shape]
    gradient, given = draw(tensors(shape, dtype)), draw(tensors(odd, draw(other_dtype(dtype))))
    if name == "elu_backward":
        return Row(name, (gradient, 1.0, 1.0, 1.0, draw(st.booleans()), given))
    return Row(name, (gradient, given, *NUMBERS.get(name, ())))


@st.composite
def of_softmax(draw: st.DrawFn) -> Row:
    """The gradient of softmax, over a dimension that need not be there."""
    name, shape, dtype = draw(st.sampled_from(SOFTMAX)), draw(SHAPES.filter(bool)), draw(DTYPES)
    gradient, out = draw(mostly_plain(shape, dtype)), draw(mostly_plain(shape, draw(other_dtype(dtype))))
    return Row(name, (gradient, out, draw(st.integers(-len(shape), len(shape))), draw(other_dtype(dtype))))


@st.composite
def of_convolutions(draw: st.DrawFn) -> Row:
    """The gradients of a convolution, or a transposed one, at the sizes that it gives."""
    dims, transposed, dtype = draw(st.integers(1, 3)), draw(st.booleans()), draw(DTYPES)
    groups, each, out = (draw(st.integers(1, 2)) for _ in range(3))
    stride, dilation, kernel = (draw(st.lists(st.integers(1, 2), min_size=dims, max_size=dims)) for _ in range(3))
    sizes = draw(st.lists(st.integers(3, 5), min_size=dims, max_size=dims))
    weight = draw(mostly_plain((each * groups, out, *kernel) if transposed else (out * groups, each, *kernel), dtype))
    images = draw(mostly_plain((draw(st.integers(1, 2)), each * groups, *sizes), dtype))
    attributes = (stride, [0] * dims, dilation, transposed, [0] * dims, groups)
    given = torch.ops.aten.convolution(images, weight, None, *attributes)
    gradient = draw(mostly_plain(given.shape, draw(other_dtype(dtype))))
    biases = draw(st.sampled_from(([out * groups], [out * groups], None)))
    return Row("convolution_backward", (gradient, images, weight, biases, *attributes, draw(MASKS)))


@st.composite
def of_pooling(draw: st.DrawFn) -> Row:
    """The gradient of pooling, at the sizes that it gives."""
    pair = st.lists(st.integers(2, 3), min_size=2, max_size=2)
    dtype = draw(DTYPES)
    images = draw(mostly_plain((*draw(st.lists(st.integers(0, 2), max_size=1)), draw(st.integers(1, 2)), 4, 5), dtype))
    window, stride, padding = draw(pair), draw(pair | st.just([])), draw(st.sampled_from(([0, 0], [1, 1])))
    gradient_of = other_dtype(dtype)
    if draw(st.booleans()):
        out, places = torch.ops.aten.max_pool2d_with_indices(images, window, stride, padding)
        gradient = draw(mostly_plain(out.shape, draw(gradient_of)))
        attributes = (window, stride, padding, [1, 1], False)
        return Row("max_pool2d_with_indices_backward", (gradient, images, *attributes, places))
    out = torch.ops.aten.avg_pool2d(images, window, stride, padding)
    gradient = draw(mostly_plain(out.shape, draw(gradient_of)))
    return Row("avg_pool2d_backward", (gradient, images, window, stride, padding, False, True, None))


@st.composite
def of_parts(draw: st.DrawFn) -> Row:
    """The gradient of what was chosen from a tensor, in a dimension or at a place that need not be there."""
    shape = draw(SHAPES)
    whole, dim = torch.ones(shape, dtype=draw(DTYPES)), draw(st.integers(-4, 4))
    at = draw(st.integers(-5, 5))
    rank = len(shape)
    if rank and draw(st.integers(0, 3)):
        dim = draw(st.integers(-rank, rank - 1))
        at = draw(st.integers(-shape[dim] - 1, shape[dim]))
    if draw(st.booleans()):
        fits = -rank <= dim < rank and -shape[dim] <= at < shape[dim]
        part = whole.select(dim, at) if fits else whole
        return Row("select_backward", (draw(tensors(part.shape, whole.dtype)), shape, dim, at))
    end, step = draw(st.integers(-5, 9)), draw(st.sampled_from((1, 1, 2, 0)))
    part = torch.ops.aten.slice(whole, dim, at, end, step) if -rank <= dim < rank and step else whole
    return Row("slice_backward", (draw(tensors(part.shape, whole.dtype)), shape, dim, at, end, step))


@st.composite
def channelled(draw: st.DrawFn) -> tuple[T, torch.dtype]:
    """What a norm is given, and the element type of its parameters."""
    dtype = draw(DTYPES)
    shape = draw(
        st.lists(
            once_in(12, st.just(0), 2).flatmap(lambda least: st.integers(least and 1, least + 1)),
            min_size=1,
            max_size=5,
        )
    )
    full = torch.float32 if draw(st.booleans()) else dtype
    return draw(mostly_plain(shape, dtype)), draw(other_dtype(full if dtype.itemsize == 2 else dtype))


@st.composite
def parameters(draw: st.DrawFn, shape: Sequence[int], dtype: torch.dtype, number: int = 2) -> list[T | None]:
    """Parameters of a norm: some, all, or none are given."""
    given = draw(st.sampled_from(([True] * number, [True] * number, [False] * number, [True, *[False] * (number - 1)])))
    odd = draw(ODD)
    sizes = [*shape[:-1], *[size + odd for size in shape[-1:]]]
    return [draw(mostly_plain(sizes, dtype)) if each else None for each in given]


@st.composite
def training_norms(draw: st.DrawFn) -> Row:
    """A norm in training, whole or as autograd runs it, whose parameters now and then do not fit."""
    x, dtype = draw(channelled())
    channels = x.shape[1:2]
    name = draw(st.sampled_from([*NORMS, *(f"native_{each}_norm" for each in ("batch", "layer", "group"))]))
    if name in ("layer_norm", "rms_norm", "native_layer_norm"):
        shape = list(x.shape[draw(st.integers(0, x.dim() - 1)) :])
        weight, bias = draw(parameters(shape, dtype))
        return Row(name, (x, shape, weight) if name == "rms_norm" else (x, shape, weight, bias, 1e-5))
    if name == "native_group_norm":
        groups = draw(st.integers(1, 3))
        n, c, *inner = (*x.shape, 1, 1)[: max(2, x.dim())]
        return Row(name, (x, *draw(parameters(channels, dtype)), n, c + draw(ODD), prod(inner), groups, 1e-5))
    means = draw(parameters(channels, draw(other_dtype(dtype))))
    last = () if name == "native_batch_norm" else (False,)
    given = (x, *draw(parameters(channels, dtype)), *means, draw(st.booleans()), 0.1, 1e-5)
    return Row(name, (*given, *last))


@st.composite
def of_norms(draw: st.DrawFn) -> Row:
    """The gradients of a norm, with what its forward saved."""
    x, dtype = draw(channelled().filter(lambda drawn: drawn[0].dim() > 1 and drawn[0].numel() > 0))
    dtype = x.dtype if dtype not in (x.dtype, torch.float32) or x.dtype == torch.float64 else dtype
    channels, wanted = x.shape[1:2], draw(MASKS)
    weight = draw(st.none() | mostly_plain(channels, dtype))
    gradient = draw(mostly_plain(x.shape, x.dtype))
    name = draw(st.sampled_from(("batch", "layer", "group")))
    if name == "batch":
        means = [torch.ones(channels, dtype=dtype)] * 2 if draw(st.booleans()) else [None, None]
        train = means[0] is None or draw(st.booleans())
        _, *saved = torch.ops.aten.native_batch_norm(x, weight, weight, *means, train, 0.1, 1e-5)
        return Row("native_batch_norm_backward", (gradient, x, weight, *means, *saved, train, 1e-5, wanted))
    if name == "layer":
        shape = x.shape[-1:]
        weight, bias = draw(
            parameters(shape, dtype).filter(lambda given: all(each is None or each.shape == shape for each in given))
        )
        _, *saved = torch.ops.aten.native_layer_norm(x, shape, weight, bias, 1e-5)
        return Row("native_layer_norm_backward", (gradient, x, shape, *saved, weight, bias, wanted))
    sizes = (x.shape[0], x.shape[1], x[0, 0].numel(), draw(st.sampled_from((1, x.shape[1]))))
    _, *saved = torch.ops.aten.native_group_norm(x.contiguous(), weight, weight, *sizes, 1e-5)
    return Row("native_group_norm_backward", (gradient, x, *saved, weight, *sizes, wanted))


@st.composite
def resized(draw: st.DrawFn) -> Row:
    """Interpolation to sizes or by factors, of which there may be too few, none, or both."""
    name = draw(st.sampled_from(("upsample_bilinear2d.vec", "upsample_nearest2d.vec")))
    images = draw(
        mostly_plain(
            (
                *draw(st.lists(st.integers(1, 4), min_size=3, max_size=3)),
                *draw(st.sampled_from(((4,),) * 6 + ((), (4, 2)))),
            ),
            draw(st.sampled_from((*FLOATING, *FLOATING, torch.uint8))),
        )
    )
    number = draw(st.sampled_from((2, 2, 2, 2, 1, 3)))
    sizes = st.lists(st.integers(1, 6) | st.integers(-1, 9), min_size=number, max_size=number)
    factors = st.lists(st.floats(0.3, 3) | st.sampled_from((0.0, -1.0, 1.0, 2.0)), min_size=number, max_size=number)
    given = draw(st.sampled_from(("sizes", "sizes", "factors", "factors", "both", "none")))
    size = draw(sizes) if given in ("sizes", "both") else None
    factor = draw(factors) if given in ("factors", "both") else None
    return Row(name, (images, size, *([draw(st.booleans())] if "bilinear" in name else []), factor))


GENERATED: dict[str, st.SearchStrategy[Row]] = {
    "gradients of activations": of_pointwise(),
    "gradients of softmax": of_softmax(),
    "gradients of convolutions": of_convolutions(),
    "gradients of pooling": of_pooling(),
    "gradients of parts": of_parts(),
    "norms": training_norms(),
    "gradients of norms": of_norms(),
    "resized": resized(),
}


@pytest.mark.parametrize("generated", GENERATED.values(), ids=GENERATED)
def test_a_rule_says_what_torch_says_or_nothing(
    generated: st.SearchStrategy[Row], agree: Callable[[st.SearchStrategy[Row], int], None]
) -> None:
    agree(generated, 60)
