"""What of a declared model is measured, and how: parts, methods, preparations, made inputs, backends."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import measure
from pytest_flopbudget.errors import FlopBudgetError

NETS = """
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4))
        self.head = nn.Linear(4, 2)
        self.text = nn.Linear(6, 5)

    def features(self, x):
        return self.backbone(x).mean((2, 3))

    def forward(self, x):
        return self.head(self.features(x))

    def encode_text(self, ids, *, twice=False):
        rows = nn.functional.one_hot(ids, 6).float()
        return self.text(torch.cat([rows, rows]) if twice else rows)

    def fuse(self):
        self.backbone = fuse_conv_bn_eval(self.backbone[0].eval(), self.backbone[1].eval())

    def broken(self):
        raise ValueError("not today")

    def number(self):
        return 3

def without_head(net):
    net.head = nn.Identity()
    return net

def text_only(net):
    return nn.Sequential(net.text)

def of_values(net):
    if net.head.weight.sum() > 1e9:
        return None

def products(out):
    return out @ out.t()

def inputs(R):
    return (torch.randn(2, 3, R, R),), {}

def ids(T, twice=False):
    return [torch.arange(T) % 6], {"twice": twice}

def nothing(R):
    return torch.zeros(1, 3, R, R)

def raising(R):
    raise KeyError(R)

class Lazy(nn.Sequential):
    def __init__(self):
        super().__init__(nn.LazyConv2d(4, 3, padding=1), nn.Flatten(), nn.LazyLinear(2))

class Branching(nn.Linear):
    def __init__(self):
        super().__init__(4, 4)
    def forward(self, x):
        return super().forward(x) if x.sum() > -1e9 else x
"""

Counted = Callable[[str], Measurement]


@pytest.fixture
def count(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Counted]:
    """Measures a model of the module above at R = 6, its table given."""
    name = f"nets_{abs(hash(request.node.nodeid))}"
    (tmp_path / f"{name}.py").write_text(NETS)

    def counted(keys: str) -> Measurement:
        path = tmp_path / "pyproject.toml"
        given = {"factory": '"NETS:Net"', "at": "[{ R = 6 }]", "macs": "1"}
        if "input_factory" not in keys:
            given["input"] = '"2x3xRxR"'
        given |= dict(line.split(" = ", 1) for line in keys.splitlines())
        lines = [f"{key} = {written}" for key, written in given.items()]
        path.write_text("\n".join(["[tool.pytest-flopbudget.models.net]", *lines]).replace("NETS", name))
        read = read_table(path)
        assert read is not None
        return measure(read.cases[0], read)

    yield counted
    sys.modules.pop(name, None)


CONVOLUTION = 2 * 6 * 6 * 4 * 3 * 9
HEAD = 2 * 4 * 2

TABLES: dict[str, tuple[str, int, int]] = {
    "the whole model": ("", CONVOLUTION + HEAD, 3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5),
    "a part": ('part = "backbone"', CONVOLUTION, 3 * 4 * 9 + 2 * 4),
    "a part of a part": ('part = "backbone.0"', CONVOLUTION, 3 * 4 * 9),
    "another method": ('call = "features"', CONVOLUTION, 3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5),
    "another method, other inputs": (
        'call = "encode_text"\ninput = { ids = "int64:RxR" }',
        6 * 6 * 6 * 5,
        3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5,
    ),
    "a method of a part": ('part = "text"\ncall = "forward"\ninput = "Rx6"', 6 * 6 * 5, 6 * 5 + 5),
    "prepared by its own method": ('prepare = ".fuse"', CONVOLUTION + HEAD, 3 * 4 * 9 + 4 + 4 * 2 + 2 + 6 * 5 + 5),
    "prepared by functions": (
        'prepare = [".fuse", "NETS:without_head"]',
        CONVOLUTION,
        3 * 4 * 9 + 4 + 6 * 5 + 5,
    ),
    "prepared into another model": ('prepare = ["NETS:text_only"]\ninput = "Rx6"', 6 * 6 * 5, 6 * 5 + 5),
    "a part of what was prepared": ('prepare = ".fuse"\npart = "backbone"', CONVOLUTION, 3 * 4 * 9 + 4),
    "inputs that are made": (
        'input_factory = "NETS:inputs"',
        CONVOLUTION + HEAD,
        3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5,
    ),
    "inputs with values": (
        'call = "encode_text"\ninput_factory = "NETS:ids"\nat = [{ T = 7 }]',
        7 * 6 * 5,
        3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5,
    ),
    "training": ('mode = "training"', 2 * CONVOLUTION + 3 * HEAD, 3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5),
    "training by a loss that adds nothing": (
        'mode = "training"\nloss = "torch:sum"',
        2 * CONVOLUTION + 3 * HEAD,
        3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5,
    ),
    "training by a loss with MACs": (
        'mode = "training"\nloss = "NETS:products"',
        2 * CONVOLUTION + 3 * HEAD + 3 * 2 * 2 * 2,
        3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5,
    ),
    "a loss without training": (
        'loss = "NETS:missing"\nat = [{ R = 6, mode = "inference" }, { R = 8, mode = "training" }]',
        CONVOLUTION + HEAD,
        3 * 4 * 9 + 2 * 4 + 4 * 2 + 2 + 6 * 5 + 5,
    ),
    "lazy": ('factory = "NETS:Lazy"', CONVOLUTION + 2 * 6 * 6 * 4 * 2, 3 * 4 * 9 + 4 + 6 * 6 * 4 * 2 + 2),
}


@pytest.mark.parametrize("backend", ["auto", "shapes", "execute"])
@pytest.mark.parametrize(("keys", "macs", "params"), TABLES.values(), ids=TABLES)
def test_what_is_measured(count: Counted, keys: str, macs: int, params: int, backend: str) -> None:
    measurement = count(f'{keys}\nbackend = "{backend}"'.strip())
    assert (measurement.macs, measurement.params, measurement.uncounted) == (macs, params, {})
    assert measurement.backend == backend
    assert measurement.traced == ("executed" if backend == "execute" else "shapes")


def test_a_preparation_that_needs_values_is_done_for_real(count: Counted) -> None:
    measurement = count('prepare = "NETS:of_values"')
    assert (measurement.built, measurement.traced, measurement.macs) == ("real", "shapes", CONVOLUTION + HEAD)


def test_a_norm_that_was_fused_is_a_bias(count: Counted) -> None:
    measurement = count('prepare = ".fuse"')
    assert "aten::batch_norm" not in measurement.by_operator()
    assert measurement.by_module()["backbone"].other_flops == 2 * 6 * 6 * 4


WRONG = {
    "no such part": (
        'part = "backbon"',
        "part 'backbon': Net has no such submodule; did you mean 'backbone'?",
    ),
    "no such method": (
        'call = "encode_txt"',
        "call 'encode_txt': Net has no method 'encode_txt'; did you mean 'encode_text'?",
    ),
    "no such preparation": (
        'prepare = ".fused"',
        "prepare '.fused': Net has no such method; did you mean '.fuse'?",
    ),
    "a preparation that raises": (
        'prepare = ".broken"',
        "prepare '.broken' raised ValueError: not today",
    ),
    "a preparation that returns no model": (
        'prepare = ".number"',
        "prepare '.number' returned an object of int, neither a torch.nn.Module nor None",
    ),
    "no function to prepare": (
        'prepare = "NETS:without_hed"',
        "prepare 'NETS:without_hed': module 'NETS' has no 'without_hed'; did you mean 'without_head'?",
    ),
    "inputs that are no pair": (
        'input_factory = "NETS:nothing"',
        "input_factory 'NETS:nothing' returned an object of Tensor, not positional and keyword inputs",
    ),
    "inputs that raise": (
        'input_factory = "NETS:raising"',
        "input_factory 'NETS:raising' raised KeyError: 6",
    ),
    "inputs that do not fit": (
        'input_factory = "NETS:inputs"\npart = "head"',
        "cannot run at NETS:inputs(R=6): Linear: mat1 and mat2 shapes cannot be multiplied (36x6 and 4x2)",
    ),
    "nothing to execute without data": (
        'backend = "execute"\nexecute_limit = "100 B"',
        "too large to be executed",
    ),
    "a branch on values": (
        'factory = "NETS:Branching"\ninput = "Rx4"\nbackend = "shapes"',
        "cannot be counted on shapes: aten::is_nonzero in Branching reads values that depend on data",
    ),
}


@pytest.mark.parametrize(("keys", "headline"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told(
    count: Counted, keys: str, headline: str, request: pytest.FixtureRequest, in_common: Callable[[str], str]
) -> None:
    name = f"nets_{abs(hash(request.node.nodeid))}"
    with pytest.raises(FlopBudgetError) as error:
        count(keys)
    assert in_common(str(error.value).splitlines()[0].replace(name, "NETS")) == headline
