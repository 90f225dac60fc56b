"""Rules of recurrent layers, cells and attention beside torch's own kernels on generated arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import strategies as st

from drawn_tensors import DTYPES, FLOATING, Row, T, mostly_plain, once_in, tensors

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
GROUPED = "enable_gqa" in str(torch.ops.aten.scaled_dot_product_attention.default._schema)
ODD = once_in(12, st.sampled_from((-1, 1)))

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN:UserWarning")


@st.composite
def weights(
    draw: st.DrawFn, gates: int, taken: int, hidden: int, given: int, *, bias: bool, dtype: torch.dtype
) -> list[T]:
    """Of one layer in one direction, whose states are as wide as what it gives; now and then one does not fit."""
    rows = gates * hidden
    shapes = [
        [rows, taken],
        [rows, given],
        *([[rows], [rows]] if bias else []),
        *([[given, hidden]] * (given < hidden)),
    ]
    wrong = draw(once_in(12, st.integers(1, len(shapes))))
    if wrong:
        shapes[wrong - 1][-1] += 1
    return [draw(mostly_plain(shape, dtype)) for shape in shapes]


@st.composite
def states(
    draw: st.DrawFn, name: str, sizes: Sequence[int], hidden: int, given: int, dtype: torch.dtype
) -> T | list[T]:
    """The states that a layer begins with, now and then of another size or element type."""
    odd, other = draw(ODD), draw(once_in(12, st.integers(0, len(FLOATING) - 1), -1))
    first = draw(tensors((*sizes, max(0, given + odd)), dtype if other < 0 else FLOATING[other]))
    return [first, draw(tensors((*sizes, max(0, hidden + draw(ODD))), dtype))] if name == "lstm" else first


@st.composite
def layers(draw: st.DrawFn) -> Row:
    """A layer on steps in a row, or packed ones whose batch sizes now and then do not go together."""
    name, packed, dtype = draw(st.sampled_from(tuple(GATES))), draw(st.booleans()), draw(DTYPES)
    batch, steps, width, hidden = (draw(st.integers(1, 3)) for _ in range(4))
    deep, bias, both, first = draw(st.integers(1, 2)), draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    given = hidden - draw(st.integers(0, 1)) if name == "lstm" and hidden > 1 else hidden
    params = [
        weight
        for level in range(deep)
        for _ in range(1 + both)
        for weight in draw(
            weights(GATES[name], given * (1 + both) if level else width, hidden, given, bias=bias, dtype=dtype)
        )
    ][: draw(once_in(12, st.just(-1), 99))]
    hx = draw(states(name, (deep * (1 + both), max(0, batch + draw(ODD))), hidden, given, dtype))
    attributes = (params, bias, deep, draw(st.sampled_from((0.0, 0.5))), draw(st.booleans()), both)
    steps, width = steps + draw(once_in(12, st.just(-steps))), width + draw(ODD)
    if packed:
        sizes = [
            batch,
            *sorted(draw(st.lists(st.integers(1, batch), max_size=2)), reverse=not draw(once_in(12, st.just(1)))),
        ]
        data = draw(tensors((max(0, sum(sizes) + draw(ODD)), width), dtype))
        return Row(f"{name}.data", (data, torch.tensor(sizes), hx, *attributes))
    return Row(
        f"{name}.input",
        (draw(tensors(((batch, steps) if first else (steps, batch)) + (width,), dtype)), hx, *attributes, first),
    )


@st.composite
def cells(draw: st.DrawFn) -> Row:
    """One step of a layer, or of one without a batch."""
    name, dtype = draw(st.sampled_from(tuple(GATES))), draw(DTYPES)
    batch, width, hidden = (draw(st.integers(1, 3)) for _ in range(3))
    params = draw(weights(GATES[name], width, hidden, hidden, bias=draw(st.booleans()), dtype=dtype))
    sizes = () if draw(once_in(6, st.just(1))) else (max(0, batch + draw(ODD)),)
    hx = draw(states(name, sizes, hidden, hidden, dtype))
    return Row(
        f"{name}_cell",
        (draw(tensors((*sizes[:0], *((batch,) if sizes else ()), width + draw(ODD)), dtype)), hx, *params),
    )


@st.composite
def attention(draw: st.DrawFn) -> Row:
    """Attention of any rank, whose keys and values are now and then of other sizes or fewer heads, masked or not."""
    steps, keys, width, of_values = (draw(st.integers(1, 6)) for _ in range(4))
    batch = draw(st.lists(st.integers(1, 6), max_size=3))
    grouped = GROUPED and draw(st.booleans())
    dtype = draw(DTYPES)
    other = draw(st.sampled_from((dtype,) * 11 + FLOATING))

    def lying(last: Sequence[int], kind: torch.dtype) -> T:
        sizes = [draw(st.sampled_from((size,) * 6 + (1, size + 1, 2 * size))) for size in batch]
        return draw(tensors((*sizes, *last), kind))

    query = lying((steps, width), dtype)
    alike = draw(tensors((*query.shape[:-2], keys, width + draw(ODD)), dtype))
    key = draw(st.sampled_from((alike, alike, alike, lying((keys, width), dtype))))
    if grouped and len(batch) > 1:
        heads = draw(st.sampled_from([each for each in range(1, query.shape[-3] + 1) if query.shape[-3] % each == 0]))
        key = draw(tensors((*query.shape[:-3], heads, keys, width), dtype))
    value = draw(tensors((*key.shape[:-2], max(0, keys + draw(ODD)), draw(st.sampled_from((width, of_values)))), other))
    mask = draw(st.none() | masks([*query.shape[:-1], keys], dtype))
    kwargs: dict[str, object] = {"enable_gqa": True} if grouped else {}
    if draw(st.booleans()):
        kwargs["scale"] = draw(st.sampled_from((None, 0.5)))
    rest = (draw(st.sampled_from((0.0, 0.0, 0.0, 0.5))), draw(st.booleans()))
    return Row("scaled_dot_product_attention", (query, key, value, mask, *rest), kwargs)


@st.composite
def masks(draw: st.DrawFn, scores: list[int], dtype: torch.dtype) -> T:
    """A mask that broadcasts to the scores, or not quite; of booleans, of the queries' type, or of another."""
    sizes = [draw(st.sampled_from((size, size, size, 1))) for size in scores]
    sizes[-1] = max(0, sizes[-1] + draw(ODD))
    kind = draw(st.sampled_from((torch.bool, torch.bool, dtype, dtype, torch.float32, torch.int64)))
    return draw(tensors(sizes[draw(st.integers(0, len(sizes) - 1)) :], kind))


@pytest.mark.parametrize("drawn", [layers(), cells(), attention()], ids=["layers", "cells", "attention"])
def test_a_rule_says_what_torch_says_or_nothing(
    drawn: st.SearchStrategy[Row], agree: Callable[[st.SearchStrategy[Row], int], None]
) -> None:
    agree(drawn, 60)
