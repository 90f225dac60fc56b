"""Ways out for a factory whose arguments seem wrong."""

from __future__ import annotations

import inspect

from pytest_flopbudget.declaring.cases import Case

_SIZE_ARGUMENTS = ("img_size", "image_size", "input_size", "input_resolution", "resolution", "imgsz", "crop_size")


def digits_hints(case: Case) -> list[str]:
    """What to say of a factory's arguments that are digits as text, as a template or a point fills a text."""
    texts = {name: value for name, value in case.kwargs.items() if isinstance(value, str) and value.isdecimal()}
    return [
        f'hint      {name} is the text {value!r}; the number itself is {value}, "$key" of a template, "$R" of a point'
        for name, value in texts.items()
    ]


def size_hint(factory: object, case: Case) -> list[str]:
    """A way out for a factory that seems bound to one input size."""
    if not callable(factory):
        return []
    try:
        parameters = inspect.signature(factory).parameters
    except (TypeError, ValueError):
        return []
    names = [name for name in _SIZE_ARGUMENTS if name in parameters and name not in case.kwargs]
    if not names or not case.point:
        return []
    return [f'hint      the factory takes a size: kwargs = {{ {names[0]} = "${next(iter(case.point))}" }}']
