"""Every name is one that torch knows, every argument one that its schemas give."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator

import pytest
import torch
from torch.utils.flop_counter import flop_registry

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import Formula


def importable(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


# Operators that torch registers when their module is imported; an older torch, or a build without it, has no module.
ELSEWHERE = {
    "quantized_decomposed": "torch.ao.quantization.fx._decomposed",
    "torch_attn": "torch.nn.attention.varlen",
    "higher_order": "torch.nn.attention.flex_attention",
    "torch_nn": "torch.nn.modules.linear_cross_entropy",
    "torchvision": "torchvision",
    "transformers": "transformers.integrations.moe",
}
THERE = {namespace: importable(module) for namespace, module in ELSEWHERE.items()}
# transformers 5.20, the last one for Python 3.10, has its gradient in operators of torch's own.
ABSENT_ON_PYTHON_3_10 = {"transformers::grouped_mm_fallback_backward"} if sys.version_info < (3, 11) else set()
NEWER_THAN_TORCH_2_4 = {
    "aten::_convert_weight_to_int4pack_for_cpu",
    "aten::_cudnn_attention_backward",
    "aten::_cudnn_attention_forward",
    "aten::_dyn_quant_matmul_4bit",
    "aten::_dyn_quant_pack_4bit_weight",
    "aten::_flash_attention_forward_no_dropout_inplace",
    "aten::_foreach_clone",
    "aten::_foreach_mm",
    "aten::_foreach_powsum",
    "aten::_foreach_rsqrt",
    "aten::_foreach_rsqrt_",
    "_quantized::_wrapped_linear_prepack",
    "_quantized::_wrapped_quantized_linear_prepacked",
    "aten::_nested_from_padded_tensor",
    "aten::_nested_get_max_seqlen",
    "aten::_nested_get_min_seqlen",
    "aten::_use_miopen_ctc_loss",
    "aten::_wrapped_linear_prepack",
    "aten::_wrapped_quantized_linear_prepacked",
    "aten::miopen_ctc_loss",
    "aten::_philox_key_fold_in",
    "aten::_philox_key_split",
    "aten::_philox_normal",
    "aten::_philox_normal_",
    "aten::_philox_uniform",
    "aten::_philox_uniform_",
    "aten::_scaled_grouped_mm",
    "aten::_scaled_grouped_mm_v2",
    "aten::_scaled_mm_v2",
    "aten::_weight_int4pack_mm_for_cpu",
    "aten::_weight_int4pack_mm_with_scales_and_zeros",
    "aten::hash_tensor",
    "aten::linalg__powsum",
    "aten::rrelu_with_noise_functional",
    "quantized::int4mm_packed_weight_cpu",
    "aten::_fused_rms_norm",
    "aten::_fused_rms_norm_backward",
    "aten::_grouped_mm",
    "aten::_safe_softmax",
    "aten::_scaled_dot_product_attention_math_for_mps",
    "aten::_scaled_dot_product_fused_attention_overrideable",
    "aten::_scaled_dot_product_fused_attention_overrideable_backward",
    "aten::_unsafe_masked_index",
    "aten::_unsafe_masked_index_put_accumulate",
    "aten::_upsample_lanczos2d_aa",
    "aten::_upsample_lanczos2d_aa_backward",
    "aten::sym_is_contiguous",
}
NEWER_ARGUMENTS = {
    "aten::_scaled_dot_product_cudnn_attention": {"attn_bias"},
    "aten::_flash_attention_forward": {"block_table"},
    "aten::_flash_attention_forward_no_dropout_inplace": {"block_table"},
    "torch_attn::_varlen_attn": {"block_table"},
    "torch_attn::_varlen_attn_out": {"block_table"},
}
GONE_SINCE_TORCH_2_14 = {"aten::cholesky"}
# Where free operators are listed: all of them, or those of one family beside its formulas.
PLACES = (
    *("free.py", "bookkeeping.py", "formats.py"),
    *("foreach.py", "quantisation.py", "quantized.py", "quantized_elements.py"),
)
# Torch tags these as pointwise; they move values or choose between them.
POINTWISE_AND_FREE = {"aten::clone", "aten::masked_fill", "aten::positive"}


def packet(operator: str) -> torch._ops.OpOverloadPacket | None:
    namespace, name = operator.split("::")
    found: torch._ops.OpOverloadPacket | None = getattr(getattr(torch.ops, namespace), name, None)
    return found


def argument_names(operator: str) -> Iterator[set[str]]:
    """The arguments of each overload that a trace can meet: one with a kernel."""
    found = packet(operator)
    for overload in (getattr(found, name) for name in found.overloads()) if found else ():
        if torch._C._dispatch_has_kernel(overload.name()):
            yield {argument.name for argument in overload._schema.arguments}


def parameters(formula: Formula) -> dict[str, inspect.Parameter]:
    named = inspect.signature(formula.function).parameters.items()
    return {name: parameter for name, parameter in named if name not in ("out", "_")}


# A higher-order operator has no schema.
KNOWN = [
    formula
    for operator, formula in FORMULAS.formulas.items()
    if packet(operator) and not operator.startswith("higher_order::")
]


def test_torch_knows_every_operator() -> None:
    named = {*FORMULAS.formulas, *FORMULAS.free} - ABSENT_ON_PYTHON_3_10
    absent = tuple(f"{namespace}::" for namespace, there in THERE.items() if not there)
    missing = {operator for operator in named if packet(operator) is None and not operator.startswith(absent)}
    assert missing <= NEWER_THAN_TORCH_2_4 | GONE_SINCE_TORCH_2_14
    assert not missing or not torch.__version__.startswith("2.13.")


@pytest.mark.parametrize("formula", KNOWN, ids=lambda formula: formula.operator)
def test_parameters_are_arguments_of_the_schema(formula: Formula) -> None:
    asked = parameters(formula)
    required = {name for name, parameter in asked.items() if parameter.default is parameter.empty}
    overloads = list(argument_names(formula.operator))
    assert [required - names for names in overloads] == [set()] * len(overloads)
    assert set(asked) - NEWER_ARGUMENTS.get(formula.operator, set()) <= set().union(*overloads) - {"_"}


@pytest.mark.parametrize("formula", KNOWN, ids=lambda formula: formula.operator)
def test_formulas_take_whatever_else_an_overload_gives(formula: Formula) -> None:
    assert inspect.signature(formula.function).parameters["_"].kind is inspect.Parameter.VAR_KEYWORD


def test_nothing_that_computes_is_free() -> None:
    computing = {
        operator
        for operator in FORMULAS.free
        for found in (packet(operator),)
        for name in (found.overloads() if found else ())
        if {"Tag.pointwise", "Tag.reduction"} & {str(tag) for tag in getattr(found, name).tags}
    }
    assert computing == POINTWISE_AND_FREE
    assert not set(FORMULAS.free) & {str(counted).replace(".", "::") for counted in flop_registry}


def test_every_free_operator_has_its_reason_and_its_place() -> None:
    for free in FORMULAS.free.values():
        assert free.reason
        assert free.place.split("/")[-1].split(":")[0] in PLACES
