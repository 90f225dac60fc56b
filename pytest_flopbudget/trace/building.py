"""Building a declared model, without data or for real."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from pytest_flopbudget.declaring.tracebacks import details, one_line, places_in
from pytest_flopbudget.errors import FlopBudgetError, MeasureError, did_you_mean
from pytest_flopbudget.trace.dataless import META
from pytest_flopbudget.trace.initialisation import NoInitialisation
from pytest_flopbudget.trace.network import no_network
from pytest_flopbudget.trace.settings import settings_kept

Preparation = Callable[[torch.nn.Module], object]


class BuildError(MeasureError):
    """The factory could not build the model."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """How a model is made.

    Args:
        name: The factory as it is declared, ``"module:callable"``.
        make: Calls it with its arguments; everything that this needs is imported already.
        factory: What is called.
        prepare: What is done to the model then, each with its name as it is declared; a model that a step
            returns takes the place of the one before.
    """

    name: str
    make: Callable[[], object]
    factory: object
    prepare: tuple[tuple[str, Preparation], ...] = ()


def built_on_meta(blueprint: Blueprint) -> torch.nn.Module:
    """The model without data: neither memory nor initialisation.

    Raises:
        BuildError: The factory or a preparation needs data.
        MeasureError: The factory returned no model, or the same one as before.
    """
    if hasattr(blueprint.factory, "cache_info"):
        raise _cached(blueprint)
    model = _made(blueprint, META)
    # A model that nothing else holds has this name and the call's argument; any more, and it may be a cache's.
    if sys.getrefcount(model) > 2 and _made(blueprint, META) is model:
        raise _cached(blueprint)
    return _prepared(blueprint, model, META)


def built_for_real(blueprint: Blueprint) -> torch.nn.Module:
    """The model as its factory builds it.

    Raises:
        BuildError: The factory or a preparation failed.
        MeasureError: The factory returned no model.
    """
    return _prepared(blueprint, _made(blueprint, None), None)


def method_of(name: str) -> Preparation:
    """The preparation that calls a model's own method, ``".fuse"``.

    Raises:
        MeasureError: When it is called with a model that has no such method.
    """

    def call(model: torch.nn.Module) -> object:
        method = getattr(model, name.removeprefix("."), None)
        if not callable(method):
            methods = [f".{each}" for each in dir(type(model)) if callable(getattr(type(model), each))]
            hint = did_you_mean(name, (each for each in methods if not each.startswith("._") and each != name))
            raise MeasureError(f"prepare {name!r}: {type(model).__name__} has no such method{hint}")
        return method()

    return call


def _made(blueprint: Blueprint, device: torch.device | None) -> torch.nn.Module:
    what = f"factory {blueprint.name!r}"
    with settings_kept(), no_network() as asked:
        try:
            with torch.inference_mode(False), _on(device):
                model = blueprint.make()
        except FlopBudgetError:
            raise
        except (Exception, SystemExit) as error:
            raise _raised(blueprint, error, asked) from error
    if not isinstance(model, torch.nn.Module):
        raise MeasureError(f"{what} returned {_described(model)}, not a torch.nn.Module")
    return model


def _prepared(blueprint: Blueprint, model: torch.nn.Module, device: torch.device | None) -> torch.nn.Module:
    for name, prepare in blueprint.prepare:
        with settings_kept(), torch.inference_mode(False), _on(device):
            try:
                changed = prepare(model)
            except FlopBudgetError:
                raise
            except (Exception, SystemExit) as error:
                raise BuildError(f"prepare {name!r} raised {one_line(error, ())}", *details(error)[1:]) from error
        if changed is not None and not isinstance(changed, torch.nn.Module):
            raise MeasureError(f"prepare {name!r} returned {_described(changed)}, neither a torch.nn.Module nor None")
        model = model if changed is None else changed
    return model


@contextmanager
def _on(device: torch.device | None) -> Iterator[None]:
    if device is None:
        yield
        return
    with device, NoInitialisation():
        yield


def _described(model: object) -> str:
    return f"the class {model.__name__}" if isinstance(model, type) else f"an object of {type(model).__name__}"


def _raised(blueprint: Blueprint, error: BaseException, asked: list[str]) -> MeasureError:
    if asked:
        return MeasureError(
            f"factory {blueprint.name!r} reached for the network ({asked[0]}); a budget needs no weights",
            *(f"at        {place}" for place in places_in(error)[:1]),
            "build it without: kwargs = { weights = { none = true } } for torchvision, { pretrained = false } for timm",
            'for transformers, build it of its configuration: args = [{ factory = "transformers:BertConfig" }]',
        )
    if isinstance(blueprint.factory, torch.nn.Module):
        return MeasureError(f"factory {blueprint.name!r} is a model, not a factory: name its class, or a function")
    return BuildError(f"factory {blueprint.name!r} raised {one_line(error, ())}", *details(error)[1:])


def _cached(blueprint: Blueprint) -> MeasureError:
    return MeasureError(
        f"factory {blueprint.name!r} hands out the same model every time: without data, it would stay in its cache",
        'build it for real: build = "real", or name a factory that builds a new model',
    )
