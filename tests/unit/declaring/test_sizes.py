from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('input = "1xR"', ["4: models.net.input: no size for the dimension 'R': write some, as in at = [{ R = 224 }]"]),
        (
            'input = "1xHxW"\nat = [{ H = 1 }]',
            ["5: models.net.at[0]: no size for the dimension 'W' of the input"],
        ),
        (
            'input = "1xHxW"\nat = { H = [1, 2] }',
            ["5: models.net.at: no size for the dimension 'W' of the input"],
        ),
        (
            'input = "1xHxW"\nat = [1]',
            ["5: models.net.at[0]: a bare size needs an input with one named dimension, and the input has H, W"],
        ),
        (
            'input = "1x3"\nat = [1]',
            ["5: models.net.at[0]: a bare size needs an input with one named dimension, and the input has none"],
        ),
        (
            'input = "1xRES"\nat = [{ RES = 1, REZ = 2 }]',
            ["5: models.net.at[0].REZ: the input has no dimension 'REZ'; did you mean 'RES'?"],
        ),
        ('input = "1x3"\nat = [{ R = 1 }]', ["5: models.net.at[0].R: the input has no dimension 'R'"]),
        (
            'input = "1xR"\nat = { R = [1, 2], S = [3, 4] }',
            ["5: models.net.at.S: the input has no dimension 'S'; there is R"],
        ),
        (
            'input = "1xRES"\nat = [1]\nkwargs = { size = "$REZ" }',
            ["6: models.net.kwargs.size: no size for the dimension 'REZ'; did you mean 'RES'?"],
        ),
    ],
)
def test_sizes_missing_and_too_many(model_mistakes: Callable[[str], list[str]], lines: str, told: list[str]) -> None:
    assert model_mistakes(f"{lines}\n") == [f"pyproject.toml:{line}" for line in told]


def test_a_mistake_among_the_defaults_names_the_model(mistakes: Callable[[str], list[str]]) -> None:
    text = """\
[tool.pytest-flopbudget.defaults]
factory = "shop:net"
macs = 1
at = [
  { R = 1 },
  2,
]
kwargs = { size = "$R" }
[tool.pytest-flopbudget.models.a]
input = "1x3"
[tool.pytest-flopbudget.models."b.c"]
input = "1xT"
[tool.pytest-flopbudget.models.d]
input = "1xT"
kwargs = {}
at = [{ T = 1 }]
"""
    bare = "a bare size needs an input with one named dimension, and the input of"
    assert mistakes(text) == [
        "pyproject.toml:5: defaults.at[0]: no size for the dimension 'T' of the input of models.\"b.c\"",
        f"pyproject.toml:6: defaults.at[1]: {bare} models.a has none",
        (
            "pyproject.toml:8: defaults.kwargs.size: no size for the dimension 'R' of models.\"b.c\""
            "; the text itself is written '$$R' or '{{R}}'"
        ),
    ]
