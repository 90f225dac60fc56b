"""The kernels by which tensors without data are cast."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from pytest_flopbudget.trace.autocast import tracked
from pytest_flopbudget.trace.cast_kernels import KERNELS, KEY, Casting
from pytest_flopbudget.trace.cast_policy import overloads
from pytest_flopbudget.trace.dataless import dataless

CPU = torch.device("cpu")
X = dataless((2, 2), torch.float32)


def product() -> torch.Tensor:
    """Where autocast is on and the kernels are met."""
    KERNELS.set_for("cpu")
    torch._C._dispatch_tls_set_dispatch_key_included(KEY, True)
    torch._C._dispatch_tls_set_dispatch_key_excluded(KEY, False)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return torch.mm(X, X)
    finally:
        torch._C._dispatch_tls_set_dispatch_key_included(KEY, False)
        torch._C._dispatch_tls_set_dispatch_key_excluded(KEY, True)


def test_they_cast_for_a_trace_alone() -> None:
    with KERNELS.casting_by(Casting(CPU)):
        assert product().dtype == torch.bfloat16
    assert product().dtype == torch.float32
    # The kernels go with the next trace.
    with KERNELS.casting_by(Casting(CPU)):
        pass


@pytest.fixture
def foreign() -> Iterator[str]:
    """An operator of a user's that autocast casts."""
    library = torch.library.Library("flopbudget_test", "DEF")
    library.define("doubled(Tensor x) -> Tensor")
    library.impl("doubled", lambda x: x.bfloat16() * 2, "AutocastCPU")
    library.impl("doubled", lambda x: x * 2, "CompositeExplicitAutograd")
    overloads.cache_clear()
    yield "flopbudget_test::doubled"
    library._destroy()
    overloads.cache_clear()


def test_operators_of_other_namespaces_are_left_to_their_owners(foreign: str) -> None:
    assert foreign in overloads("cpu")
    with torch.autocast("cpu", dtype=torch.bfloat16), tracked(CPU, casts=True):
        assert torch.ops.flopbudget_test.doubled(X).dtype == torch.float32
        assert torch.mm(X, X).dtype == torch.bfloat16
