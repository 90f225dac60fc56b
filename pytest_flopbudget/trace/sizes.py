"""How much memory a call on known values would take: what is known is kept only while it is small."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch

from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import NotOnShapesError
from pytest_flopbudget.trace.masks import INDEXING
from pytest_flopbudget.trace.nests import nbytes

# Tables and encodings are small floats; masks and positions, which a forward looks at, may be larger.
KNOWN_BYTES = 2**20
KNOWN_BYTES_OF_INTEGERS = 2**26

# Their result has a side for each element, or each number, that they are given.
_SQUARES = frozenset({"aten::eye", "aten::diag", "aten::diag_embed", "aten::diagflat"})
# They read values too, but with numbers in the place of known ones they have a shape.
_SIZED = INDEXING | {"aten::one_hot", "aten::repeat_interleave"}
_MASKS = frozenset({"aten::ones", "aten::to", "aten::_to_copy"})
_INT64_BYTES = 8


def too_large() -> NotOnShapesError:
    """Of a call that needs values which do not depend on data, but are too many to be kept."""
    return NotOnShapesError("needs a value that is too large to be kept")


def is_large(tensor: torch.Tensor) -> bool:
    """Whether a result takes too many bytes to keep its values."""
    return nbytes(tensor) > (KNOWN_BYTES_OF_INTEGERS if _is_exact(tensor) else KNOWN_BYTES)


def gives_large(call: Call, results: Iterable[torch.Tensor]) -> bool:
    """Whether any of a call's results takes too many bytes; a mask stays one while it is scaled in floats."""
    if call.schema.operator in _MASKS and all(map(_is_exact, call.tensors)):
        return any(nbytes(tensor) > KNOWN_BYTES_OF_INTEGERS for tensor in results)
    return any(map(is_large, results))


def _is_exact(tensor: torch.Tensor) -> bool:
    return not (tensor.is_floating_point() or tensor.is_complex())


def surely_small(call: Call) -> bool:
    """Whether nothing large can come of a call: the product of all sizes and numbers in it is small."""
    sizes = [max(tensor.numel(), 1) for tensor in call.tensors]
    floats = not call.tensors or call.schema.operator.startswith("aten::upsample")
    numbers = [max(number, 1) for number in _numbers((*call.args, *call.kwargs.values()), floats=floats)]
    product = math.prod(sizes) * math.prod(numbers)
    if call.schema.operator in _SQUARES:
        product **= 2
    return product <= KNOWN_BYTES // 16


def searches(call: Call) -> bool:
    """Whether a call looks at values, and no data-less kernel can tell how much it gives."""
    return call.schema.reads_values and call.schema.operator not in _SIZED


def refuse_large_search(call: Call) -> None:
    """Refuse a call that would look for places or values in very many elements; how many it finds, nobody knows yet.

    Raises:
        NotOnShapesError: The places of all elements would take too many bytes.
    """
    if call.schema.operator == "aten::equal":
        return
    if any(tensor.numel() * max(tensor.dim(), 1) * _INT64_BYTES > KNOWN_BYTES_OF_INTEGERS for tensor in call.tensors):
        raise too_large()


def _numbers(value: object, *, floats: bool) -> Iterator[int]:
    """The sizes in a value: its integers, and where floats may be ends of a range those too."""
    if isinstance(value, int) or (floats and isinstance(value, float) and math.isfinite(value)):
        yield math.ceil(abs(value))
    elif isinstance(value, (list, tuple)):
        for element in value:
            yield from _numbers(element, floats=floats)
