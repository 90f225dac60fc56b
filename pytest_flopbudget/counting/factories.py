"""Operators that make tensors out of less than tensors."""

from __future__ import annotations

# They read only a shape, a type and a device of their argument, so their values are known where its are not.
LIKE_FACTORIES = frozenset(
    f"aten::{name}"
    for name in (
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "rand_like",
        "randn_like",
        "randint_like",
        "new_zeros",
        "new_ones",
        "new_full",
        "new_empty",
        "new_empty_strided",
    )
)
# Of these, those that say themselves what the values are.
SETTLED_FACTORIES = frozenset(
    f"aten::{name}" for name in ("zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full")
)
