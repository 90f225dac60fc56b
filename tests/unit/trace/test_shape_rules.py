"""Every shape rule against torch's own answer on real tensors: shape, strides, type, aliasing, and what is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import DatalessTensor, Refused, dataless
from pytest_flopbudget.trace.nests import map_tensors, tensors_in
from pytest_flopbudget.trace.shape_rules import RULES
from pytest_flopbudget.trace.shape_rules.refusing import refuse_mixed_types

ops = torch.ops.aten
Row = tuple[torch._ops.OpOverload, tuple[object, ...]]


def real(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.ones(shape, dtype=dtype)


def twin(tensor: torch.Tensor) -> torch.Tensor:
    return dataless(tensor.shape, tensor.dtype, stride=tensor.stride())


def ruled(overload: torch._ops.OpOverload, args: tuple[object, ...]) -> object:
    return RULES[overload.name()](*args)


def convolutions() -> Iterator[Row]:
    for stride, padding, dilation, groups in itertools.product((1, 2, 3), (0, 1, 2), (1, 2), (1, 2, 4)):
        attributes = [[stride], [padding], [dilation], groups]
        yield ops.conv1d.default, (real(2, 4, 9), real(8, 4 // groups, 3), real(8), *attributes)
        yield ops.conv2d.default, (real(2, 4, 9, 8), real(8, 4 // groups, 3, 2), None, *attributes)
        yield ops.conv3d.default, (real(1, 4, 7, 6, 8), real(4, 4 // groups, 3, 2, 1), real(4), *attributes)
        transposed = [[stride], [padding], [0], groups, [dilation]]
        yield ops.conv_transpose1d.default, (real(2, 4, 5), real(4, 8 // groups, 3), real(8), *transposed)
        yield ops.conv_transpose2d.input, (real(2, 4, 5, 4), real(4, 8 // groups, 3, 3), None, *transposed)
        yield ops.conv_transpose3d.input, (real(1, 4, 4, 4, 5), real(4, 4 // groups, 3, 3, 3), None, *transposed)
    yield ops.conv2d.default, (real(3, 8, 8), real(4, 3, 3, 3))
    yield ops.conv2d.default, (real(1, 3, 1, 1), real(4, 3, 1, 1), real(4))
    yield ops.conv2d.default, (real(2, 1, 5, 5), real(4, 1, 1, 1))
    yield ops.conv_transpose2d.input, (real(4, 5, 4), real(4, 8, 3, 3))
    yield ops.conv_transpose2d.input, (real(1, 4, 5, 4), real(4, 8, 3, 3), None, [2, 2], [1, 1], [1, 1])


def matrices() -> Iterator[Row]:
    for shape in ((5,), (3, 5), (2, 3, 5), (2, 2, 3, 5), (0, 5)):
        yield ops.linear.default, (real(*shape), real(7, 5), real(7))
        yield ops.linear.default, (real(*shape), real(7, 5))
    yield ops.linear.default, (real(5, 3).t(), real(7, 5), real(7))
    yield ops.linear.default, (real(2, 5, 3).transpose(1, 2), real(5, 7).t(), None)
    yield ops.linear.default, (real(2, 5, 3).transpose(1, 2), real(7, 5), real(7))
    yield ops.mm.default, (real(3, 5), real(5, 2))
    yield ops.mm.default, (real(5, 3).t(), real(2, 5).t())
    yield ops.bmm.default, (real(4, 3, 5), real(4, 5, 2))
    yield ops.bmm.default, (real(4, 5, 3).transpose(1, 2), real(4, 5, 2))


def poolings() -> Iterator[Row]:
    for kernel, stride, padding in itertools.product((2, 3), (1, 2), (0, 1)):
        yield ops.max_pool2d.default, (real(2, 3, 9, 8), [kernel], [stride], [padding], [1], False)
        yield ops.avg_pool2d.default, (real(2, 3, 9, 8), [kernel], [stride], [padding])
    yield ops.max_pool2d.default, (real(3, 9, 8), [2])
    yield ops.max_pool2d.default, (real(1, 3, 9, 8), [2], [2], [0], [2])
    yield ops.avg_pool2d.default, (real(1, 3, 9, 8), [2], [], [1], False, False, 3)
    for out in ([1, 1], [3, 2], [7, 7]):
        yield ops.adaptive_avg_pool2d.default, (real(2, 3, 9, 8), out)
    yield ops.adaptive_avg_pool2d.default, (real(3, 9, 8), [2, 2])


def shapings() -> Iterator[Row]:
    yield ops.cat.default, ([real(2, 3, 4), real(2, 5, 4)], 1)
    yield ops.cat.default, ([real(2, 3, 4), real(2, 3, 4), real(1, 3, 4)], -3)
    yield ops.cat.default, ([real(2), real(3)],)
    yield ops.flatten.using_ints, (real(2, 3, 4, 5), 1)
    yield ops.flatten.using_ints, (real(2, 3, 4, 5), 0, -2)
    yield ops.flatten.using_ints, (real(2, 3), 1)
    for size in ([4, 6], [7, 3]):
        yield ops.upsample_bilinear2d.vec, (real(1, 2, 4, 3), size, False, None)
        yield ops.upsample_nearest2d.vec, (real(1, 2, 4, 3), size, None)
    yield ops.upsample_bilinear2d.vec, (real(1, 2, 4, 3), None, True, [2.0, 1.5])
    yield ops.upsample_nearest2d.vec, (real(1, 2, 4, 3), None, [0.5, 2.0])


def elementwise() -> Iterator[Row]:
    broadcast = ((real(2, 3), real(2, 3)), (real(2, 3, 4), real(4)), (real(2, 1, 4), real(3, 1)), (real(2, 3), 2))
    for overload, rule in RULES.items():
        name, _, variant = overload.removeprefix("aten::").partition(".")
        function = getattr(getattr(ops, name), variant or "default")
        kind = getattr(rule, "__name__", "")
        if kind in ("unary", "unary_in_place"):
            yield function, (real(2, 3),)
            yield function, (real(0, 3),)
            yield function, (real(2, 3, dtype=torch.float16),)
        elif kind == "binary":
            yield from ((function, pair) for pair in broadcast if isinstance(pair[1], torch.Tensor) or variant)
        elif kind == "binary_in_place":
            yield from ((function, pair) for pair in broadcast if pair[0].dim() != 3 or pair[0].shape[1] == 3)
    yield ops.clamp.default, (real(2, 3), 0.5)
    yield ops.clamp_.default, (real(2, 3), None, 0.5)
    yield ops.softmax.int, (real(2, 3), -1)
    yield ops.log_softmax.int, (real(2, 3), 0)
    yield ops.dropout.default, (real(2, 3), 0.5, False)
    yield ops.batch_norm.default, (real(2, 3, 4, 4), real(3), real(3), real(3), real(3), False, 0.1, 1e-5, True)
    yield ops.batch_norm.default, (real(2, 3), None, None, real(3), real(3), False, 0.1, 1e-5, True)
    yield ops.batch_norm.default, (real(2, 3, 4), real(3), real(3), None, None, True, 0.1, 1e-5, True)


COVERED = [*convolutions(), *matrices(), *poolings(), *shapings(), *elementwise()]


def told(row: Row) -> str:
    overload, args = row
    return f"{overload.name()}-{[tuple(tensor.shape) for tensor in tensors_in(args)]}-{args[1:]}"[:90]


def test_every_rule_has_a_row() -> None:
    assert {overload.name() for overload, _ in COVERED} | {
        "aten::feature_dropout",
        "aten::alpha_dropout",
    } == set(RULES)


@pytest.mark.parametrize(("overload", "args"), COVERED, ids=[f"{n}-{told(row)}" for n, row in enumerate(COVERED)])
def test_a_rule_gives_torchs_answer(overload: torch._ops.OpOverload, args: tuple[object, ...]) -> None:
    twins = map_tensors(twin, args)
    assert isinstance(twins, tuple)
    out = ruled(overload, twins)
    try:
        expected = overload(*args)
    except RuntimeError:
        assert out is None
        return
    assert isinstance(out, DatalessTensor)
    assert isinstance(expected, torch.Tensor)
    assert (tuple(out.shape), out.stride(), out.dtype) == (tuple(expected.shape), expected.stride(), expected.dtype)
    shares = [tensor.untyped_storage()._cdata == expected.untyped_storage()._cdata for tensor in tensors_in(args)]
    assert shares == [tensor.untyped_storage()._cdata == out.untyped_storage()._cdata for tensor in tensors_in(twins)]
    same = [tensor is expected for tensor in tensors_in(args)]
    assert same == [tensor is out for tensor in tensors_in(twins)]


channels_last = torch.channels_last
ASIDE: list[Row] = [
    (ops.conv2d.default, (real(1, 4, 5, 5), real(8, 3, 3, 3))),
    (ops.conv2d.default, (real(1, 3, 2, 2), real(8, 3, 3, 3))),
    (ops.conv2d.default, (real(1, 3, 5, 5), real(8, 3, 3, 3), real(7))),
    (ops.conv2d.default, (real(1, 3, 5, 5, 5), real(8, 3, 3, 3, 3))),
    (ops.conv2d.default, (real(1, 3, 5, 5), real(8, 3, 3, 3), None, [0])),
    (ops.conv2d.default, (real(1, 3, 5, 5), real(8, 3, 3, 3), None, [1], [-1])),
    (ops.conv2d.default, (real(1, 4, 5, 5), real(7, 2, 3, 3), None, [1], [0], [1], 2)),
    (ops.conv2d.default, (real(1, 3, 5, 5).to(memory_format=channels_last), real(8, 3, 3, 3))),
    (ops.conv_transpose2d.input, (real(1, 3, 5, 5), real(4, 3, 3, 3))),
    (ops.conv_transpose2d.input, (real(1, 3, 5, 5), real(3, 8, 3, 3), real(8, dtype=torch.float16))),
    (ops.conv_transpose2d.input, (real(1, 4, 5, 5), real(4, 3, 3, 3), None, [2], [0], [2])),
    (ops.linear.default, (real(2, 4), real(7, 5))),
    (ops.linear.default, (real(2, 5), real(7, 5), real(6))),
    (ops.mm.default, (real(2, 4), real(5, 2))),
    (ops.bmm.default, (real(3, 2, 4), real(2, 4, 2))),
    (ops.max_pool2d.default, (real(1, 3, 9, 8), [2], [2], [2])),
    (ops.max_pool2d.default, (real(1, 3, 9, 8), [2], [2], [0], [1], True)),
    (ops.max_pool2d.default, (real(1, 3, 1, 1), [2])),
    (ops.avg_pool2d.default, (real(9, 8), [2])),
    (ops.adaptive_avg_pool2d.default, (real(9, 8), [2, 2])),
    (ops.cat.default, ([real(2, 3), real(2, 3, 1)], 0)),
    (ops.cat.default, ([real(2, 3), real(3, 3)], 1)),
    (ops.cat.default, ([real(2, 3), real(2, 3, dtype=torch.float64)], 0)),
    (ops.cat.default, ([real(2, 3)], 2)),
    (ops.flatten.using_ints, (real(2, 3, 4), 2, 1)),
    (ops.flatten.using_ints, (real(2, 3, 4), 3)),
    (ops.flatten.using_ints, (real(2, 3, 4).transpose(1, 2), 1)),
    (ops.relu.default, (real(2, 3).t(),)),
    (ops.exp.default, (real(2, 3, dtype=torch.int64),)),
    (ops.add.Tensor, (real(2, 3), real(2, 4))),
    (ops.add.Tensor, (real(2, 3), real(2, 3, dtype=torch.float64))),
    (ops.add.Tensor, (real(2, 3), real())),
    (ops.add_.Tensor, (real(2, 1), real(2, 3))),
    (ops.mul.Tensor, (real(2, 3), 2j)),
    (ops.clamp.default, (real(2, 3),)),
    (ops.softmax.int, (real(2, 3), 2)),
    (ops.softmax.int, (real(2, 3), 1, torch.float64)),
    (ops.dropout.default, (real(2, 3), 0.5, True)),
    (ops.batch_norm.default, (real(2, 3, 4), real(4), real(4), real(4), real(4), False, 0.1, 1e-5, True)),
    (ops.upsample_nearest2d.vec, (real(1, 2, 4), [8], None)),
]


@pytest.mark.parametrize(("overload", "args"), ASIDE, ids=[f"{n}-{told(row)}" for n, row in enumerate(ASIDE)])
def test_a_rule_steps_aside(overload: torch._ops.OpOverload, args: tuple[object, ...]) -> None:
    twins = map_tensors(twin, args)
    assert isinstance(twins, tuple)
    assert ruled(overload, twins) is None


HALF = torch.float16


@pytest.mark.parametrize(
    ("overload", "args", "message"),
    [
        (
            ops.conv2d.default,
            (real(1, 3, 5, 5), real(8, 3, 3, 3, dtype=HALF)),
            "a convolution needs operands of one dtype, but got float32 and float16",
        ),
        (
            ops.conv_transpose2d.input,
            (real(1, 3, 5, 5), real(3, 8, 3, 3, dtype=HALF)),
            "a convolution needs operands of one dtype, but got float32 and float16",
        ),
        (
            ops.linear.default,
            (real(2, 5, dtype=torch.bfloat16), real(7, 5)),
            "a linear layer needs operands of one dtype, but got bfloat16 and float32",
        ),
        (
            ops.layer_norm.default,
            (real(2, 5, dtype=torch.float64), [5], real(5), real(5)),
            "a normalisation needs operands of one dtype, but got float64 and float32",
        ),
        (
            ops.matmul.default,
            (real(2, 3, 5), real(5, 7, dtype=torch.float64)),
            "a matrix product needs operands of one dtype, but got float32 and float64",
        ),
        (
            ops.mm.default,
            (real(2, 5), real(5, 7, dtype=torch.float64)),
            "a matrix product needs operands of one dtype, but got float32 and float64",
        ),
    ],
)
def test_a_rule_refuses_what_the_kernel_refuses(
    overload: torch._ops.OpOverload, args: tuple[object, ...], message: str
) -> None:
    with pytest.raises(RuntimeError):
        overload(*args)
    twins = map_tensors(twin, args)
    assert isinstance(twins, tuple)

    def check() -> None:
        refuse_mixed_types(Call(overload, twins, {}))
        if overload.name() in RULES:
            ruled(overload, twins)

    with pytest.raises(Refused) as refused:
        check()
    assert str(refused.value) == message
