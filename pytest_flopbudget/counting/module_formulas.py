"""Formulas for whole modules, whose inside cannot be seen, or cannot run where the model is counted."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FunctionType
from typing import TypeVar

from pytest_flopbudget.counting.marked import note_marked
from pytest_flopbudget.counting.operators import Cost
from pytest_flopbudget.counting.showing import shown_arguments
from pytest_flopbudget.errors import FormulaError

Function = TypeVar("Function", bound=Callable[..., object])

MODULE_MARK = "__flopbudget_module_formula__"
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class ModuleFormula:
    """The cost of one call of a module, all that is below it included.

    Args:
        layer: The class of the module; its subclasses share the formula.
        function: Called with the module, its inputs and the output as ``out``; or a rule as thop has them, called
            with the module, the tuple of its inputs, and the output.
        shape: The output's shape from the module and its inputs; then the module itself never runs.
        place: Where the function is written, ``file:line``.
    """

    layer: type
    function: Callable[..., object]
    shape: Callable[..., Sequence[int]] | None
    place: str

    @property
    def name(self) -> str:
        """The class by its module: ``"shop.layers.Shuffle"``."""
        return f"{self.layer.__module__}.{self.layer.__qualname__}"

    @property
    def is_rule(self) -> bool:
        """Whether the function is a rule as thop has them, which adds MACs to the module's ``total_ops``."""
        parameters = inspect.signature(self.function).parameters
        takes_more = any(parameter.kind not in _POSITIONAL for parameter in parameters.values())
        return len(parameters) == 3 and not takes_more and "out" not in parameters

    def cost(self, module: object, args: Sequence[object], kwargs: Mapping[str, object], out: object) -> Cost:
        """What one call costs.

        Args:
            module: The module.
            args: Its positional inputs, tensors as ``TensorSpec``.
            kwargs: Its keyword inputs.
            out: The output.

        Raises:
            FormulaError: The function failed, or returned no :class:`Cost`.
        """
        arguments = {**{f"input {at}": value for at, value in enumerate(args)}, **kwargs, "out": out}
        try:
            cost = self.function(module, *args, **kwargs, out=out)
        except Exception as error:
            raise self._failed("formula", error, arguments) from error
        if not isinstance(cost, Cost) or not cost.is_sound:
            raise FormulaError(
                f"the formula for {self.name} ({self.place}) returned {cost!r}, not a Cost(macs, other_flops) of "
                "integers from 0 up"
            )
        return cost

    def out_shape(self, module: object, args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[int, ...]:
        """The output's shape by ``shape=``.

        Raises:
            FormulaError: There is none, it failed, or returned no sizes.
        """
        if self.shape is None:
            raise FormulaError(f"the formula for {self.name} ({self.place}) has no shape")
        try:
            shape: object = self.shape(module, *args, **kwargs)
        except Exception as error:
            arguments = {**{f"input {at}": value for at, value in enumerate(args)}, **kwargs}
            raise self._failed("shape", error, arguments) from error
        return checked_shape(shape, f"the shape of {self.name} ({self.place})")

    def _failed(self, what: str, error: Exception, arguments: Mapping[str, object]) -> FormulaError:
        return FormulaError(
            f"the {what} for {self.name} ({self.place}) raised {type(error).__name__}: {error}; "
            f"it was called with {shown_arguments(arguments)}"
        )


def module_formula(*layers: type, shape: Callable[..., Sequence[int]] | None = None) -> Callable[[Function], Function]:
    """Mark a function as the formula of a module's call, in place of all that runs inside it.

    The function is called with the module, its inputs as they are given (tensors as ``TensorSpec``) and the output as
    ``out``, and returns a ``Cost``. A rule of thop's kind, ``rule(module, inputs, output)``, is taken as it is: what it
    adds to the module's ``total_ops`` are MACs.

    Args:
        layers: The modules' classes; subclasses share the formula, unless they have their own.
        shape: The output's shape, from the module and its inputs. With it the module's own code never runs, and its
            output has the type of its first floating input.

    Raises:
        FormulaError: No class, or what is none; or what is marked is no function.
    """
    if not layers:
        raise FormulaError("@module_formula names no module: write @module_formula(MyLayer)")
    for layer in layers:
        if not isinstance(layer, type):
            raise FormulaError(f"@module_formula names a class, as in @module_formula(MyLayer), not {layer!r}")

    def mark(function: Function) -> Function:
        if not isinstance(function, FunctionType):
            raise FormulaError(f"@module_formula marks a function; {function!r} is a {type(function).__name__}")
        place = f"{function.__code__.co_filename}:{function.__code__.co_firstlineno}"
        marked = getattr(function, MODULE_MARK, ())
        setattr(function, MODULE_MARK, (*marked, *(ModuleFormula(layer, function, shape, place) for layer in layers)))
        note_marked(function)
        return function

    return mark


def checked_shape(shape: object, what: str) -> tuple[int, ...]:
    """Sizes that a user's function returned.

    Raises:
        FormulaError: They are none.
    """
    if not isinstance(shape, Sequence) or not all(isinstance(size, int) and size >= 0 for size in shape):
        raise FormulaError(f"{what} is {shape!r}, no sequence of sizes")
    return tuple(shape)
