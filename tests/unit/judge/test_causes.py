"""Why a built file needs more or less than its model: of chains of calls, without torch and without files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from pytest_flopbudget.counting.boundary import Boundary, Weight, WeightKind
from pytest_flopbudget.counting.deployment import AS_IT_IS, Deployment
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
from pytest_flopbudget.judge.causes import Beside, listed, of_activations, of_macs, of_weights

PIXELS = (1, 3, 16, 16)


def chain(*operators: str, shape: Sequence[int] = PIXELS, weights: Sequence[Weight] = ()) -> Measurement:
    """Each operator takes what the one before it made, and all of the weights."""
    specs = [TensorSpec(tuple(shape), storage=at) for at in range(len(operators) + 1)]
    held = {weight.name: weight.spec for weight in weights}
    calls = [
        OperatorCall(operator, "", {"self": before, **held}, after)
        for operator, before, after in zip(operators, specs, specs[1:], strict=False)
    ]
    boundary = Boundary((specs[0],), (specs[-1],), tuple(weights))
    return Measurement(calls=tuple((call, Cost()) for call in calls), modules=(), boundary=boundary)


def file(*operators: str, shape: Sequence[int] = PIXELS, weights: Sequence[Weight] = ()) -> Measurement:
    return chain(*(f"tflite::{name}" for name in operators), shape=shape, weights=weights)


def weight(name: str, elements: int, dtype: str = "int8", *, at: int = 0, kind: WeightKind = "parameter") -> Weight:
    return Weight("fc", name, kind, TensorSpec((elements,), dtype, 1000 + at))


def beside(model: Measurement, built: Measurement, deployment: Deployment = AS_IT_IS) -> Beside:
    return Beside(model, built, deployment)


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(words: list[str], text: str) -> None:
    assert listed(words) == text


@pytest.mark.parametrize(
    ("model", "built", "told"),
    [
        (chain("aten::linear"), file("FULLY_CONNECTED"), []),
        # An operator without MACs is none of the causes, unless nobody knows what it is.
        (chain("aten::linear", "aten::relu"), file("FULLY_CONNECTED", "PAD"), []),
        (
            chain("aten::linear"),
            file(*["FULLY_CONNECTED"] * 2),
            ["1 FULLY_CONNECTED operator that PyTorch does not have"],
        ),
        (
            chain(*["aten::linear"] * 3),
            file("FULLY_CONNECTED"),
            ["without 2 FULLY_CONNECTED operators that PyTorch has"],
        ),
        (chain("aten::lu"), file(), ["without 1 aten::lu operator that PyTorch has"]),
        (
            chain("aten::linear"),
            file("BATCH_MATMUL"),
            [
                "1 BATCH_MATMUL operator that PyTorch does not have",
                "without 1 FULLY_CONNECTED operator that PyTorch has",
            ],
        ),
        (chain("aten::matmul"), file(), ["without 1 BATCH_MATMUL operator that PyTorch has"]),
        # Either of the names does.
        (chain("aten::matmul"), file("FULLY_CONNECTED"), []),
        # Of a step of training, it is not known what the forward alone has.
        (replace(chain("aten::linear"), mode="training"), file("FULLY_CONNECTED", "CONV_2D"), []),
        (
            replace(chain("aten::linear"), mode="training"),
            file("FULLY_CONNECTED", shape=(1, 3, 8, 8)),
            ["it takes 1x3x8x8, and the model 1x3x16x16"],
        ),
    ],
)
def test_macs(model: Measurement, built: Measurement, told: list[str]) -> None:
    assert list(of_macs(beside(model, built))) == told


def test_of_a_step_of_training_no_operators_are_told() -> None:
    trained = replace(chain("aten::linear"), mode="training")
    assert list(of_macs(beside(trained, file(shape=(1, 3, 8, 8))))) == ["it takes 1x3x8x8, and the model 1x3x16x16"]


@pytest.mark.parametrize(
    ("model", "built", "told"),
    [
        # Channels change their place, and sizes of 1 come and go.
        ((1, 3, 16, 8), (16, 8, 3), []),
        ((1, 3, 16, 8), (1, 3, 16, 16), ["it takes 1x3x16x16, and the model 1x3x16x8"]),
        ((1, 8), (), ["it takes a scalar, and the model 1x8"]),
    ],
)
def test_sizes(model: Sequence[int], built: Sequence[int], told: list[str]) -> None:
    assert list(of_macs(beside(chain(shape=model), file(shape=built)))) == told


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["PAD"], "1 PAD operator"),
        (["PAD", "PAD"], "2 PAD operators"),
        (["ADD", "PAD", "PAD", "MUL"], "2 PAD, 1 ADD and 1 MUL operators"),
        (["ADD", "PAD", "PAD", "MUL", "SUB", "DIV"], "2 PAD, 1 ADD, 1 MUL and 2 other operators"),
        (["PAD"] * 1000, "1,000 PAD operators"),
    ],
)
def test_the_most_frequent_operators_are_named(names: list[str], told: str) -> None:
    assert list(of_activations(beside(chain(), file(*names)))) == [f"{told} that PyTorch does not have"]


def test_types_of_activations() -> None:
    bytes_of = Deployment(activation_dtype="int8")
    assert list(of_activations(beside(chain("aten::relu"), file("RELU"), bytes_of))) == [
        "its activations are float32, not int8"
    ]


def test_the_type_that_most_weights_have_is_told() -> None:
    model = chain("aten::linear", weights=[weight("w", 100, "float32")])
    held = [
        weight("a", 40, "float32", at=1),
        weight("b", 30, at=2),
        weight("c", 30, at=3),
        weight("d", 999, "float64", at=4, kind="temporary"),
    ]
    built = file("FULLY_CONNECTED", weights=held)
    assert list(of_weights(beside(model, built))) == ["its weights are int8, not float32"]
    assert list(of_weights(beside(model, built, Deployment(weight_dtype="int8")))) == []
    assert list(of_weights(beside(model, file("FULLY_CONNECTED")))) == ["its weights are none, not float32"]
    assert list(of_weights(beside(chain(), built))) == ["its weights are int8, not none"]


def test_constants_that_are_no_weights() -> None:
    sizes = [weight("sizes", 4, "int32"), weight("again", 4, "int32"), weight("more", 300, "int32", at=1)]
    model = chain(weights=[weight("w", 1, "int32")])
    # The first two are one.
    assert list(of_weights(beside(model, file("RESHAPE", weights=sizes)))) == [
        "1,216 B of constants that are no weights"
    ]
    assert list(of_weights(beside(model, file("RESHAPE", "CONV_2D", weights=sizes)))) == []
