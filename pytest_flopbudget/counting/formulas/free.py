"""The reviewed list of free operators, by the reason why: those that move elements.

Nothing that computes may stand here or in ``bookkeeping.py``: what moves, names or makes elements is free;
what combines their values has a formula.
"""

from __future__ import annotations

from pytest_flopbudget.counting.formulas.elements import in_place_too
from pytest_flopbudget.counting.marking import free

VIEWS = free(
    "aten::alias",
    "aten::as_strided",
    "aten::as_strided_",
    "aten::broadcast_tensors",
    "aten::broadcast_to",
    "aten::chunk",
    "aten::detach",
    "aten::detach_",
    "aten::diagonal",
    "aten::expand",
    "aten::expand_as",
    "aten::imag",
    "aten::lift_fresh",
    "aten::movedim",
    "aten::moveaxis",
    "aten::narrow",
    "aten::numpy_T",
    "aten::mT",
    "aten::permute",
    "aten::positive",
    "aten::real",
    "aten::select",
    "aten::slice",
    "aten::split",
    "aten::split_with_sizes",
    *in_place_too("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze"),
    "aten::tensor_split",
    "aten::unbind",
    "aten::unflatten",
    "aten::unfold",
    "aten::unsafe_chunk",
    "aten::unsafe_split",
    "aten::unsafe_split_with_sizes",
    "aten::view",
    "aten::view_as",
    "aten::view_as_complex",
    "aten::view_as_real",
    "aten::_reshape_alias",
    "aten::_unsafe_view",
    "aten::_fw_primal",
    "aten::_make_dual",
    "aten::slice_inverse",
    reason="a view: the same storage under another shape",
)

LAZY_VIEWS = free(
    "aten::conj",
    "aten::_conj",
    "aten::_neg_view",
    "aten::mH",
    "aten::adjoint",
    "aten::matrix_H",
    reason="a view that notes a conjugation or a change of sign for whoever reads it",
)

VIEWS_OR_COPIES = free(
    "aten::atleast_1d",
    "aten::atleast_2d",
    "aten::atleast_3d",
    "aten::contiguous",
    "aten::flatten",
    "aten::ravel",
    "aten::reshape",
    "aten::reshape_as",
    "aten::resolve_conj",
    "aten::resolve_neg",
    reason="a view where strides allow, otherwise a copy",
)

COPIES = free(
    "aten::clone",
    "aten::copy",
    "aten::copy_",
    "aten::complex",
    "aten::lift",
    "aten::pin_memory",
    "aten::_pin_memory",
    "aten::_lazy_clone",
    "aten::alias_copy",
    "aten::as_strided_copy",
    "aten::detach_copy",
    "aten::diagonal_copy",
    "aten::expand_copy",
    "aten::lift_fresh_copy",
    "aten::narrow_copy",
    "aten::permute_copy",
    "aten::select_copy",
    "aten::slice_copy",
    "aten::split_copy",
    "aten::split_with_sizes_copy",
    "aten::squeeze_copy",
    "aten::t_copy",
    "aten::transpose_copy",
    "aten::unbind_copy",
    "aten::unfold_copy",
    "aten::unsqueeze_copy",
    "aten::view_copy",
    "aten::view_as_complex_copy",
    "aten::view_as_real_copy",
    "aten::_reshape_alias_copy",
    "aten::_reshape_copy",
    "aten::_fw_primal_copy",
    "aten::_make_dual_copy",
    "aten::_copy_from",
    "aten::_copy_from_and_resize",
    "aten::from_file",
    "aten::lu_unpack",
    reason="a copy",
)

CASTS = free(
    "aten::to",
    "aten::type_as",
    "aten::_to_copy",
    "aten::_autocast_to_reduced_precision",
    "aten::_autocast_to_full_precision",
    reason="a change of element type, device or layout",
)

JOINING = free(
    "aten::cat",
    "aten::concat",
    "aten::concatenate",
    "aten::column_stack",
    "aten::dstack",
    "aten::hstack",
    "aten::row_stack",
    "aten::stack",
    "aten::_stack",
    "aten::vstack",
    "aten::block_diag",
    "aten::_chunk_cat",
    reason="tensors are copied into one",
)

REARRANGING = free(
    "aten::channel_shuffle",
    "aten::native_channel_shuffle",
    "aten::flip",
    "aten::fliplr",
    "aten::flipud",
    "aten::im2col",
    "aten::pixel_shuffle",
    "aten::pixel_unshuffle",
    "aten::repeat",
    "aten::repeat_interleave",
    "aten::roll",
    "aten::rot90",
    "aten::tile",
    "aten::meshgrid",
    "aten::_pack_padded_sequence",
    "aten::_pad_packed_sequence",
    reason="elements are copied to other places",
)

PADDING = free(
    "aten::pad",
    "aten::constant_pad_nd",
    "aten::reflection_pad1d",
    "aten::reflection_pad2d",
    "aten::reflection_pad3d",
    "aten::replication_pad1d",
    "aten::replication_pad2d",
    "aten::replication_pad3d",
    "aten::_pad_circular",
    "aten::_pad_enum",
    reason="a copy with a border",
)

GATHERING = free(
    "aten::embedding",
    "aten::gather",
    "aten::index",
    "aten::index_select",
    "aten::masked_select",
    "aten::_rowwise_prune",
    "aten::take",
    "aten::take_along_dim",
    "aten::_unsafe_index",
    "aten::_unsafe_masked_index",
    reason="elements are looked up by their indices",
)

NEAREST = free(
    "aten::upsample_nearest1d",
    "aten::upsample_nearest2d",
    "aten::upsample_nearest3d",
    "aten::_upsample_nearest_exact1d",
    "aten::_upsample_nearest_exact2d",
    "aten::_upsample_nearest_exact3d",
    "aten::max_unpool2d",
    "aten::max_unpool3d",
    reason="elements are copied to places that positions or indices give",
)

WRITING = free(
    *in_place_too("fill", "zero", "index_copy", "index_fill", "masked_fill", "masked_scatter", "tril", "triu"),
    "aten::as_strided_scatter",
    "aten::diagonal_scatter",
    "aten::select_scatter",
    "aten::slice_scatter",
    "aten::fill_diagonal_",
    "aten::diag",
    "aten::diag_embed",
    "aten::diagflat",
    "aten::one_hot",
    reason="places are overwritten by elements or constants that are there",
)

ADJOINTS = free(
    "aten::diagonal_backward",
    "aten::masked_scatter_backward",
    "aten::select_backward",
    "aten::slice_backward",
    reason="a gradient is copied to its places among zeros",
)
