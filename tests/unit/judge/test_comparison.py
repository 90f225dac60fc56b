"""Our count beside thop's: what explains the difference adds up to it, whatever the two are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flopbudget.counting.measurement import Measurement, ModuleNode
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.judge.comparison import Comparison, compared

Call = tuple[OperatorCall, "Cost | None"]
THOP = "thop 0.1.1"


def our(operator: str, module: str, macs: int, **arguments: object) -> Call:
    return OperatorCall(operator, module, arguments, None), Cost(macs)


def ruled(kind: str, module: str, macs: int, *, times: int = 1, whole: bool = False) -> Call:
    return OperatorCall(kind, module, {"times": times, "whole": whole}, None), Cost(macs)


def unruled(kind: str, module: str) -> Call:
    return OperatorCall(kind, module, {}, None), None


def ours(calls: Sequence[Call], **params: int) -> Measurement:
    return Measurement(calls=tuple(calls), modules=nodes(calls, params))


def thops(calls: Sequence[Call], **params: int) -> Measurement:
    return Measurement(calls=tuple(calls), modules=nodes(calls, params), backend="thop", traced="thop", counter=THOP)


def nodes(calls: Sequence[Call], params: dict[str, int]) -> tuple[ModuleNode, ...]:
    paths = dict.fromkeys(["", *(call.module for call, _ in calls), *params])
    return tuple(ModuleNode(path, calls=1, params=params.get(path, 0)) for path in paths)


def told(comparison: Comparison) -> list[tuple[str, str, str, int]]:
    return [(each.why, each.cause, each.module, each.difference) for each in comparison.macs.explanations]


IMAGE, BATCH, KERNEL = TensorSpec((8, 10, 10)), TensorSpec((1, 8, 10, 10)), TensorSpec((16, 8, 3, 3))
LSTM = {
    "input": TensorSpec((10, 2, 32)),
    "params": (TensorSpec((256, 32)), TensorSpec((256, 64)), TensorSpec((256,)), TensorSpec((256,))),
    "has_biases": True,
}
CASES: dict[str, tuple[list[Call], list[Call], list[tuple[str, str, str, int]]]] = {
    "the same": ([our("aten::conv2d", "a", 50)], [ruled("torch.nn.Conv2d", "a", 50)], []),
    "functional operators": (
        [our("aten::linear", "a", 50), our("aten::linear", "a", 7), our("aten::matmul", "a", 30)],
        [],
        [("missed", "functional aten::linear", "a", -57), ("missed", "functional aten::matmul", "a", -30)],
    ),
    "attention": (
        [our("aten::scaled_dot_product_attention", "a", 50)],
        [],
        [("missed", "attention aten::scaled_dot_product_attention", "a", -50)],
    ),
    "a class without a rule": (
        [our("aten::linear", "a", 50)],
        [unruled("torch.nn.MultiheadAttention", "a")] * 2,
        [("missed", "aten::linear in torch.nn.MultiheadAttention, which has no rule", "a", -50)],
    ),
    "what a hook computes": (
        [our("aten::mv", "a", 9), our("aten::linear", "a", 50)],
        [ruled("torch.nn.Linear", "a", 50)],
        [("missed", "aten::mv beside the rule for torch.nn.Linear", "a", -9)],
    ),
    "normalisation": (
        [],
        [ruled("torch.nn.BatchNorm2d", "a", 40)],
        [("added", "normalisation by torch.nn.BatchNorm2d", "a", 40)],
    ),
    "pooling": ([], [ruled("torch.nn.AvgPool2d", "a", 4)], [("added", "pooling by torch.nn.AvgPool2d", "a", 4)]),
    "softmax": ([], [ruled("torch.nn.Softmax", "a", 4)], [("added", "softmax by torch.nn.Softmax", "a", 4)]),
    "upsampling": ([], [ruled("torch.nn.Upsample", "a", 4)], [("added", "upsampling by torch.nn.Upsample", "a", 4)]),
    "activation": ([], [ruled("torch.nn.PReLU", "a", 4)], [("added", "activation by torch.nn.PReLU", "a", 4)]),
    "any other": ([], [ruled("shop.Mix", "a", 4)], [("added", "operations by shop.Mix", "a", 4)]),
    "gates": (
        [our("aten::lstm", "a", 1000, **LSTM)],
        [ruled("torch.nn.LSTM", "a", 1000 + 10 * 2 * 64 * 16)],
        [("added", "gates and biases of torch.nn.LSTM", "a", 10 * 2 * 64 * 16)],
    ),
    "gates and padding": (
        [our("aten::lstm", "a", 1000, **LSTM)],
        [ruled("torch.nn.LSTM", "a", 1500 + 10 * 2 * 64 * 16)],
        [
            ("added", "gates and biases of torch.nn.LSTM", "a", 10 * 2 * 64 * 16),
            ("formula", "torch.nn.LSTM: sequences that are packed, unbatched or projected", "a", 500),
        ],
    ),
    "attention with a rule": (
        [our("aten::linear", "a", 50)],
        [ruled("torch.nn.MultiheadAttention", "a", 60)],
        [("added", "softmax in torch.nn.MultiheadAttention", "a", 10)],
    ),
    "attention with a rule, and one more": (
        [our("aten::linear", "a", 50)],
        [ruled("torch.nn.MultiheadAttention", "a", 51)],
        [("added", "softmax in torch.nn.MultiheadAttention", "a", 1)],
    ),
    "transposed": (
        [our("aten::conv_transpose2d", "a", 50, input=BATCH, weight=KERNEL)],
        [ruled("torch.nn.ConvTranspose2d", "a", 200)],
        [("formula", "torch.nn.ConvTranspose2d: each output element is taken to meet the whole kernel", "a", 150)],
    ),
    "unbatched": (
        [our("aten::conv2d", "a", 50, input=IMAGE, weight=KERNEL)],
        [ruled("torch.nn.Conv2d", "a", 60)],
        [("formula", "unbatched torch.nn.Conv2d: the height is taken for the channels", "a", 10)],
    ),
    "another formula": (
        [our("aten::conv2d", "a", 50, input=BATCH, weight=KERNEL)],
        [ruled("torch.nn.Conv2d", "a", 40)],
        [("formula", "torch.nn.Conv2d: another formula", "a", -10)],
    ),
    "shared": (
        [our("aten::linear", "a", 32)],
        [ruled("torch.nn.Linear", "a", 128, times=4)],
        [("again", "each call of a shared torch.nn.Linear is counted 4 times", "a", 96)],
    ),
    "shared, and another formula": (
        [our("aten::conv_transpose2d", "a", 30, input=BATCH, weight=KERNEL)],
        [ruled("torch.nn.ConvTranspose2d", "a", 480, times=4)],
        [
            ("again", "each call of a shared torch.nn.ConvTranspose2d is counted 4 times", "a", 360),
            ("formula", "torch.nn.ConvTranspose2d: each output element is taken to meet the whole kernel", "a", 90),
        ],
    ),
    "a rule that stands for all below": (
        [our("aten::linear", "a.b", 50), our("aten::linear", "a.b.c", 5), our("aten::linear", "ab", 1)],
        [ruled("shop.Block", "a", 45, whole=True)],
        [
            ("formula", "shop.Block: another formula", "a", -10),
            ("missed", "functional aten::linear", "ab", -1),
        ],
    ),
    "told of no module": (
        [our("aten::matmul", "a", 50)],
        [(OperatorCall("functional operators", "", {}, None), Cost(50))],
        [
            ("elsewhere", "functional operators that thop tells of no module", "", 50),
            ("missed", "functional aten::matmul", "a", -50),
        ],
    ),
}


def test_what_costs_no_macs_is_not_looked_at() -> None:
    calls = [our("aten::relu", "a", 0), unruled("mylib::op", "a"), our("aten::linear", "a", 5)]
    comparison = Comparison.of(ours(calls), thops([ruled("shop.Block", "a", 4)]))
    assert told(comparison) == [("formula", "shop.Block: another formula", "a", -1)]
    assert told(Comparison.of(ours(calls[:2]), thops([ruled("shop.Block", "a", 4)]))) == [
        ("added", "operations by shop.Block", "a", 4)
    ]


def test_a_module_that_several_hold_is_told_at_its_first_path() -> None:
    shared = OperatorCall("shop.Block", "a.0", {"times": 1, "whole": False, "paths": ("a.0", "b.0")}, None), Cost(8)
    calls = [our("aten::linear", "a.0", 5), our("aten::linear", "b.0", 5)]
    assert told(Comparison.of(ours(calls), thops([shared]))) == [
        ("formula", "shop.Block: another formula", "a.0", 8 - 2 * 5)
    ]


def test_what_is_counted_as_a_whole_covers_all_below_it() -> None:
    calls = [our("aten::linear", "a.b.c", 5)]
    theirs = [ruled("shop.Block", "a", 4, whole=True), ruled("shop.Block", "a.b", 2, whole=True)]
    assert sorted(told(Comparison.of(ours(calls), thops(theirs)))) == [
        ("added", "operations by shop.Block", "a.b", 2),
        ("formula", "shop.Block: another formula", "a", -1),
    ]


@pytest.mark.parametrize("name", CASES)
def test_the_macs_are_explained(name: str) -> None:
    calls, theirs, expected = CASES[name]
    comparison = Comparison.of(ours(calls), thops(theirs))
    assert sorted(told(comparison)) == sorted(expected)
    assert sum(each.difference for each in comparison.macs.explanations) == comparison.macs.difference


def test_the_parameters_are_explained() -> None:
    calls = [ruled("torch.nn.Linear", "", 9), ruled("torch.nn.Linear", "twice", 9), unruled("torch.nn.Embedding", "e")]
    mine = Measurement(
        calls=(),
        modules=(
            *(ModuleNode("", 1, 20), ModuleNode("twice", 2, 10), ModuleNode("e", 1, 30)),
            *(ModuleNode("never", 0, 40), ModuleNode("holds", 1, 50)),
        ),
    )
    comparison = Comparison.of(mine, thops(calls, twice=20))
    assert comparison.params.difference == 20 - 150
    assert [(each.why, each.cause, each.difference) for each in comparison.params.explanations] == [
        ("missed", "parameters of the model itself, which thop leaves out", -20),
        ("again", "parameters of a module that is shared, or shares them", 10),
        ("missed", "parameters of torch.nn.Embedding without a rule", -30),
        ("missed", "parameters of modules that are not called by themselves", -40),
        ("missed", "parameters of modules without a rule", -50),
    ]


@pytest.mark.parametrize(
    ("params", "why", "cause"),
    [
        (11, "again", "parameters of a module that is shared, or shares them"),
        (9, "missed", "parameters of torch.nn.Linear"),
    ],
)
def test_one_parameter_is_explained(params: int, why: str, cause: str) -> None:
    mine = Measurement(calls=(), modules=(ModuleNode("", 1, 0), ModuleNode("fc", 1, 10)))
    comparison = Comparison.of(mine, thops([ruled("torch.nn.Linear", "fc", 9)], fc=params))
    assert [(each.why, each.cause, each.difference) for each in comparison.params.explanations] == [
        (why, cause, params - 10)
    ]


PATHS = st.sampled_from(["", "a", "a.b", "a.b.c", "d"])
KINDS = st.sampled_from(["torch.nn.Conv2d", "torch.nn.Linear", "torch.nn.BatchNorm2d", "shop.Block"])
NUMBER = st.integers(0, 2**70)
OUR_CALLS = st.lists(st.builds(our, st.sampled_from(["aten::conv2d", "aten::linear"]), PATHS, NUMBER))
THEIR_CALLS = st.dictionaries(PATHS, st.tuples(KINDS, NUMBER, st.integers(1, 9), st.booleans()), max_size=5).map(
    lambda found: [
        ruled(kind, path, macs, times=times, whole=whole) for path, (kind, macs, times, whole) in found.items()
    ]
)
PARAMS = st.dictionaries(PATHS, NUMBER)


@given(OUR_CALLS, THEIR_CALLS, PARAMS, PARAMS)
def test_the_explanations_add_up(
    calls: list[Call], theirs: list[Call], params: dict[str, int], their_params: dict[str, int]
) -> None:
    mine, other = ours(calls, **params), thops(theirs, **their_params)
    comparison = Comparison.of(mine, other)
    for sides, difference in (
        (comparison.macs, other.macs - mine.macs),
        (comparison.params, other.params - mine.params),
    ):
        assert sides.difference == difference
        assert sum(each.difference for each in sides.explanations) == difference
        assert all(each.difference for each in sides.explanations)


def test_either_may_come_first() -> None:
    mine, other = ours([our("aten::linear", "", 5)]), thops([ruled("torch.nn.Linear", "", 5)])
    assert compared(mine, other) == compared(other, mine) == Comparison.of(mine, other)
    assert Comparison.of(mine, other).counter == THOP


@pytest.mark.parametrize(("one", "other"), [(False, False), (False, True), (True, False)])
def test_where_either_depends_on_data_both_do(one: bool, other: bool) -> None:
    mine, theirs = replace(ours([]), data_dependent=one), replace(thops([]), data_dependent=other)
    assert Comparison.of(mine, theirs).approximate is (one or other)


@pytest.mark.parametrize("pair", [lambda: (ours([]), ours([])), lambda: (thops([]), ours([]))])
def test_other_counts_are_refused(pair: Callable[[], tuple[Measurement, Measurement]]) -> None:
    with pytest.raises(FlopBudgetError) as error:
        Comparison.of(*pair())
    assert str(error.value) == "a comparison is of our count and of one by the backend 'thop', in this order"
