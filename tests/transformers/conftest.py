"""Models of transformers, small, from configurations alone: counted in every way there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.inputs import TensorInput, parse_inputs
from pytest_flopbudget.declaring.objects import FactoryCall
from pytest_flopbudget.engine import measure
from pytest_flopbudget.errors import Place

TABLE = str(Path(__file__).with_name("pyproject.toml"))

Counted = Callable[..., Measurement]
Build = Callable[[], nn.Module]


@pytest.fixture(scope="session", autouse=True)
def offline() -> Iterator[None]:
    """No configuration and no weights are looked for in the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@pytest.fixture(scope="session")
def transformers(offline: None) -> ModuleType:
    """The library, where it goes with the torch that is installed."""
    library = import_module("transformers")
    if not library.is_torch_available():
        pytest.skip(f"transformers {library.__version__} wants a newer torch than {torch.__version__}")
    return library


@pytest.fixture
def declared(transformers: ModuleType) -> Counted:
    """Counts a model as a table declares it: the factory is its class, called with its configuration."""

    def counted(model: str, config: str, inputs: Mapping[str, str], **options: object) -> Measurement:
        case = Case(
            model="small",
            point_name="default",
            place=Place(TABLE, 1),
            factory=f"transformers:{model}",
            args=(FactoryCall(f"transformers:{config}", (), options),),
            inputs=parse_inputs(dict(inputs)),
        )
        return measure(case, Table(path=TABLE))

    return counted


@pytest.fixture
def counted_every_way(transformers: ModuleType, declared: Counted) -> Counted:
    """Counts a model declared and live, on shapes and executed, and by torch's own counter: all must agree."""

    def counted(
        model: str, config: str, inputs: Mapping[str, str], *, torch_can: bool = True, **options: object
    ) -> Measurement:
        measurement = declared(model, config, inputs, **options)
        assert measurement.uncounted == {}

        def build() -> nn.Module:
            built = getattr(transformers, model)(getattr(transformers, config)(**options))
            assert isinstance(built, nn.Module)
            return built.eval()

        _agrees_live(measurement, build(), inputs)
        if torch_can:
            assert _torchs_flops(build, inputs) == measurement.flops
        return measurement

    return counted


def _agrees_live(measurement: Measurement, live: nn.Module, inputs: Mapping[str, str]) -> None:
    before = {name: tensor.clone() for name, tensor in live.state_dict().items()}

    on_shapes = count(live, dict(inputs), backend="shapes")
    executed = count(live, dict(inputs), backend="execute")

    assert (on_shapes.traced, executed.traced) == ("shapes", "executed")
    assert (on_shapes.uncounted, executed.uncounted) == ({}, {})
    for found in (on_shapes, executed):
        assert (found.macs, found.activations) == (measurement.macs, measurement.activations)
    assert measurement.params == sum({id(weight): weight.numel() for weight in live.parameters()}.values())
    after = live.state_dict()
    assert list(before) == list(after)
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


def _torchs_flops(build: Build, inputs: Mapping[str, str]) -> int:
    """What torch counts without data, where it knows attention whole.

    Masks are left out: without values, nobody can tell that they hide nothing.
    """
    nodes = parse_inputs({name: text for name, text in inputs.items() if name != "attention_mask"}).keyword
    with torch.device("meta"), torch.no_grad():
        model, kwargs = build(), {name: _empty(node) for name, node in nodes.items()}
        with FlopCounterMode(display=False) as counter:
            model(**kwargs)
    return int(counter.get_total_flops())


def _empty(node: object) -> torch.Tensor:
    assert isinstance(node, TensorInput)
    shape = tuple(int(size) for size in node.dims)
    return torch.empty(shape, dtype=getattr(torch, node.dtype or "float32"))
