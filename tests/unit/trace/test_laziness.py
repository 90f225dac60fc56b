"""Lazy modules: a live one has to be run first, a declared one is built for real and run once.

The input is 1x3x6x6 throughout.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.declaring.cases import EXECUTE_LIMIT, Build
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.building import Blueprint
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_declared
from pytest_flopbudget.trace.parts import subject_of

StateOf = Callable[[nn.Module], dict[str, object]]
Make = Callable[[], nn.Module]

BACKENDS = pytest.mark.parametrize("backend", ["shapes", "execute"])

# Older torch warns of every lazy module.
pytestmark = pytest.mark.filterwarnings("ignore:Lazy modules are a new feature:UserWarning")


def compiler(*_: object) -> Callable[..., object]:
    raise AssertionError("compiled")


def net() -> nn.Sequential:
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))


CONVOLUTION, HEAD = 4 * 4 * 4 * 3 * 9, 4 * 4 * 4 * 2
PARAMS = (4 * 3 * 9 + 4) + (4 + 4) + (4 * 4 * 4 * 2 + 2)


def wrapped() -> nn.Module:
    model = net()
    model[1] = nn.DataParallel(model[1])
    model[3].compile(backend=compiler)
    made: object = torch.compile(model, backend=compiler)
    assert isinstance(made, nn.Module)
    return made


MAKES: dict[str, Make] = {"plain": net, "in wrappers": wrapped}
EACH = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)


def declared(make: Make, backend: Backend, build: Build = "auto", limit: int = EXECUTE_LIMIT) -> Measurement:
    arguments, request = given("1x3x6x6", None), Request(backend=backend, build=build, execute_limit=limit)
    blueprint = Blueprint("shop:net", make, make)
    traced = trace_declared(blueprint, lambda model: subject_of(model, arguments), FORMULAS, request)
    return Measurement.of(traced, FORMULAS)


@EACH
@BACKENDS
def test_a_live_one_is_refused(make: Make, backend: Backend) -> None:
    model = make()
    with pytest.raises(MeasureError) as error:
        count(model, "1x3x6x6", backend=backend)
    assert str(error.value) == (
        "the model has uninitialised lazy parameters: "
        "0.weight, 0.bias, 1.weight, 1.bias, 1.running_mean, 1.running_var, 3.weight, 3.bias\n"
        "run it once on an input, then count it"
    )
    assert all(torch.nn.parameter.is_lazy(parameter) for parameter in model.parameters())


@BACKENDS
def test_one_that_has_run_is_counted(backend: Backend, state_of: StateOf) -> None:
    model = net()
    model(torch.randn(1, 3, 6, 6))
    before = state_of(model)
    measurement = count(model, "1x3x6x6", backend=backend)
    assert (measurement.macs, measurement.params) == (CONVOLUTION + HEAD, PARAMS)
    assert state_of(model) == before


@EACH
@BACKENDS
@pytest.mark.parametrize("build", ["auto", "real"])
def test_a_declared_one_is_run_once(make: Make, build: Build, backend: Backend) -> None:
    measurement = declared(make, backend, build)
    assert (measurement.macs, measurement.params) == (CONVOLUTION + HEAD, PARAMS)
    assert measurement.activations == 4 * 4 * 4 + 2
    costs = {path: cost.macs for path, cost in measurement.by_module().items()}
    assert costs == {"": CONVOLUTION + HEAD, "0": CONVOLUTION, "1": 0, "2": 0, "3": HEAD}
    assert {node.calls for node in measurement.modules} == {1}
    assert (measurement.built, measurement.traced) == ("real", "shapes" if backend == "shapes" else "executed")


@BACKENDS
def test_only_once(backend: Backend) -> None:
    forwards: list[bool] = []

    class Noting(nn.Sequential):
        def forward(self, x: torch.Tensor) -> object:
            forwards.append(self.training)
            out: object = self[1](self[0](x))
            return out

    declared(lambda: Noting(nn.Flatten(), nn.LazyLinear(2)), backend)
    # Once for its shapes and once for the trace, both in evaluation.
    assert forwards == [False, False]


def test_a_declared_one_cannot_stay_without_data() -> None:
    with pytest.raises(MeasureError) as error:
        declared(lambda: nn.Sequential(nn.LazyLinear(2)), "shapes", "meta")
    assert str(error.value) == (
        "the model has uninitialised lazy parameters: 0.weight, 0.bias\n"
        "run it once on an input, then count it\n"
        'hint      build = "auto" builds the model for real where data is needed'
    )


def test_one_that_is_too_large_is_not_run() -> None:
    with pytest.raises(MeasureError) as error:
        declared(net, "shapes", limit=400)
    assert str(error.value) == (
        "too large to be executed\n"
        "size      parameters, buffers and inputs take 440 B, more than execute_limit = '400 B', "
        "so it is not executed\n"
        'hint      execute_limit = "440 B" lets it be executed'
    )


class Unused(nn.Module):
    """Has a lazy layer that its forward does not call."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.DataParallel(nn.LazyLinear(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def test_one_that_stays_lazy_is_refused() -> None:
    with pytest.raises(MeasureError) as error:
        declared(Unused, "shapes")
    assert str(error.value) == "the forward leaves lazy parameters uninitialised: head.weight, head.bias"


class Failing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = nn.LazyLinear(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        raise ValueError("no such input")


def test_one_that_cannot_run_is_refused() -> None:
    with pytest.raises(MeasureError) as error:
        declared(Failing, "shapes")
    assert str(error.value).splitlines()[:2] == [
        "cannot run at 1x3x6x6: ValueError: no such input",
        "raised    ValueError: no such input",
    ]


@BACKENDS
def test_that_it_was_run_is_told(backend: Backend) -> None:
    ran = "run once before it was counted, since its lazy parameters get their shapes from the first input"
    assert declared(net, backend).notes == (ran,)
    assert declared(lambda: nn.Conv2d(3, 4, 3), backend, "real").notes == ()


def test_what_becomes_too_large_is_refused_before_it_is_made() -> None:
    with pytest.raises(MeasureError) as error:
        declared(lambda: nn.Sequential(nn.Flatten(), nn.LazyLinear(8), nn.LazyLinear(2**40)), "shapes", limit=2**20)
    # 108 inputs in float32, 8 * 108 + 8 weights and biases, 2**40 * 8 weights.
    assert str(error.value) == (
        "too large to be executed\n"
        "size      parameters, buffers and inputs take at least 32 TiB, more than execute_limit = '1 MiB', "
        "so its lazy parameters are not initialised\n"
        'hint      execute_limit = "32769 GiB" or more lets it be executed'
    )
    assert declared(net, "shapes").macs == CONVOLUTION + HEAD
