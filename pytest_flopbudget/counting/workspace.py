"""What an operator puts out for the model, apart from what its kernel keeps for a backward pass."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec

# How many of the first outputs are results. After attention's stand the scores or the logarithms of their sums, and
# the state of random numbers; after a recurrent layer's steps and final states its gates; after a loss the gradients
# that were taken along with it.
_RESULTS: Mapping[str, int] = {
    "aten::_scaled_dot_product_attention_math": 1,
    "aten::_scaled_dot_product_attention_math_for_mps": 1,
    "aten::_scaled_dot_product_cudnn_attention": 1,
    "aten::_scaled_dot_product_efficient_attention": 1,
    "aten::_scaled_dot_product_flash_attention": 1,
    "aten::_scaled_dot_product_flash_attention_for_cpu": 1,
    "aten::_scaled_dot_product_fused_attention_overrideable": 1,
    "aten::_efficient_attention_forward": 1,
    "aten::_flash_attention_forward": 1,
    "aten::_cudnn_attention_forward": 1,
    "aten::_native_multi_head_attention": 1,
    "higher_order::flex_attention": 1,
    "torch_attn::_varlen_attn": 1,
    "torch_nn::_linear_cross_entropy_batch_chunked": 1,
    "aten::_cudnn_rnn": 3,
    "aten::_lstm_mps": 3,
    "aten::miopen_rnn": 3,
    "aten::mkldnn_rnn_layer": 3,
}
# They write their result to an argument, and put out the logarithms of the scores' sums alone.
_WRITTEN = frozenset({"aten::_flash_attention_forward_no_dropout_inplace", "torch_attn::_varlen_attn_out"})


def results(call: OperatorCall) -> tuple[TensorSpec, ...]:
    """The tensors among a call's output that the model works with, the kernel's workspace left out."""
    written = call.arguments.get("out") if call.operator in _WRITTEN else None
    if isinstance(written, TensorSpec):
        return (written,)
    return call.outputs[: _RESULTS.get(call.operator)]
