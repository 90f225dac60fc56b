"""What indexes a tensor, with tensors for its numbers: torch would make them where the indexed tensor is.

On the meta device they would have no values.
"""

from __future__ import annotations

from typing import Any

import torch

# What torch takes for the parts of an index is shorter; a longer list of lists is one tensor.
_TOO_LONG_FOR_PARTS = 32
_BESIDE_NUMBERS = (list, tuple, range, slice, torch.Tensor, type(None), type(...))


def known_index(index: Any) -> Any:
    """The same index, with a tensor for every list of numbers in it, however deep."""
    if isinstance(index, tuple):
        return tuple(known_part(part) for part in index)
    # A list stays one, so that torch can say that it should be a tuple.
    return [known_part(part) for part in index] if _is_of_parts(index) else known_part(index)


def known_part(part: object) -> object:
    """What stands for one dimension: a tensor where it is a list or an array, else the very same."""
    if not _stands_for_a_tensor(part):
        return part
    tensor = torch.as_tensor(part)
    # Positions are integers, whatever was written: torch cuts off what follows the point.
    return tensor if tensor.dtype in (torch.bool, torch.uint8) else torch.as_tensor(part, dtype=torch.int64)


def _is_of_parts(index: object) -> bool:
    """Whether torch takes a list for a tuple: one of lists, slices or tensors, as in ``x[[[0, 1], [2, 3]]]``."""
    return (
        isinstance(index, list)
        and len(index) < _TOO_LONG_FOR_PARTS
        and any(isinstance(part, _BESIDE_NUMBERS) for part in index)
    )


def _stands_for_a_tensor(part: object) -> bool:
    # What has no length is one of numpy's numbers, which torch takes as it takes Python's.
    is_array = hasattr(part, "__array__") and hasattr(part, "__len__") and not isinstance(part, torch.Tensor)
    return is_array or isinstance(part, (list, tuple, range))
