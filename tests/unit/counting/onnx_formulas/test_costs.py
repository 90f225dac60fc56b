"""What ONNX's operators cost, worked out by hand; every name and every argument is one of ONNX's schemas."""

from __future__ import annotations

import inspect

import pytest

from pytest_flopbudget.counting.onnx_formulas import ONNX_FORMULAS
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec

OPERATORS = {name.partition("::")[2]: name for name in (*ONNX_FORMULAS.formulas, *ONNX_FORMULAS.free)}


def spec(*shape: int) -> TensorSpec:
    return TensorSpec(shape)


COSTS: list[tuple[str, dict[str, object], object, Cost]] = [
    ("Add", {}, spec(2, 3), Cost(0, 2 * 3)),
    ("Sum", {"data_0": (spec(4), spec(4), spec(4))}, spec(4), Cost(0, 2 * 4)),
    ("Mean", {"data_0": (spec(4), spec(4), spec(4))}, spec(4), Cost(0, 3 * 4)),
    ("Clip", {"min": spec(), "max": spec()}, spec(5), Cost(0, 2 * 5)),
    ("Clip", {"min": spec(), "max": None}, spec(5), Cost(0, 5)),
    ("Gelu", {"approximate": "tanh"}, spec(5), Cost(0, 9 * 5)),
    ("Swish", {"alpha": 1.5}, spec(5), Cost(0, 6 * 5)),
    ("LeakyRelu", {}, spec(5), Cost(0, 2 * 5)),
    ("Elu", {}, spec(5), Cost(0, 3 * 5)),
    ("Celu", {}, spec(5), Cost(0, 4 * 5)),
    ("Sigmoid", {}, spec(5), Cost(0, 4 * 5)),
    ("HardSigmoid", {}, spec(5), Cost(0, 4 * 5)),
    ("HardSwish", {}, spec(5), Cost(0, 5 * 5)),
    ("Mish", {}, spec(5), Cost(0, 4 * 5)),
    ("Softsign", {}, spec(5), Cost(0, 3 * 5)),
    ("Conv", {"W": spec(8, 3, 3, 3), "B": spec(8)}, spec(1, 8, 6, 6), Cost(8 * 6 * 6 * 3 * 9, 8 * 6 * 6)),
    ("Conv", {"W": spec(8, 1, 3, 3)}, spec(1, 8, 6, 6), Cost(8 * 6 * 6 * 9)),
    (
        "ConvTranspose",
        {"X": spec(1, 4, 5, 5), "W": spec(4, 2, 3, 3), "B": spec(2)},
        spec(1, 2, 7, 7),
        Cost(4 * 5 * 5 * 2 * 9, 2 * 7 * 7),
    ),
    ("ConvInteger", {"w": spec(8, 3, 1, 1)}, spec(1, 8, 6, 6), Cost(8 * 6 * 6 * 3)),
    ("QLinearConv", {"w": spec(8, 3, 1, 1)}, spec(1, 8, 6, 6), Cost(8 * 6 * 6 * 3, 5 * 8 * 6 * 6)),
    ("MatMul", {"A": spec(2, 3, 4)}, spec(2, 3, 5), Cost(2 * 3 * 4 * 5)),
    ("MatMulInteger", {"A": spec(3, 4)}, spec(3, 5), Cost(3 * 4 * 5)),
    ("QLinearMatMul", {"a": spec(3, 4)}, spec(3, 5), Cost(3 * 4 * 5, 5 * 3 * 5)),
    ("Gemm", {"A": spec(3, 4), "C": spec(5), "transA": 0}, spec(3, 5), Cost(3 * 4 * 5, 3 * 5)),
    ("Gemm", {"A": spec(4, 3), "transA": 1, "alpha": 0.5}, spec(3, 5), Cost(3 * 4 * 5, 3 * 5)),
    ("Einsum", {"Inputs": (spec(3, 4), spec(4, 5)), "equation": "ij,jk->ik"}, spec(3, 5), Cost(3 * 4 * 5)),
    ("Einsum", {"Inputs": (spec(3, 4), spec(4, 5)), "equation": "ij, jk"}, spec(3, 5), Cost(3 * 4 * 5)),
    ("Einsum", {"Inputs": (spec(3), spec(4)), "equation": "i,j->ij"}, spec(3, 4), Cost(0, 3 * 4)),
    (
        "Einsum",
        {"Inputs": (spec(2, 3, 4), spec(2, 4, 5)), "equation": "...ij,...jk->...ik"},
        spec(2, 3, 5),
        Cost(2 * 3 * 4 * 5),
    ),
    (
        "Einsum",
        {"Inputs": (spec(3, 4), spec(4, 5), spec(5, 6)), "equation": "ij,jk,kl->il"},
        spec(3, 6),
        Cost(3 * 4 * 5 + 3 * 5 * 6),
    ),
    (
        "LSTM",
        {"X": spec(7, 2, 3), "W": spec(2, 16, 3), "R": spec(2, 16, 4), "B": spec(2, 32)},
        (spec(7, 2, 2, 4),),
        Cost(7 * 2 * 2 * 16 * (3 + 4), 7 * 2 * 2 * (32 + 22 * 4)),
    ),
    (
        "LSTM",
        {"X": spec(7, 2, 3), "W": spec(1, 16, 3), "R": spec(1, 16, 4), "P": spec(1, 12)},
        (spec(7, 1, 2, 4),),
        Cost(7 * 2 * 16 * (3 + 4), 7 * 2 * (22 * 4 + 2 * 12)),
    ),
    (
        "GRU",
        {"X": spec(7, 2, 3), "W": spec(1, 12, 3), "R": spec(1, 12, 4), "B": spec(1, 24)},
        (spec(7, 1, 2, 4),),
        Cost(7 * 2 * 12 * (3 + 4), 7 * 2 * (24 + 16 * 4)),
    ),
    (
        "RNN",
        {"X": spec(7, 2, 3), "W": spec(1, 4, 3), "R": spec(1, 4, 4)},
        (spec(7, 1, 2, 4),),
        Cost(7 * 2 * 4 * (3 + 4), 7 * 2 * 2 * 4),
    ),
    (
        "BatchNormalization",
        {"X": spec(2, 3, 4), "scale": spec(3), "B": spec(3), "input_mean": spec(3)},
        spec(2, 3, 4),
        Cost(0, 4 * 24 + 3 * 3),
    ),
    (
        "InstanceNormalization",
        {"input": spec(2, 3, 4), "scale": spec(3), "B": spec(3)},
        spec(2, 3, 4),
        Cost(0, 8 * 24 + 3 * 2 * 3),
    ),
    (
        "GroupNormalization",
        {"X": spec(2, 4, 3), "scale": spec(4), "bias": spec(4), "num_groups": 2},
        spec(2, 4, 3),
        Cost(0, 8 * 24 + 3 * 2 * 2),
    ),
    ("LayerNormalization", {"X": spec(2, 8), "Scale": spec(8)}, spec(2, 8), Cost(0, 7 * 16 + 3 * 2)),
    ("RMSNormalization", {"X": spec(2, 8), "scale": spec(8)}, spec(2, 8), Cost(0, 4 * 16 + 3 * 2)),
    ("LpNormalization", {"input": spec(2, 8), "p": 1}, spec(2, 8), Cost(0, 3 * 16 - 2)),
    ("LRN", {"X": spec(1, 8), "size": 5}, spec(1, 8), Cost(0, 10 * 8)),
    ("Softmax", {"input": spec(2, 8), "axis": -1}, spec(2, 8), Cost(0, 5 * 16 - 2 * 2)),
    ("LogSoftmax", {"input": spec(2, 8), "axis": -1}, spec(2, 8), Cost(0, 5 * 16 - 2)),
    ("Hardmax", {"input": spec(2, 8), "axis": -1}, spec(2, 8), Cost(0, 16 - 2)),
    ("MaxPool", {"kernel_shape": (3, 3)}, (spec(1, 2, 4, 4), spec(1, 2, 4, 4)), Cost(0, 8 * 2 * 4 * 4)),
    ("AveragePool", {"kernel_shape": (3, 3)}, spec(1, 2, 4, 4), Cost(0, 9 * 2 * 4 * 4)),
    ("GlobalAveragePool", {"X": spec(1, 2, 4, 4)}, spec(1, 2, 1, 1), Cost(0, 2 * 4 * 4)),
    ("GlobalMaxPool", {"X": spec(1, 2, 4, 4)}, spec(1, 2, 1, 1), Cost(0, 2 * 4 * 4 - 2)),
    ("Resize", {"mode": "nearest"}, spec(1, 2, 8, 8), Cost()),
    ("Resize", {"mode": "linear"}, spec(1, 2, 8, 8), Cost(0, 9 * 2 * 8 * 8)),
    ("Resize", {"mode": "cubic"}, spec(1, 2, 8, 8), Cost(0, 35 * 2 * 8 * 8)),
    ("ReduceSum", {"data": spec(4, 6)}, spec(4, 1), Cost(0, 24 - 4)),
    ("ReduceMean", {"data": spec(4, 6)}, spec(4, 1), Cost(0, 24)),
    ("ReduceSumSquare", {"data": spec(4, 6)}, spec(4, 1), Cost(0, 2 * 24 - 4)),
    ("ReduceL2", {"data": spec(4, 6)}, spec(4, 1), Cost(0, 2 * 24)),
    ("ReduceLogSumExp", {"data": spec(4, 6)}, spec(4, 1), Cost(0, 4 * 24)),
    ("CumSum", {"x": spec(4, 6)}, spec(4, 6), Cost(0, 24)),
    ("TopK", {"X": spec(4, 6), "axis": -1}, (spec(4, 2), spec(4, 2)), Cost(0, 24 * (1 + 1))),
    (
        "Attention",
        {"Q": spec(2, 3, 8), "K": spec(2, 5, 4), "V": spec(2, 5, 4), "q_num_heads": 4, "kv_num_heads": 2},
        (spec(2, 3, 8),),
        Cost(2 * 4 * 3 * 5 * (2 + 2), 2 * 4 * 3 * 5 + 2 * 4 * 3 * (5 * 5 - 2)),
    ),
    (
        "Attention",
        {"Q": spec(2, 4, 3, 2), "K": spec(2, 4, 5, 2), "V": spec(2, 4, 5, 6), "past_key": spec(2, 4, 7, 2)},
        (spec(2, 4, 3, 6),),
        # 12 keys a query: the past's 7 and 5 new ones.
        Cost(2 * 4 * 3 * 12 * (2 + 6), 2 * 4 * 3 * 12 + 2 * 4 * 3 * (5 * 12 - 2)),
    ),
    ("QuantizeLinear", {}, spec(6), Cost(0, 5 * 6)),
    ("DynamicQuantizeLinear", {}, (spec(6), spec(), spec()), Cost(0, 7 * 6)),
    ("DequantizeLinear", {}, spec(6), Cost(0, 2 * 6)),
    ("Transpose", {}, spec(6), Cost()),
]


@pytest.mark.parametrize(("operator", "arguments", "out", "cost"), COSTS, ids=[each[0] for each in COSTS])
def test_costs(operator: str, arguments: dict[str, object], out: object, cost: Cost) -> None:
    assert ONNX_FORMULAS.cost(OperatorCall(f"onnx::{operator}", "", arguments, out)) == cost


@pytest.mark.parametrize("operator", OPERATORS)
def test_names_are_those_of_the_schemas(operator: str) -> None:
    defs = pytest.importorskip("onnx").defs
    schemas = [each for each in defs.get_all_schemas_with_history() if (each.name, each.domain) == (operator, "")]
    newer = {"Attention", "RMSNormalization", "Swish", "TensorScatter", "BitwiseAnd", "Mish", "Gelu"}
    assert schemas or operator in newer
    mark = ONNX_FORMULAS.formulas.get(OPERATORS[operator])
    if mark is not None and schemas:
        known = {name for each in schemas for name in (*(put.name for put in each.inputs), *each.attributes)}
        parameters = inspect.signature(mark.function).parameters
        assert list(parameters)[-1] == "_"
        assert parameters.keys() - {"out", "_"} <= known
