"""The counters that are compared, each as a function that makes one count of a model ready to be run."""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from bench_models import Model

Run = Callable[[], object]
OURS = "pytest-flopbudget"
FORWARD = "the bare forward on meta"
FLOP_COUNTER_MODE = "FlopCounterMode on meta"


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter.

    Args:
        device: Where it needs the model: ``"cpu"`` or ``"meta"``.
        ready: From a model, its input and what that is in a declaration, to one count, its breakdown by modules and
            operators included where it has one.
    """

    device: str
    ready: Callable[[nn.Module, torch.Tensor, str], Run]


def run_of(counter: str, model: Model) -> Run:
    """One count of a model, which is built and ready; what the counter imports is imported by its first run."""
    found = COUNTERS[counter]
    net, tensor = model.made(found.device if model.fits else "meta")
    run = found.ready(net, tensor, model.text)

    def quiet() -> None:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            run()

    return quiet


def _ours(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    def run() -> object:
        from pytest_flopbudget import count

        measurement = count(net, text)
        return measurement.macs, measurement.params, measurement.by_module(), measurement.by_operator()

    return run


def _forward(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    return lambda: net(tensor)


def _flop_counter_mode(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    def run() -> object:
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            net(tensor)
        return counter.get_total_flops(), counter.get_flop_counts()

    return run


def _thop(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    return lambda: importlib.import_module("thop").profile(net, inputs=(tensor,), verbose=False)


def _fvcore(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    def run() -> object:
        analysis = importlib.import_module("fvcore.nn").FlopCountAnalysis(net, tensor)
        analysis = analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        return analysis.total(), analysis.by_module(), analysis.by_operator()

    return run


def _ptflops(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    name = next(iter(inspect.signature(net.forward).parameters))

    def run() -> object:
        macs, params = importlib.import_module("ptflops").get_model_complexity_info(
            net,
            tuple(tensor.shape[1:]),
            input_constructor=lambda _: {name: tensor},
            as_strings=False,
            print_per_layer_stat=False,
            backend="pytorch",
        )
        return _told(macs, "ptflops"), params

    return run


def _torchinfo(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    return lambda: importlib.import_module("torchinfo").summary(
        net, input_data=tensor, verbose=0, device=tensor.device, mode="eval"
    )


def _calflops(net: nn.Module, tensor: torch.Tensor, text: str) -> Run:
    return lambda: importlib.import_module("calflops").calculate_flops(
        net, args=[tensor], print_results=False, print_detailed=False, output_as_string=False
    )


def _told(count: object, name: str) -> object:
    """A count; a counter that prints its failure and goes on has none."""
    if count is None:
        raise RuntimeError(f"{name} tells no count")
    return count


COUNTERS: Mapping[str, Counter] = {
    OURS: Counter("cpu", _ours),
    FORWARD: Counter("meta", _forward),
    FLOP_COUNTER_MODE: Counter("meta", _flop_counter_mode),
    "FlopCounterMode on the CPU": Counter("cpu", _flop_counter_mode),
    "thop": Counter("cpu", _thop),
    "fvcore": Counter("cpu", _fvcore),
    "ptflops": Counter("cpu", _ptflops),
    "torchinfo": Counter("cpu", _torchinfo),
    "calflops": Counter("cpu", _calflops),
}
# Those that something is aimed at.
QUICK = (OURS, FORWARD, FLOP_COUNTER_MODE, "thop")
