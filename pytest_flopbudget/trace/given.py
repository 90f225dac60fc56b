"""What a forward is called with, from a declaration, from a function, or from the hands of a test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import torch

from pytest_flopbudget.declaring.inputs import InputNode, Inputs, TensorInput, dimensions, parse_tensor
from pytest_flopbudget.declaring.showing import as_text
from pytest_flopbudget.declaring.tracebacks import details, one_line
from pytest_flopbudget.errors import FlopBudgetError, InputError, MeasureError, shown
from pytest_flopbudget.trace.inputs import Arguments, Nests
from pytest_flopbudget.trace.nests import leaves
from pytest_flopbudget.trace.schemas import dtype_name

# What has a number, a colon, or names of dimensions is meant for a shape; other text is the model's.
_SHAPE = re.compile(r"[0-9:]|^[A-Z]+(x[A-Z]+)*$")


def declared(inputs: Inputs) -> Arguments:
    """The arguments that a declaration tells by their shapes, every dimension a number."""
    # A list in a declaration is a list for the model.
    positional = [_as_lists(node) for node in inputs.positional]
    keyword = {name: _as_lists(node) for name, node in inputs.keyword.items()}
    return Arguments(as_text(inputs), lambda: (positional, keyword))


def made(path: str, factory: Callable[..., object], point: Mapping[str, int]) -> Arguments:
    """The arguments that a declared ``input_factory`` makes anew for every forward.

    Args:
        path: The factory as it is declared.
        factory: Called with the point's dimensions as keywords; it returns positional and keyword arguments.
        point: The named dimensions and their sizes.
    """
    called = f"{path}({', '.join(f'{name}={size}' for name, size in point.items())})"
    return Arguments(called, lambda: _made(path, factory, point))


def given(inputs: object, input_kwargs: object) -> Arguments:
    """The arguments that a caller gives in Python.

    Args:
        inputs: One shape, as text or as a tuple of sizes, or one tensor; a list or tuple of positional arguments;
            a mapping of keyword arguments. Shapes, tensors and all else may be nested in them.
        input_kwargs: A mapping of keyword arguments beside them, or None.

    Raises:
        InputError: A text is no shape, one shape is written as a list, or a keyword is no text.
    """
    keyword = _named(input_kwargs, "input_kwargs") if input_kwargs is not None else {}
    if isinstance(inputs, Mapping):
        args, keyword = [], {**_named(inputs, "input"), **keyword}
    elif type(inputs) in (tuple, list) and isinstance(inputs, Sequence) and not _is_shape(inputs):
        if type(inputs) is list and inputs and all(map(_is_size, inputs)):
            raise InputError(((), f"{inputs} is no input: write a shape as a tuple, {tuple(inputs)}, or as text"))
        args = [_read(each) for each in inputs]
    else:
        args = [_read(inputs)]
    kwargs = {name: _read(each) for name, each in keyword.items()}
    return Arguments(_shown(args, kwargs), lambda: (args, kwargs))


def _named(written: object, what: str) -> dict[str, object]:
    if not isinstance(written, Mapping):
        raise InputError(((), f"{what}: keyword inputs are a dict, not an object of {type(written).__name__}"))
    strange = [name for name in written if not isinstance(name, str)]
    if strange:
        raise InputError(((), f"{what}: the name of a keyword input is text, not {strange[0]!r}"))
    return dict(written)


def _as_lists(node: InputNode) -> object:
    if isinstance(node, tuple):
        return [_as_lists(below) for below in node]
    if isinstance(node, Mapping):
        return {name: _as_lists(below) for name, below in node.items()}
    return node


def _made(path: str, factory: Callable[..., object], point: Mapping[str, int]) -> Nests:
    try:
        found = factory(**point)
    except FlopBudgetError:
        raise
    except (Exception, SystemExit) as error:
        raise MeasureError(f"input_factory {path!r} raised {one_line(error, ())}", *details(error)[1:]) from error
    if isinstance(found, tuple) and len(found) == 2:
        args, kwargs = found
        if isinstance(args, (tuple, list)) and isinstance(kwargs, Mapping):
            return args, kwargs
    raise MeasureError(
        f"input_factory {path!r} returned {_kind(found)}, not positional and keyword inputs",
        "return both, as in: return (x,), {'mask': mask}",
    )


def _kind(found: object) -> str:
    if isinstance(found, tuple):
        return f"a tuple of {', '.join(type(each).__name__ for each in found) or 'nothing'}"
    return f"an object of {type(found).__name__}"


def _read(node: object) -> object:
    """A node of what a caller gives, its shapes read; a tensor and all else as it is."""
    if isinstance(node, str):
        return _numbered(parse_tensor(node), node) if _SHAPE.search(node) else node
    if _is_shape(node):
        assert isinstance(node, tuple)
        return parse_tensor("x".join(map(str, node)))
    if type(node) in (list, tuple) and isinstance(node, (list, tuple)):
        return type(node)(_read(below) for below in node)
    if type(node) is dict and isinstance(node, dict):
        return {name: _read(below) for name, below in node.items()}
    return node


def _numbered(tensor: TensorInput, text: str) -> TensorInput:
    names = dimensions(Inputs((tensor,)))
    if names:
        raise InputError(((), f"{shown(text)} has a named dimension, {names[0]}: write a number in its place"))
    return tensor


def _is_shape(node: object) -> bool:
    return isinstance(node, tuple) and bool(node) and not hasattr(node, "_fields") and all(map(_is_size, node))


def _is_size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool)


def _shown(args: Iterable[object], kwargs: Mapping[str, object]) -> str:
    named = [f"{name} {_text(each)}" for name, each in kwargs.items()]
    return ", ".join([*map(_text, args), *named]) or "no input"


def _text(value: object) -> str:
    """One argument as declarations write it; what holds no tensor by its type."""
    found = [leaf for leaf in leaves(value) if isinstance(leaf, (TensorInput, torch.Tensor))]
    texts = [_spec(leaf) for leaf in found]
    if len(texts) == 1 and not isinstance(value, (list, tuple)):
        return texts[0]
    return f"[{', '.join(texts)}]" if texts else type(value).__name__


def _spec(leaf: TensorInput | torch.Tensor) -> str:
    if isinstance(leaf, TensorInput):
        return as_text(Inputs((leaf,)))
    dtype = "" if leaf.dtype == torch.get_default_dtype() else dtype_name(leaf.dtype)
    sizes = "x".join(map(str, leaf.shape))
    return (f"{dtype}:{sizes}" if dtype else sizes) if sizes else f"{dtype} scalar".strip()
