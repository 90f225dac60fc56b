"""A rule's answer beside torch's own, on real tensors in every layout that a forward may make."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from drawing import examples
from drawn_tensors import Args, Row
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import DatalessTensor, Refused, dataless
from pytest_flopbudget.trace.nests import map_tensors, tensors_in
from pytest_flopbudget.trace.shape_rules import RULES


def _overload(name: str) -> torch._ops.OpOverload:
    operator, _, variant = name.removeprefix("aten::").partition(".")
    if not hasattr(torch.ops.aten, operator):
        pytest.skip(f"this torch has no {name}")
    found: torch._ops.OpOverload = getattr(getattr(torch.ops.aten, operator), variant or "default")
    return found


def _plain(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.ones(shape)


def _reversed(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.ones(shape[::-1]).permute(list(range(len(shape) - 1, -1, -1)))


def _swapped(shape: tuple[int, ...]) -> torch.Tensor:
    if len(shape) < 2:
        return torch.ones(*shape, 2)[..., 0]
    return torch.ones(shape[1], shape[0], *shape[2:]).transpose(0, 1)


def _cut(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.ones([size + 1 for size in shape])[tuple(slice(size) for size in shape)]


def _stretched(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.ones(1, *shape[1:]).expand(shape) if shape else torch.ones(())


def _channels_last(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.ones(shape).to(memory_format=torch.channels_last) if len(shape) == 4 else _plain(shape)


def _odd(shape: tuple[int, ...]) -> torch.Tensor:
    """Contiguous, with a stride of 7 wherever a size of 1 leaves it open."""
    plain = torch.ones(shape)
    return plain.as_strided(
        shape, [7 if size == 1 else stride for size, stride in zip(shape, plain.stride(), strict=True)]
    )


_LAYOUTS = (_plain, _reversed, _swapped, _cut, _stretched, _channels_last, _odd)


def _with_tensors(value: object, tensors: Iterator[torch.Tensor]) -> object:
    if isinstance(value, tuple):
        return next(tensors)
    return [_with_tensors(each, tensors) for each in value] if isinstance(value, list) else value


def _shapes(value: object) -> Iterator[tuple[int, ...]]:
    if isinstance(value, tuple):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _shapes(each)


@pytest.fixture
def in_every_layout() -> Callable[[Args], Iterator[Args]]:
    """Arguments in which tuples stand for tensors of ones of that shape: each in every layout, in every combination."""

    def made(args: Args) -> Iterator[Args]:
        shapes = list(_shapes(list(args)))
        for layouts in itertools.product(_LAYOUTS, repeat=len(shapes)):
            tensors = iter([layout(shape) for layout, shape in zip(layouts, shapes, strict=True)])
            yield tuple(_with_tensors(value, tensors) for value in args)

    return made


def _twin(tensor: torch.Tensor) -> torch.Tensor:
    """Without values, but for integers: those are known in a trace."""
    if tensor.dtype in (torch.int64, torch.int32):
        return tensor
    return dataless(tensor.shape, tensor.dtype, stride=tensor.stride())


def _described(value: object) -> list[tuple[tuple[int, ...], tuple[int, ...], torch.dtype]]:
    return [(tuple(tensor.shape), tensor.stride(), tensor.dtype) for tensor in tensors_in(value)]


def _sharing(args: Args, out: object) -> list[tuple[bool, bool]]:
    """Of every argument and output: whether they share a storage, whether they are one tensor."""
    return [
        (given.untyped_storage()._cdata == made.untyped_storage()._cdata, given is made)
        for given in tensors_in(args)
        for made in tensors_in(out)
    ]


def _ruled(overload: str, args: Args, kwargs: dict[str, object]) -> tuple[Args, object]:
    twins = map_tensors(_twin, args)
    assert isinstance(twins, tuple)
    return twins, RULES[overload](*twins, **{name: map_tensors(_twin, value) for name, value in kwargs.items()})


@pytest.fixture
def agrees() -> Callable[..., bool]:
    """Whether a rule did not step aside; what it gives must be torch's own answer on these arguments."""

    def compared(overload: str, *args: object, **kwargs: object) -> bool:
        twins, out = _ruled(overload, args, kwargs)
        if out is None:
            return False
        assert all(type(tensor) is DatalessTensor for tensor in tensors_in(out))
        with torch.no_grad(), warnings.catch_warnings():
            # Torch says so and answers: the rule has a shape to give.
            warnings.filterwarnings("ignore", r"\w+\(\): degrees of freedom is <= 0")
            expected = Call(_overload(overload), args, kwargs).run()
        assert _described(out) == _described(expected), (overload, _described(args))
        assert _sharing(twins, out) == _sharing(args, expected), (overload, _described(args))
        return True

    return compared


@pytest.fixture
def steps_aside() -> Callable[..., bool]:
    """Whether a rule leaves these arguments to torch."""
    return lambda overload, *args, **kwargs: _ruled(overload, args, kwargs)[1] is None


@pytest.fixture
def agree(agrees: Callable[..., bool]) -> Callable[[st.SearchStrategy[Row], int], None]:
    """Compare a rule with torch on so many calls that are drawn; what a rule refuses, torch must refuse too."""

    def compared(drawn: st.SearchStrategy[Row], number: int) -> None:
        answered = []

        @examples(number, settled=True)
        @given(drawn)
        def compare(row: Row) -> None:
            try:
                answered.append(agrees(f"aten::{row.name}", *row.args, **row.kwargs))
            except Refused:
                with pytest.raises((RuntimeError, IndexError, ValueError)):
                    row.run()
            except RuntimeError as error:
                # Older torches have not every kernel in half precision on the CPU, though they have on other devices.
                if "not implemented for 'Half'" not in str(error):
                    raise

        compare()
        # Else nothing was compared.
        assert any(answered)

    return compared
