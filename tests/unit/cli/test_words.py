from __future__ import annotations

import pytest

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.cli.words import Words, read_kwargs, read_words
from pytest_flopbudget.declaring.inputs import Inputs, TensorInput
from pytest_flopbudget.declaring.objects import ObjectReference

RGB = TensorInput((1, 3, "R", "R"))

WORDS = [
    ([], Words()),
    (["1x3xRxR"], Words(Inputs((RGB,)))),
    (["R=96", "1x3xRxR"], Words(Inputs((RGB,)), {"R": (96,)})),
    (["1x3xRxR", "R=96,128"], Words(Inputs((RGB,)), {"R": (96, 128)})),
    (["1x3xRxR", "R=2:4"], Words(Inputs((RGB,)), {"R": (2, 3, 4)})),
    (["1x3xRxR", "R=96:320:64"], Words(Inputs((RGB,)), {"R": (96, 160, 224, 288)})),
    (["1x2", "3"], Words(Inputs((TensorInput((1, 2)), TensorInput((3,)))))),
    (["ids=int64:1x128"], Words(Inputs(keyword={"ids": TensorInput((1, 128), "int64")}))),
    (["ids=int64:1x8=1"], Words(Inputs(keyword={"ids": TensorInput((1, 8), "int64", 1)}))),
    (["int64:1xT=1", "T=8"], Words(Inputs((TensorInput((1, "T"), "int64", 1),)), {"T": (8,)})),
    # A keyword input in capitals has an x.
    (["X=1x3"], Words(Inputs(keyword={"X": TensorInput((1, 3))}))),
]


@pytest.mark.parametrize(("words", "expected"), WORDS, ids=[" ".join(words) for words, _ in WORDS])
def test_words(words: list[str], expected: Words) -> None:
    assert read_words(words) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("width=0.5", 0.5),
        ("depth=3", 3),
        ("norm=true", True),
        ("norm=True", True),
        ("norm=False", False),
        ("head=None", None),
        ("name=resnet", "resnet"),
        ('name="3"', "3"),
        ("size=$R", "$R"),
        ("sizes=[1, 2]", [1, 2]),
        ("norm={ object = 'torch.nn:GroupNorm' }", ObjectReference("torch.nn:GroupNorm")),
    ],
)
def test_kwargs(written: str, expected: object) -> None:
    (value,) = read_kwargs([written]).values()

    assert value == expected
    assert type(value) is type(expected)


def test_a_keyword_argument_that_stands_twice() -> None:
    with pytest.raises(AskedWrongly) as caught:
        read_kwargs(["width=1", "width=2"])

    assert str(caught.value) == "--kwargs width stands twice"


def test_a_value_that_is_none() -> None:
    with pytest.raises(AskedWrongly) as caught:
        read_kwargs(["norm={ object = 3 }"])

    assert str(caught.value).startswith("--kwargs norm: 3 is no object")
