"""torch's own operators, all of them: what it calls core or pointwise is classified, and what is not is named here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from pytest_flopbudget.counting.formulas import FORMULAS

# They have neither a formula nor a place among the free: where one runs, the case fails and names it.
UNCOUNTED = {
    # What they cost depends on how many elements of a sparse tensor are there, which no shape says.
    *("_coalesce", "_sparse_csr_prod", "_sparse_csr_sum", "_sparse_sum", "_sparse_sum_backward", "_spsolve", "hspmm"),
    *("_sparse_softmax", "_sparse_softmax_backward_data", "_sparse_log_softmax", "_sparse_log_softmax_backward_data"),
    *("_sparse_mm_reduce_impl", "_sparse_mm_reduce_impl_backward"),
    *("_sparse_semi_structured_apply", "_sparse_semi_structured_apply_dense", "_sparse_semi_structured_tile"),
    # Or how long the sequences of a nested tensor are.
    *("_nested_sum_backward", "_nested_tensor_softmax_with_shape"),
    # Pieces of kernels, and of forward-mode differentiation, that arrive alone nowhere.
    *("_compute_linear_combination", "glu_jvp", "glu_backward_jvp", "lstm_mps_backward"),
    # For torch's own tests.
    *("_foobar", "_test_autograd_multiple_dispatch", "_test_autograd_multiple_dispatch_view"),
    *("_test_autograd_multiple_dispatch_view_copy", "_test_functorch_fallback", "_test_optional_filled_intlist"),
    *("_test_optional_floatlist", "_test_optional_intlist", "_test_parallel_materialize", "_test_warn_in_autograd"),
}


def overloads() -> Iterator[torch._ops.OpOverload]:
    """Every overload of torch's own operators that a trace can meet: one with a kernel."""
    for full_name in torch._C._dispatch_get_all_op_names():
        name, _, overload = full_name.partition(".")
        if name.startswith("aten::") and torch._C._dispatch_has_kernel(full_name):
            found: torch._ops.OpOverload = getattr(
                getattr(torch.ops.aten, name.removeprefix("aten::")), overload or "default"
            )
            yield found


def is_taken_apart(overload: torch._ops.OpOverload) -> bool:
    """Whether torch itself says what its pieces are, which arrive one by one."""
    return bool(torch._C._dispatch_has_kernel_for_dispatch_key(overload.name(), "CompositeImplicitAutograd"))


OVERLOADS = list(overloads())


def test_there_are_operators_to_walk() -> None:
    names = {overload._schema.name for overload in OVERLOADS}
    assert len(names) > 1000
    assert {"aten::add", "aten::conv2d", "aten::linalg_eigh"} <= names


@pytest.mark.parametrize("tag", [torch.Tag.core, torch.Tag.pointwise], ids=str)
def test_every_operator_with_the_tag_has_a_formula_or_is_free(tag: torch.Tag) -> None:
    tagged = {overload._schema.name for overload in OVERLOADS if tag in overload.tags}
    assert len(tagged) > 150
    assert [name for name in sorted(tagged) if not FORMULAS.knows(name)] == []


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="another torch has other operators")
def test_what_is_left_has_pieces_or_is_named_here() -> None:
    whole = {overload._schema.name for overload in OVERLOADS if not is_taken_apart(overload)}
    left = {name.removeprefix("aten::") for name in whole if not FORMULAS.knows(name)}
    assert left == UNCOUNTED
