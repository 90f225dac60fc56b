"""Which model is measured: factories, methods, parts, and what is done to it once it is built."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table

NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = 3\n'


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        ('call = "encode_image"', "call", "encode_image"),
        ('call = "visual.encode"', "call", "visual.encode"),
        ("", "call", None),
        ('part = "backbone"', "part", "backbone"),
        ('part = "encoder.layers.0"', "part", "encoder.layers.0"),
        ('part = "heads.en-GB"', "part", "heads.en-GB"),
        ("", "part", ""),
        ('prepare = ".fuse"', "prepare", (".fuse",)),
        ('prepare = ["shop:fold", ".fuse"]', "prepare", ("shop:fold", ".fuse")),
        ("prepare = []", "prepare", ()),
        ("", "prepare", ()),
    ],
)
def test_good_values(read: Callable[[str], Table], line: str, attribute: str, value: object) -> None:
    (case,) = read(f"{NET}{line}\n").cases
    assert getattr(case, attribute) == value


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("call = 3", "call: 3 is no text"),
        ('call = ""', "call: the text is empty"),
        ('call = "encode()"', "call: 'encode()' is no method: write its name, as in 'encode_image'"),
        ('call = ".encode"', "call: '.encode' is no method: write its name, as in 'encode_image'"),
        ("part = true", "part: true is no text"),
        ('part = ".backbone"', "part: '.backbone' is no submodule: write its dotted path, as in 'encoder.layers.0'"),
        ('part = "layers[0]."', "part: 'layers[0].' is no submodule: write its dotted path, as in 'encoder.layers.0'"),
        ("prepare = true", "prepare: true is no list of steps: write ['.fuse', 'shop.models:fold']"),
        ('prepare = "fuse"', "prepare: 'fuse' is no step; did you mean '.fuse'?"),
        ('prepare = "shop.fold"', "prepare: 'shop.fold' is no step; did you mean 'shop:fold'?"),
        (
            'prepare = [".fuse", "fuse()"]',
            "prepare[1]: 'fuse()' is no step: write '.method' or 'module:callable', as in 'shop.models:fold'",
        ),
        (
            "prepare = [3]",
            "prepare[0]: 3 is no step: write '.method' or 'module:callable', as in 'shop.models:fold'",
        ),
        (
            'prepare = ".head.fuse"',
            "prepare: '.head.fuse' is no step: write '.method' or 'module:callable', as in 'shop.models:fold'",
        ),
    ],
)
def test_bad_values(model_mistakes: Callable[[str], list[str]], line: str, message: str) -> None:
    assert model_mistakes(f"{line}\n") == [f"pyproject.toml:5: models.net.{message}"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("3", "3 is no factory: write 'module:name', as in 'shop.models:resnet50'"),
        ('"resnet50"', "'resnet50' is no factory: write 'module:name', as in 'shop.models:resnet50'"),
        ('"timm.create_model"', "'timm.create_model' is no factory; did you mean 'timm:create_model'?"),
        ('"shop:net()"', "'shop:net()' is no factory: write 'module:name', as in 'shop.models:resnet50'"),
    ],
)
def test_bad_factories(mistakes: Callable[[str], list[str]], written: str, text: str) -> None:
    lines = f'[tool.pytest-flopbudget.models.net]\nfactory = {written}\ninput = "1x3"\nmacs = 3\n'
    assert mistakes(lines) == [f"pyproject.toml:2: models.net.factory: {text}"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("3", "3 is no input factory: write 'module:name', as in 'shop.inputs:batch'"),
        ('"shop.batch"', "'shop.batch' is no input factory; did you mean 'shop:batch'?"),
    ],
)
def test_bad_input_factories(mistakes: Callable[[str], list[str]], written: str, text: str) -> None:
    lines = f'[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput_factory = {written}\nmacs = 3\n'
    assert mistakes(lines) == [f"pyproject.toml:3: models.net.input_factory: {text}"]
