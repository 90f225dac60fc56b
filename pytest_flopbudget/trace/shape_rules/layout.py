"""How torch lays out the results of its kernels, in strides."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pytest_flopbudget.trace.dataless import dataless

_Operand = tuple[tuple[int, ...], tuple[int, ...]]
_IMAGES = 4


def plain_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a contiguous tensor that torch makes anew."""
    return ordered_strides(shape, range(len(shape)))


def ordered_strides(shape: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    """The strides of a dense tensor whose dimensions lie in memory in an order, the outermost first."""
    strides = [1] * len(shape)
    expected = 1
    for dim in reversed(order):
        strides[dim] = expected
        expected *= max(shape[dim], 1)
    return tuple(strides)


def memory_order(shape: Sequence[int], strides: Sequence[int]) -> list[int]:
    """The dimensions as they lie in memory, the outermost first; those of one stride in their own order."""
    return sorted(range(len(shape)), key=lambda dim: -strides[dim])


def is_dense(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether the elements fill their places without gaps, in whatever order; strides of sizes of 1 do not matter."""
    wide = [dim for dim in memory_order(shape, strides) if shape[dim] != 1]
    return all(strides[dim] == ordered_strides(shape, wide)[dim] for dim in wide)


def is_plain(tensor: torch.Tensor) -> bool:
    """Whether strides are the plain ones; a contiguous tensor may have others where a size is 1."""
    return tensor.stride() == plain_strides(tensor.shape)


def has_channels_last(images: torch.Tensor) -> bool:
    """Whether torch takes images for such, by their strides alone: they may have gaps, but must not be ambiguous."""
    if images.dim() != _IMAGES or not images.numel():
        return False
    least = 0
    for dim in (1, 3, 2):
        if images.stride(dim) < least:
            return False
        least = images.stride(dim) * images.shape[dim]
    # A single place of a single channel looks the same either way, and channels that are expanded are no layout.
    return images.stride(0) >= least and images.stride(1) not in (0, least)


def overlaps(tensor: torch.Tensor) -> bool:
    """Whether several elements stand at one place, as in an expanded tensor."""
    return any(stride == 0 and size > 1 for size, stride in zip(tensor.shape, tensor.stride(), strict=True))


def elementwise(dtype: torch.dtype, *operands: torch.Tensor | float) -> torch.Tensor | None:
    """What an element-by-element kernel makes of tensors, and numbers beside them; None where that is not sure."""
    tensors = [operand for operand in operands if isinstance(operand, torch.Tensor)]
    together = broadcast(*(tensor.shape for tensor in tensors))
    # How several tensors without elements are laid out depends on more than this.
    if together is None or (0 in together and len(operands) > 1):
        return None
    device = max(tensors, key=lambda tensor: tensor.dim()).device
    if all(is_plain(tensor) for tensor in tensors):
        return dataless(together, dtype, device=device)
    layouts = [(tuple(tensor.shape), tensor.stride()) for tensor in tensors]
    # A number is a tensor without dimensions to the kernel, which then is not among its like.
    scalars = [((), ())] * (len(operands) - len(tensors))
    strides = iterated(together, [*layouts, *scalars])
    return None if strides is None else dataless(together, dtype, stride=strides, device=device)


def broadcast(*shapes: Sequence[int]) -> tuple[int, ...] | None:
    """The shape that shapes take together; None where they do not go together."""
    rank = max(len(shape) for shape in shapes)
    together = [1] * rank
    for shape in shapes:
        for dim, size in enumerate(shape, start=rank - len(shape)):
            if size != 1 and together[dim] not in (1, size):
                return None
            together[dim] = size if size != 1 else together[dim]
    return tuple(together)


def iterated(shape: tuple[int, ...], operands: Sequence[_Operand]) -> tuple[int, ...] | None:
    """The strides of what torch's iterator makes of operands, shapes and strides, that broadcast to a shape.

    Alike operands give their layout to it. Else the order of its dimensions is sorted by the operands' strides:
    the first operand that has one in both of two dimensions says which is the inner one.
    """
    if 0 in shape:
        return None
    if all(len(sizes) == len(shape) and tuple(sizes) == shape for sizes, _ in operands):
        alike = _alike(shape, [strides for _, strides in operands])
        if alike is not None:
            return alike
    return ordered_strides(shape, _order(shape, [_stretched(shape, operand) for operand in operands]))


def _alike(shape: tuple[int, ...], layouts: Sequence[tuple[int, ...]]) -> tuple[int, ...] | None:
    formats = [plain_strides(shape)]
    if len(shape) == _IMAGES:
        formats.append(ordered_strides(shape, (0, 2, 3, 1)))
    for strides in formats:
        if all(_same_places(shape, layout, strides) for layout in layouts):
            return strides
    first = layouts[0]
    return first if is_dense(shape, first) and all(layout == first for layout in layouts) else None


def _same_places(shape: tuple[int, ...], some: tuple[int, ...], others: tuple[int, ...]) -> bool:
    return all(size == 1 or a == b for size, a, b in zip(shape, some, others, strict=True))


def _stretched(shape: tuple[int, ...], operand: _Operand) -> tuple[int, ...]:
    sizes, strides = operand
    missing = len(shape) - len(sizes)
    own = (
        0 if size == 1 != whole else stride for size, stride, whole in zip(sizes, strides, shape[missing:], strict=True)
    )
    return (*(0,) * missing, *own)


def _order(shape: tuple[int, ...], operands: Sequence[tuple[int, ...]]) -> list[int]:
    """The dimensions, the outermost first: sorted by insertion, as far as the operands say."""
    inner_first: list[int] = list(range(len(shape) - 1, -1, -1))
    for start in range(1, len(shape)):
        place = start
        for below in range(start - 1, -1, -1):
            compared = _compared(shape, operands, inner_first[below], inner_first[place])
            if compared > 0:
                inner_first[below], inner_first[place] = inner_first[place], inner_first[below]
                place = below
            elif compared < 0:
                break
    return inner_first[::-1]


def _compared(shape: tuple[int, ...], operands: Sequence[tuple[int, ...]], inner: int, outer: int) -> int:
    """Above 0 where two dimensions shall change places, below 0 where they shall not, 0 where nothing says."""
    for strides in operands:
        if strides[inner] and strides[outer]:
            if strides[inner] != strides[outer]:
                return 1 if strides[inner] > strides[outer] else -1
            if shape[inner] > shape[outer]:
                return 1
    return 0
