"""The adjoints of looking up, padding and windows: the gradient's elements are added to the places they came from."""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import per_element
from pytest_flopbudget.counting.formulas.placing import MEAN_BAG
from pytest_flopbudget.counting.marking import formula
from pytest_flopbudget.counting.operators import Cost, TensorSpec

_MAX_BAG = 2


@formula(
    "aten::reflection_pad1d_backward",
    "aten::reflection_pad2d_backward",
    "aten::reflection_pad3d_backward",
    "aten::replication_pad1d_backward",
    "aten::replication_pad2d_backward",
    "aten::replication_pad3d_backward",
)
def pad_backward(grad_output: TensorSpec, **_: object) -> Cost:
    """[n, c, *size] = the gradient [n, c, *padded], each element added to its source: 1"""
    return per_element(1, grad_output)


@formula("aten::unfold_backward")
def unfold_backward(grad_in: TensorSpec, **_: object) -> Cost:
    """[*size] = the gradient of its windows, each element added to its place: 1"""
    return per_element(1, grad_in)


@formula("aten::embedding_dense_backward")
def embedding_backward(grad_output: TensorSpec, *, scale_grad_by_freq: bool = False, **_: object) -> Cost:
    """[rows, d] = the gradient [*, d], each row added to its place: 1; divided by its frequency: 2"""
    return per_element(1 + scale_grad_by_freq, grad_output)


@formula("aten::_embedding_bag_backward", "aten::_embedding_bag_dense_backward")
def embedding_bag_backward(
    grad: TensorSpec,
    indices: TensorSpec,
    mode: int,
    *,
    scale_grad_by_freq: bool = False,
    per_sample_weights: TensorSpec | None = None,
    **_: object,
) -> Cost:
    """[rows, d] = the gradient of bags [bags, d], added to the row of each index: d additions an index

    With weights that is a product of matrices, as the forward: d MACs an index. A frequency divides: d. A mean divides
    each bag. Of a maximum each element goes to one row: an addition each.
    """
    if mode == _MAX_BAG:
        return per_element(1, grad)
    rows = TensorSpec((indices.numel, grad.shape[-1]), grad.dtype)
    added = per_element(1, rows) if per_sample_weights is None else Cost(rows.numel)
    return added + per_element(int(scale_grad_by_freq), rows) + per_element(int(mode == MEAN_BAG), grad)


@formula("aten::_embedding_bag_per_sample_weights_backward")
def embedding_bag_weights_backward(indices: TensorSpec, weight: TensorSpec, **_: object) -> Cost:
    """[indices] = the sum over d of gradient times row: d MACs an index"""
    return Cost(indices.numel * weight.shape[-1])


@formula("aten::_segment_reduce_backward")
def segment_reduce_backward(grad: TensorSpec, data: TensorSpec, reduce: str, **_: object) -> Cost:
    """The gradient of each segment, copied to its elements

    A mean divides it first: 1 an element of the gradient. A maximum or minimum goes to those that equal it: compare 1
    each, and a division 1 among equals. A product is multiplied by the output and divided by the element: 2 each.
    """
    each = {"prod": 2, "max": 1, "min": 1}.get(reduce, 0)
    return per_element(each, data) + per_element(int(reduce in ("mean", "max", "min")), grad)
