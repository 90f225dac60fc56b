"""Building a declared model, first without data, and tracing it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from pytest_flopbudget.count.marking import FormulaTable
from pytest_flopbudget.count.measurement import Trace
from pytest_flopbudget.declare.cases import Build
from pytest_flopbudget.declare.inputs import Inputs
from pytest_flopbudget.declare.tracebacks import details, one_line, places_in
from pytest_flopbudget.errors import FlopBudgetError, MeasureError
from pytest_flopbudget.trace import guard
from pytest_flopbudget.trace.dataless import META, making
from pytest_flopbudget.trace.failures import DataNeededError
from pytest_flopbudget.trace.initialisation import NoInitialisation
from pytest_flopbudget.trace.leaks import refuse_leaks
from pytest_flopbudget.trace.network import no_network
from pytest_flopbudget.trace.settings import settings_kept
from pytest_flopbudget.trace.shapes import follow

_BUILD_FOR_REAL = 'hint      build = "auto" builds the model for real where data is needed'


class BuildError(MeasureError):
    """The factory could not build the model."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """How a model is made.

    Args:
        name: The factory as it is declared, ``"module:callable"``.
        make: Calls it with its arguments; everything that this needs is imported already.
        factory: What is called.
    """

    name: str
    make: Callable[[], object]
    factory: object


def trace_declared(blueprint: Blueprint, inputs: Inputs, table: FormulaTable, build: Build) -> Trace:
    """Build a model and trace it on shapes.

    ``"auto"`` builds it on the meta device, which takes neither memory nor initialisation, and for real where
    its construction or a buffer's values need data.

    Raises:
        MeasureError: It cannot be built or run; where both ways failed, the error of the second.
    """
    with guard.LOCK, making() as alive:
        traced = _ladder(blueprint, inputs, table, build)
        # The model is gone with what it kept; what is left would be found by another.
        refuse_leaks(alive(), {})
    return traced


def _ladder(blueprint: Blueprint, inputs: Inputs, table: FormulaTable, build: Build) -> Trace:
    if build != "real":
        try:
            return follow(_built_on_meta(blueprint), inputs, table, "meta")
        except (BuildError, DataNeededError) as error:
            if build == "meta":
                raise error.with_details(_BUILD_FOR_REAL) from error.__cause__
    return follow(_built(blueprint), inputs, table, "real")


def _built_on_meta(blueprint: Blueprint) -> torch.nn.Module:
    if hasattr(blueprint.factory, "cache_info"):
        raise _cached(blueprint)
    model = _built(blueprint, META)
    # A model that nothing else holds has this name and the call's argument; any more, and it may be a cache's.
    if sys.getrefcount(model) > 2 and _built(blueprint, META) is model:
        raise _cached(blueprint)
    return model


def _built(blueprint: Blueprint, device: torch.device | None = None) -> torch.nn.Module:
    with settings_kept(), no_network() as asked:
        try:
            with torch.inference_mode(False), _on(device):
                model = blueprint.make()
        except FlopBudgetError:
            raise
        except (Exception, SystemExit) as error:
            raise _raised(blueprint, error, asked) from error
    return _checked(blueprint, model)


@contextmanager
def _on(device: torch.device | None) -> Iterator[None]:
    if device is None:
        yield
        return
    with device, NoInitialisation():
        yield


def _checked(blueprint: Blueprint, model: object) -> torch.nn.Module:
    if not isinstance(model, torch.nn.Module):
        found = f"the class {model.__name__}" if isinstance(model, type) else f"an object of {type(model).__name__}"
        raise MeasureError(f"factory {blueprint.name!r} returned {found}, not a torch.nn.Module")
    lazy = [name for name, tensor in model.state_dict(keep_vars=True).items() if torch.nn.parameter.is_lazy(tensor)]
    if lazy:
        raise MeasureError(
            f"factory {blueprint.name!r} returned a model with uninitialised lazy parameters: {', '.join(lazy)}",
            "run the model once on an input before the factory returns it",
        )
    return model


def _raised(blueprint: Blueprint, error: BaseException, asked: list[str]) -> MeasureError:
    if asked:
        return MeasureError(
            f"factory {blueprint.name!r} reached for the network ({asked[0]}); a budget needs no weights",
            *(f"at        {place}" for place in places_in(error)[:1]),
            "build it without: kwargs = { weights = { none = true } } for torchvision, { pretrained = false } for timm",
        )
    if isinstance(blueprint.factory, torch.nn.Module):
        return MeasureError(f"factory {blueprint.name!r} is a model, not a factory: name its class, or a function")
    return BuildError(f"factory {blueprint.name!r} raised {one_line(error, ())}", *details(error)[1:])


def _cached(blueprint: Blueprint) -> MeasureError:
    return MeasureError(
        f"factory {blueprint.name!r} hands out the same model every time: without data, it would stay in its cache",
        'build it for real: build = "real", or name a factory that builds a new model',
    )
