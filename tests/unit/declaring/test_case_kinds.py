from __future__ import annotations

from collections.abc import Callable

import pytest

HOW_MACS = "write a number, with a prefix (k M G T P) and the unit if need be, as in '4.2 GMACs'"
POINTS = "write at = [{ R = 96 }, { R = 128 }], or a grid, at = { R = [96, 128] }"
HEAD = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\n'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'macs = "10 Bananas"',
            f"macs: '10 Bananas' is no number of MACs: 'Bananas' is neither a prefix nor the unit; {HOW_MACS}",
        ),
        (
            'flops = "4.2 GFLOP/s"',
            "flops: '4.2 GFLOP/s' is no number of FLOPs: it is a rate, and a limit is on a count",
        ),
        ('macs = "64 KB"', "macs: '64 KB' is no number of MACs: it is a number of bytes"),
        (
            'activations = "3 MMACs"',
            "activations: '3 MMACs' is no number of elements: it is a number of MACs",
        ),
        ("macs = true", f"macs: true is no number of MACs: {HOW_MACS}"),
        ("macs = -1", "macs: -1 is no number of MACs: it is below zero"),
        ("macs = nan", f"macs: nan is no number of MACs: {HOW_MACS}"),
        ("macs = inf", f"macs: inf is no number of MACs: {HOW_MACS}"),
        ("macs = 12.5", "macs: 12.5 is no number of MACs: 12.5 is no whole number"),
        ('macs = "12.5 MACs"', "macs: '12.5 MACs' is no number of MACs: 12.5 is no whole number"),
        ("macs = 1979-05-27", f"macs: 1979-05-27 is no number of MACs: {HOW_MACS}"),
        ("macs = { default = 0.5 }", "macs.default: 0.5 is no number of MACs: 0.5 is no whole number"),
        ("macs = {}", "macs: the table of limits by point is empty: write macs = { R96 = … }"),
        ('macs = "1 M"\nat = 3', f"at: it is no list of points: {POINTS}"),
        ('macs = "1 M"\nat = []', f"at: without points nothing is measured: {POINTS}"),
        (
            'macs = 1\ndata_dependent = "worst"\nassume = { "torchvision::nmss" = 512 }',
            "assume.\"torchvision::nmss\": no size of its result depends on data; did you mean 'torchvision::nms'?",
        ),
        (
            'macs = 1\ndata_dependent = "worst"\nassume = { "aten::nonzero" = -1 }',
            'assume."aten::nonzero": -1 is no size: write a number of elements, as in 512',
        ),
        (
            'macs = 1\ndata_dependent = "worst"\nassume = 512',
            "assume: 512 is no table of sizes: write assume = { 'torchvision::nms' = 512 }",
        ),
        ('macs = "1 M"\nat = {}', f"at: without points nothing is measured: {POINTS}"),
    ],
)
def test_bad_limits_and_points(mistakes: Callable[[str], list[str]], line: str, message: str) -> None:
    on_line = 4 + line.count("\n")
    assert mistakes(f"{HEAD}{line}\n") == [f"pyproject.toml:{on_line}: models.net.{message}"]


def test_every_bad_input_is_told_at_its_own_line(model_mistakes: Callable[[str], list[str]]) -> None:
    assert model_mistakes('input = { x = [\n  "float:1x3",\n  [1, 3]], y = "1x0" }\n') == [
        (
            "pyproject.toml:5: models.net.input.x[0]: "
            "'float:1x3' is no input: 'float' is no element type; did you mean 'float32'?"
        ),
        "pyproject.toml:6: models.net.input.x[1]: a list is no input: write the shape as text: '1x3'",
        (
            "pyproject.toml:6: models.net.input.y: "
            "'1x0' is no input: a size is at least 1: on an empty tensor there is nothing to count"
        ),
    ]
