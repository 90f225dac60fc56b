"""The ladder of building: on the meta device, else for real; and every way in which a factory can fail."""

from __future__ import annotations

import functools
import random
import socket
import warnings
from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import Build
from pytest_flopbudget.declaring.inputs import Inputs, TensorInput
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.building import Blueprint
from pytest_flopbudget.trace.given import declared as arguments
from pytest_flopbudget.trace.ladder import Request, trace_declared
from pytest_flopbudget.trace.parts import subject_of


def declared(make: Callable[[], object], build: Build = "auto") -> Measurement:
    given = arguments(Inputs((TensorInput((2, 4)),)))
    blueprint, request = Blueprint("shop:net", make, make), Request(backend="shapes", build=build)
    traced = trace_declared(blueprint, lambda model: subject_of(model, given), FORMULAS, request)
    return Measurement.of(traced, FORMULAS)


def refused(make: Callable[[], object], build: Build = "auto") -> str:
    with pytest.raises(MeasureError) as error:
        declared(make, build)
    return str(error.value)


class Layers(nn.Module):
    """As many layers as a number says that is taken from a tensor when the model is built."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(int(torch.arange(3).sum())))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x


class Repeated(nn.Module):
    """Calls its layer as often as a buffer says."""

    times: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.register_buffer("times", torch.tensor(5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for _ in range(int(self.times)):
            x = self.layer(x)
        return x


@pytest.mark.parametrize(
    ("make", "build", "built", "macs"),
    [
        (lambda: nn.Linear(4, 4), "auto", "meta", 2 * 4 * 4),
        (lambda: nn.Linear(4, 4), "meta", "meta", 2 * 4 * 4),
        (lambda: nn.Linear(4, 4), "real", "real", 2 * 4 * 4),
        (Layers, "auto", "real", 3 * 2 * 4 * 4),
        (Repeated, "auto", "real", 5 * 2 * 4 * 4),
    ],
)
def test_the_ladder(make: Callable[[], object], build: Build, built: str, macs: int) -> None:
    measurement = declared(make, build)
    assert (measurement.built, measurement.traced, measurement.backend) == (built, "shapes", "shapes")
    assert measurement.macs == macs


def test_no_rung_below_the_one_asked_for() -> None:
    text = refused(Repeated, "meta")
    assert text.splitlines()[0] == (
        "cannot be counted on shapes: aten::item in Repeated reads values that depend on data"
    )
    assert refused(Layers, "meta").splitlines()[0] == (
        "factory 'shop:net' raised RuntimeError: Tensor.item() cannot be called on meta tensors"
    )


def test_a_large_model_takes_no_memory() -> None:
    model = functools.partial(nn.Linear, 4, 2**40)
    assert declared(model).macs == 2 * 4 * 2**40


def test_the_module_and_the_shapes_that_met_are_named(in_common: Callable[[str], str]) -> None:
    text = refused(lambda: nn.Sequential(nn.Linear(4, 6), nn.Linear(5, 4)))
    assert in_common(text) == (
        "cannot run at 2x4: 1 (Linear): mat1 and mat2 shapes cannot be multiplied (2x6 and 5x4)\n"
        "module    1: Linear(in_features=5, out_features=4, bias=True)\n"
        "operator  aten::linear: input 2x6, weight 4x5, bias 4\n"
        "raised    RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x6 and 5x4)"
    )


class Wants3(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.dim() != 3:
            raise ValueError(f"expected three dimensions,\nnot {x.dim()}")
        return x


def test_a_model_that_raises_by_itself() -> None:
    lines = refused(lambda: nn.Sequential(nn.Identity(), Wants3())).splitlines()
    assert lines[:3] == [
        "cannot run at 2x4: 1 (Wants3): ValueError: expected three dimensions,",
        "module    1: Wants3()",
        "raised    ValueError: expected three dimensions,",
    ]
    assert lines[3] == "          not 2"
    assert lines[4].endswith('in forward: raise ValueError(f"expected three dimensions,\\nnot {x.dim()}")')
    assert len(lines) == 5


def test_mixed_types_are_refused_as_the_kernel_refuses_them() -> None:
    text = refused(lambda: nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4).half()))
    assert text.splitlines()[0] == (
        "cannot run at 2x4: 1 (Linear): a linear layer needs operands of one dtype, but got float32 and float16"
    )


def raising() -> nn.Module:
    raise ValueError("bad width")


def exiting() -> nn.Module:
    raise SystemExit(3)


def warning() -> nn.Module:
    warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
    return nn.Linear(4, 4)


@functools.lru_cache
def cached() -> nn.Module:
    return nn.Linear(4, 4)


MODEL = nn.Linear(4, 4)


def hidden_cache() -> nn.Module:
    return MODEL


def downloading() -> nn.Module:
    socket.create_connection(("weights.example.org", 443), timeout=1)
    return nn.Linear(4, 4)


def line_of(function: Callable[..., object], offset: int) -> str:
    code = function.__code__
    return f"at        tests/unit/trace/test_building.py:{code.co_firstlineno + offset} in {code.co_name}: "


NETWORK = (
    "factory 'shop:net' reached for the network (weights.example.org); a budget needs no weights\n"
    '{at}socket.create_connection(("weights.example.org", 443), timeout=1)\n'
    "build it without: kwargs = {{ weights = {{ none = true }} }} for torchvision, {{ pretrained = false }} for timm\n"
    'for transformers, build it of its configuration: args = [{{ factory = "transformers:BertConfig" }}]'
)
CACHES = (
    "factory 'shop:net' hands out the same model every time: without data, it would stay in its cache\n"
    'build it for real: build = "real", or name a factory that builds a new model'
)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            raising,
            "factory 'shop:net' raised ValueError: bad width\n" + line_of(raising, 1) + 'raise ValueError("bad width")',
        ),
        (exiting, "factory 'shop:net' raised SystemExit: 3\n" + line_of(exiting, 1) + "raise SystemExit(3)"),
        (lambda: None, "factory 'shop:net' returned an object of NoneType, not a torch.nn.Module"),
        (lambda: nn.Linear, "factory 'shop:net' returned the class Linear, not a torch.nn.Module"),
        (lambda: {"model": MODEL}, "factory 'shop:net' returned an object of dict, not a torch.nn.Module"),
        (cached, CACHES),
        (hidden_cache, CACHES),
        (
            downloading,
            NETWORK.format(at=line_of(downloading, 1)),
        ),
    ],
)
def test_a_factory_that_fails(monkeypatch: pytest.MonkeyPatch, make: Callable[[], object], message: str) -> None:
    monkeypatch.chdir(__file__.rpartition("/tests/")[0])
    assert refused(make) == message


def test_a_factory_that_warns_and_prints(capsys: pytest.CaptureFixture[str]) -> None:
    def noisy() -> nn.Module:
        print("building")  # noqa: T201
        return warning()

    with pytest.warns(DeprecationWarning, match="^deprecated$"):
        assert declared(noisy).macs == 2 * 4 * 4
    assert capsys.readouterr().out == "building\n"


@pytest.mark.parametrize("make", [cached, hidden_cache])
def test_a_cached_model_is_counted_when_built_for_real(make: Callable[[], nn.Module]) -> None:
    assert declared(make, "real").macs == 2 * 4 * 4
    assert make()(torch.ones(2, 4)).shape == (2, 4)


class Cyclic(nn.Linear):
    def __init__(self) -> None:
        super().__init__(4, 4)
        self.owner = [self]


def test_a_model_that_refers_to_itself_is_no_cached_one() -> None:
    assert declared(Cyclic).macs == 2 * 4 * 4


@pytest.mark.parametrize("make", [lambda: nn.Linear(4, 4), Layers])
def test_building_leaves_the_random_states_as_they_were(make: Callable[[], object]) -> None:
    before = (torch.get_rng_state().tolist(), random.getstate(), torch.get_default_dtype())
    declared(make)
    assert (torch.get_rng_state().tolist(), random.getstate(), torch.get_default_dtype()) == before


def test_a_refusal_of_ours_passes_a_factory_as_it_is() -> None:
    def make() -> nn.Module:
        raise MeasureError("no such size", "sizes     small, large")

    assert refused(make) == "no such size\nsizes     small, large"


def test_a_model_in_the_place_of_a_factory() -> None:
    assert refused(nn.Linear(4, 4)) == ("factory 'shop:net' is a model, not a factory: name its class, or a function")
