"""The reviewed list of free operators, by the reason why: other forms of a tensor, and what asks about them."""

from __future__ import annotations

from pytest_flopbudget.counting.marking import free

SPARSE_PARTS = free(
    *(f"aten::{name}" for name in ("indices", "values", "crow_indices", "col_indices", "ccol_indices", "row_indices")),
    *(f"aten::{name}_copy" for name in ("indices", "values", "crow_indices", "col_indices")),
    *(f"aten::{name}_copy" for name in ("ccol_indices", "row_indices", "_indices", "_values")),
    "aten::_indices",
    "aten::_values",
    "aten::_sparse_broadcast_to",
    "aten::_sparse_broadcast_to_copy",
    reason="a view or copy of a sparse tensor's indices or values",
)

SPARSE_MAKING = free(
    "aten::sparse_coo_tensor",
    "aten::sparse_compressed_tensor",
    "aten::_sparse_coo_tensor_with_dims",
    "aten::_sparse_coo_tensor_with_dims_and_tensors",
    "aten::_sparse_compressed_tensor_with_dims",
    "aten::_spdiags",
    "aten::copy_sparse_to_sparse",
    "aten::copy_sparse_to_sparse_",
    "aten::resize_as_sparse",
    "aten::resize_as_sparse_",
    "aten::sparse_resize",
    "aten::sparse_resize_",
    "aten::sparse_resize_and_clear",
    "aten::sparse_resize_and_clear_",
    "aten::_coalesced",
    "aten::_coalesced_",
    "aten::sparse_mask",
    "aten::_sparse_mask_projection",
    reason="a sparse tensor of indices and values that are there",
)

SPARSE_CONVERTING = free(
    *(f"aten::_to_sparse{kind}" for kind in ("", "_csr", "_csc", "_bsr", "_bsc")),
    "aten::_to_dense",
    "aten::_convert_indices_from_coo_to_csr",
    "aten::_convert_indices_from_csr_to_coo",
    reason="the elements that are there, in another form",
)

SPARSE_ASKING = free(
    *(f"aten::{name}" for name in ("sparse_dim", "dense_dim", "is_coalesced", "_nnz", "_dimI", "_dimV")),
    "aten::_validate_compressed_sparse_indices",
    *(f"aten::_validate_sparse_{kind}_tensor_args" for kind in ("coo", "csr", "csc", "bsr", "bsc", "compressed")),
    reason="asks how a sparse tensor is made, or checks it",
)

NESTED = free(
    "aten::_nested_from_padded",
    "aten::_nested_from_padded_and_nested_example",
    "aten::_nested_from_padded_tensor",
    "aten::_nested_tensor_from_mask",
    "aten::_nested_tensor_from_mask_left_aligned",
    "aten::_nested_tensor_from_tensor_list",
    "aten::_nested_view_from_buffer",
    "aten::_nested_view_from_buffer_copy",
    "aten::_nested_view_from_jagged",
    "aten::_nested_view_from_jagged_copy",
    "aten::_nested_get_values",
    "aten::_nested_get_values_copy",
    "aten::_nested_select_backward",
    "aten::_jagged_to_padded_dense_forward",
    "aten::_padded_dense_to_jagged_forward",
    "aten::to_padded_tensor",
    reason="sequences of several lengths are put together, or padded: views and copies",
)

NESTED_ASKING = free(
    *(f"aten::_nested_tensor_{what}" for what in ("size", "strides", "storage_offsets")),
    *(f"aten::_nested_get_{what}" for what in ("jagged_dummy", "lengths", "max_seqlen", "min_seqlen", "offsets")),
    "aten::_nested_get_ragged_idx",
    "aten::_nested_compute_contiguous_strides_offsets",
    reason="asks how long the sequences of a nested tensor are",
)

LIBRARIES = free(
    "aten::to_mkldnn",
    "aten::_mkldnn_reshape",
    "aten::_mkldnn_transpose",
    "aten::_mkldnn_transpose_",
    "aten::mkldnn_reorder_conv2d_weight",
    "aten::mkldnn_reorder_conv3d_weight",
    "aten::_cudnn_rnn_flatten_weight",
    "aten::_cslt_compress",
    "aten::_to_sparse_semi_structured",
    "aten::_convert_weight_to_int4pack",
    "aten::_convert_weight_to_int4pack_for_cpu",
    "aten::_dyn_quant_pack_4bit_weight",
    "aten::fbgemm_pack_gemm_matrix_fp16",
    "aten::fbgemm_pack_quantized_matrix",
    reason="elements are put into the form of a library's kernel, or back",
)

LIBRARIES_ASKING = free(
    "aten::_use_cudnn_ctc_loss",
    "aten::_use_miopen_ctc_loss",
    "aten::_use_cudnn_rnn_flatten_weight",
    "aten::_fused_sdp_choice",
    "aten::_cslt_sparse_mm_search",
    "aten::_cudnn_init_dropout_state",
    "aten::cudnn_is_acceptable",
    "aten::_nnpack_available",
    "aten::is_vulkan_available",
    reason="chooses a kernel, or prepares its random numbers",
)
