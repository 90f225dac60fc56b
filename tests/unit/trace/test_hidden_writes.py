"""Every operator with a formula is run on real tensors: what it writes, its schema or our list says."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import torch

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.schemas import HIDDEN_WRITES


def real(*shape: int) -> torch.Tensor:
    return torch.rand(shape) + 0.5


def zeros(*shape: int) -> torch.Tensor:
    return torch.zeros(shape, dtype=torch.int64)


SHAPES = ((2, 3, 4, 4), (3, 3), (3,), (2, 3, 4), (1, 2, 4, 4, 4), (2, 2, 2), ())
DTYPES = (torch.float32, torch.int64, torch.bool, torch.int8)
CHANNELS = ("running_mean", "running_var", "weight", "bias", "save_mean", "save_invstd")

ONE, NONE = [1, 1], [0, 0]
# What no simple filling meets: arguments that belong together.
ROWS: dict[str, tuple[object, ...]] = {
    "_convolution": (
        real(1, 4, 5, 5),
        real(8, 4, 3, 3),
        None,
        ONE,
        NONE,
        ONE,
        False,
        NONE,
        1,
        False,
        False,
        True,
        True,
    ),
    "_convolution_mode": (real(1, 4, 5, 5), real(8, 4, 3, 3), None, ONE, "same", ONE, 1),
    "_embedding_bag": (real(5, 3), zeros(4), zeros(1)),
    "_embedding_bag_forward_only": (real(5, 3), zeros(4), zeros(1)),
    "_ctc_loss": (real(5, 1, 3).log_softmax(2), zeros(1, 2) + 1, [5], [2]),
    "_fft_c2c": (real(4).to(torch.complex64), [0], 0, True),
    "_fft_c2r": (real(3).to(torch.complex64), [0], 0, 4),
    "_native_multi_head_attention": (
        *(real(1, 3, 4), real(1, 3, 4), real(1, 3, 4), 4, 2),
        *(real(12, 4), real(12), real(4, 4), real(4)),
    ),
    "_transformer_encoder_layer_fwd": (
        *(real(1, 3, 4), 4, 2, real(12, 4), real(12), real(4, 4), real(4), False, False, 1e-5),
        *(real(4), real(4), real(4), real(4), real(8, 4), real(8), real(4, 8), real(4)),
    ),
    "multi_margin_loss": (real(2, 3), zeros(2)),
    "multilabel_margin_loss_forward": (real(2, 3), zeros(2, 3), 1),
    "segment_reduce": (real(4), "sum", {"lengths": torch.tensor([2, 2])}),
    "_log_softmax": (real(2, 3), 1, False),
    "_softmax": (real(2, 3), 1, False),
    "addbmm": (real(3, 5), real(2, 3, 4), real(2, 4, 5)),
    "addbmm_": (real(3, 5), real(2, 3, 4), real(2, 4, 5)),
    "addmv": (real(3), real(3, 4), real(4)),
    "addmv_": (real(3), real(3, 4), real(4)),
    "addr_": (real(3, 4), real(3), real(4)),
    "affine_grid_generator": (real(1, 2, 3), [1, 3, 4, 4], False),
    "binary_cross_entropy": (real(2, 3) / 2, real(2, 3) / 2),
    "clamp": (real(2, 3), 0.1),
    "clamp_": (real(2, 3), 0.1),
    "col2im": (real(1, 4, 4), [3, 3], [2, 2], ONE, NONE, ONE),
    "_amp_update_scale": (real(), torch.zeros((), dtype=torch.int32), real(), 2.0, 0.5, 1),
    "_amp_update_scale_": (real(), torch.zeros((), dtype=torch.int32), real(), 2.0, 0.5, 1),
    "_conj_copy": (real(3).to(torch.complex64),),
    "_fake_quantize_learnable_per_channel_affine": (real(2, 3), real(2), torch.zeros(2), 0, 0, 255),
    "_fused_moving_avg_obs_fq_helper": (
        *(real(2, 3), zeros(1) + 1, zeros(1) + 1, real(1), real(1) + 1, real(1), torch.zeros(1, dtype=torch.int32)),
        *(0.01, 0, 255, 0),
    ),
    "_grid_sampler_2d_cpu_fallback": (real(1, 2, 4, 4), real(1, 3, 3, 2), 0, 0, False),
    "_histogramdd_bin_edges": (real(5, 2), [4, 4]),
    "_histogramdd_from_bin_cts": (real(5, 2), [4, 4]),
    "_histogramdd_from_bin_tensors": (real(5, 2), [torch.arange(4.0), torch.arange(3.0)]),
    "_masked_softmax": (real(1, 1, 3, 3), torch.zeros(3, 3, dtype=torch.bool), 3, 0),
    "_slow_conv2d_forward": (real(1, 4, 5, 5), real(8, 4, 3, 3), [3, 3], None, ONE, NONE),
    "_transform_bias_rescale_qkv": (real(2, 3, 12), real(12), 2),
    "_weight_int8pack_mm": (real(2, 32).bfloat16(), torch.ones(32, 32, dtype=torch.int8), real(32).bfloat16()),
    "clip": (real(2, 3), 0.1),
    "clip_": (real(2, 3), 0.1),
    "fake_quantize_per_channel_affine_cachemask": (real(2, 3), real(2), torch.zeros(2, dtype=torch.int32), 0, 0, 255),
    "float_power_": (real(2, 3).double(), 2.0),
    "linalg_householder_product": (real(4, 3), real(3)),
    "linalg_ldl_solve": (torch.eye(3), torch.arange(1, 4, dtype=torch.int32), real(3, 2)),
    "linalg_lu_solve": (torch.eye(3), torch.arange(1, 4, dtype=torch.int32), real(3, 2)),
    "orgqr": (real(4, 3), real(3)),
    "ormqr": (real(4, 3), real(3), real(4, 2)),
    "quantize_per_channel": (real(2, 3), real(2), zeros(2), 0, torch.quint8),
    "quantize_per_tensor_dynamic": (real(2, 3), torch.quint8, False),
    "slow_conv3d_forward": (real(1, 2, 3, 3, 3), real(4, 2, 2, 2, 2), [2, 2, 2], None, [1] * 3, [0] * 3),
    "slow_conv_dilated2d": (real(1, 4, 5, 5), real(8, 4, 3, 3), [3, 3]),
    "slow_conv_dilated3d": (real(1, 2, 3, 3, 3), real(4, 2, 2, 2, 2), [2, 2, 2]),
    "slow_conv_transpose2d": (real(1, 4, 5, 5), real(4, 8, 3, 3), [3, 3]),
    "slow_conv_transpose3d": (real(1, 4, 3, 3, 3), real(4, 8, 2, 2, 2), [2, 2, 2]),
    "conv_tbc": (real(5, 2, 3), real(3, 3, 4), real(4)),
    "conv_transpose2d": (real(1, 4, 5, 5), real(4, 8, 3, 3)),
    "conv_transpose3d": (real(1, 4, 3, 3, 3), real(4, 8, 2, 2, 2)),
    "convolution": (real(1, 4, 5, 5), real(8, 4, 3, 3), None, ONE, NONE, ONE, False, NONE, 1),
    "embedding_bag": (real(5, 3), zeros(4), zeros(1)),
    "gru": (real(5, 2, 4), real(1, 2, 3), [real(9, 4), real(9, 3)], False, 1, 0.0, False, False, False),
    "gru_cell": (real(2, 4), real(2, 3), real(9, 4), real(9, 3)),
    "lstm": (real(5, 2, 4), [real(1, 2, 3)] * 2, [real(12, 4), real(12, 3)], False, 1, 0.0, False, False, False),
    "lstm_cell": (real(2, 4), [real(2, 3)] * 2, real(12, 4), real(12, 3)),
    "rnn_relu": (real(5, 2, 4), real(1, 2, 3), [real(3, 4), real(3, 3)], False, 1, 0.0, False, False, False),
    "rnn_relu_cell": (real(2, 4), real(2, 3), real(3, 4), real(3, 3)),
    "rnn_tanh": (real(5, 2, 4), real(1, 2, 3), [real(3, 4), real(3, 3)], False, 1, 0.0, False, False, False),
    "rnn_tanh_cell": (real(2, 4), real(2, 3), real(3, 4), real(3, 3)),
    "grid_sampler_2d": (real(1, 2, 4, 4), real(1, 3, 3, 2), 0, 0, False),
    "grid_sampler_3d": (real(1, 2, 4, 4, 4), real(1, 3, 3, 3, 3), 0, 0, False),
    "index_add": (real(3, 4), 0, zeros(2), real(2, 4)),
    "index_add_": (real(3, 4), 0, zeros(2), real(2, 4)),
    "index_reduce": (real(3, 4), 0, zeros(2), real(2, 4), "amax"),
    "index_reduce_": (real(3, 4), 0, zeros(2), real(2, 4), "amax"),
    "mv": (real(3, 4), real(4)),
    "native_group_norm": (real(2, 4, 3), real(4), real(4), 2, 4, 3, 2, 1e-5),
    "nll_loss2d_forward": (real(2, 3, 4, 4), zeros(2, 4, 4), None, 1, -100),
    "nll_loss_forward": (real(2, 3), zeros(2), None, 1, -100),
    "scatter_reduce": (real(3, 4), 0, zeros(3, 4), real(3, 4), "sum"),
    "scatter_reduce_": (real(3, 4), 0, zeros(3, 4), real(3, 4), "sum"),
}

# They need another device or another build of torch, or what only torch itself packs; the fractional poolings draw
# their windows.
NOT_RUN = {
    *(f"aten::cudnn_convolution{kind}" for kind in ("", "_relu", "_add_relu", "_transpose")),
    *(f"aten::miopen_convolution{kind}" for kind in ("", "_relu", "_add_relu", "_transpose")),
    *(f"aten::quantized_{kind}_cell" for kind in ("lstm", "gru", "rnn_tanh", "rnn_relu")),
    *(f"aten::fbgemm_linear_{kind}_weight{rest}" for kind in ("fp16", "int8") for rest in ("", "_fp32_activation")),
    *(f"aten::_weight_int4pack_mm{kind}" for kind in ("", "_for_cpu", "_with_scales_and_zeros")),
    *(f"aten::_sparse_semi_structured_{kind}" for kind in ("mm", "addmm", "linear")),
    "aten::_conv_depthwise2d",
    "aten::_cslt_sparse_mm",
    "aten::_cudnn_attention_forward",
    "aten::_cudnn_ctc_loss",
    "aten::_dyn_quant_matmul_4bit",
    "aten::_flash_attention_forward_no_dropout_inplace",
    "aten::_fused_dropout",
    "aten::_fused_moving_avg_obs_fq_helper_functional",
    "aten::_lstm_mps",
    "aten::_masked_scale",
    "aten::_mixed_dtypes_linear",
    "aten::_mps_convolution",
    "aten::_mps_convolution_transpose",
    "aten::_nnpack_spatial_convolution",
    "aten::_scaled_grouped_mm",
    "aten::_scaled_grouped_mm_v2",
    "aten::_scaled_mm_v2",
    "aten::_sparse_sparse_matmul",
    "aten::_triton_multi_head_attention",
    "aten::_triton_scaled_dot_attention",
    "aten::_wrapped_quantized_linear_prepacked",
    "aten::batch_norm_elemt",
    "aten::batch_norm_gather_stats",
    "aten::batch_norm_gather_stats_with_counts",
    "aten::batch_norm_stats",
    "aten::cholesky",
    "aten::conv_depthwise3d",
    "aten::cudnn_affine_grid_generator",
    "aten::cudnn_grid_sampler",
    "aten::miopen_ctc_loss",
    "aten::miopen_depthwise_convolution",
    "aten::quantize_per_tensor",
    "aten::quantized_batch_norm",
    "aten::quantized_gru",
    "aten::quantized_lstm",
    *(f"aten::quantized_max_pool{dims}d" for dims in (1, 2, 3)),
    "aten::sparse_sampled_addmm",
    "aten::sspaddmm",
    "aten::_cudnn_rnn",
    "aten::_efficient_attention_forward",
    "aten::_flash_attention_forward",
    "aten::_grouped_mm",
    "aten::_scaled_dot_product_attention_math_for_mps",
    "aten::_scaled_dot_product_cudnn_attention",
    "aten::_scaled_dot_product_efficient_attention",
    "aten::_scaled_dot_product_flash_attention",
    "aten::_scaled_dot_product_fused_attention_overrideable",
    "aten::_scaled_mm",
    "aten::_thnn_fused_gru_cell",
    "aten::_thnn_fused_lstm_cell",
    "aten::convolution_overrideable",
    "aten::cudnn_batch_norm",
    "aten::fractional_max_pool2d",
    "aten::fractional_max_pool3d",
    "aten::miopen_batch_norm",
    "aten::miopen_rnn",
    "aten::mkldnn_adaptive_avg_pool2d",
    "aten::mkldnn_linear",
    "aten::mkldnn_max_pool2d",
    "aten::mkldnn_max_pool3d",
    "aten::mkldnn_rnn_layer",
    "aten::native_norm",
}


# The kernel stops the whole process where it is given arguments that do not go together.
CRASHING = {"aten::_nnpack_spatial_convolution"}


def value(name: str, kind: str, shape: tuple[int, ...], dtype: torch.dtype) -> object:
    """A plausible argument of a kind; all tensors of one shape, channels where the name says so."""
    spatial = max(1, len(shape) - 2)
    if "Tensor" in kind:
        of_channels = name.startswith("running") or (name in CHANNELS and kind.startswith("Optional"))
        own = shape[1:2] if of_channels and len(shape) > 1 else shape
        tensor = zeros(*own) if name in ("index", "indices") else real(*own).to(dtype)
        return [tensor, tensor.clone()] if kind.startswith("List") else tensor
    plain: dict[str, object] = {"number": 1.0, "int": 1, "float": 0.5, "bool": True, "str": "none"}
    if kind in plain:
        return plain[kind]
    return [2] * spatial if kind.startswith("List[int]") else [2.0] * spatial if kind.startswith("List[") else None


def calls(overload: torch._ops.OpOverload) -> Iterator[tuple[list[object], dict[str, object]]]:
    row = ROWS.get(overload._schema.name.removeprefix("aten::"))
    if row is not None:
        args = [given.clone() if isinstance(given, torch.Tensor) else given for given in row]
        named = args.pop() if isinstance(args[-1], dict) else {}
        assert isinstance(named, dict)
        yield args, named
        return
    needed = [argument for argument in overload._schema.arguments if not argument.has_default_value()]
    for shape in SHAPES:
        for dtype in DTYPES:
            filled = [(argument, value(argument.name, str(argument.type), shape, dtype)) for argument in needed]
            yield (
                [given for argument, given in filled if not argument.kwarg_only],
                {argument.name: given for argument, given in filled if argument.kwarg_only},
            )


def overloads(operator: str) -> Iterator[torch._ops.OpOverload]:
    packet = getattr(torch.ops.aten, operator.removeprefix("aten::"))
    for name in packet.overloads():
        overload = getattr(packet, name)
        if not any(argument.is_out for argument in overload._schema.arguments):
            yield overload


def written(overload: torch._ops.OpOverload, args: list[object], kwargs: dict[str, object]) -> set[str] | None:
    """The names of the arguments that a call changes; None where it does not run."""
    names = [argument.name for argument in overload._schema.arguments]
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    before = {name: [tensor.clone() for tensor in tensors_in(each)] for name, each in given.items()}
    versions = {name: [tensor._version for tensor in tensors_in(each)] for name, each in given.items()}
    try:
        overload(*args, **kwargs)
    except (RuntimeError, IndexError, ValueError, NotImplementedError, TypeError):
        return None
    return {
        name
        for name, each in given.items()
        if versions[name] != [tensor._version for tensor in tensors_in(each)]
        or not all(map(torch.equal, before[name], tensors_in(each)))
    }


def test_what_an_operator_writes_is_known() -> None:
    torch.manual_seed(0)
    run: set[str] = set()
    hidden: dict[str, set[str]] = {}
    names = [name for name in FORMULAS.formulas if hasattr(torch.ops.aten, name.removeprefix("aten::"))]
    # A backward reads what its forward saved, and checks none of it: what it writes is seen where layers run.
    operators = [name for name in names if "backward" not in name and name not in CRASHING]
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")
        for operator in operators:
            for overload in overloads(operator):
                declared = {
                    argument.name
                    for argument in overload._schema.arguments
                    if argument.alias_info is not None and argument.alias_info.is_write
                }
                for args, kwargs in calls(overload):
                    changed = written(overload, args, kwargs)
                    if changed is not None:
                        run.add(operator)
                        hidden.setdefault(operator, set()).update(changed - declared)
    assert {operator: tuple(sorted(names)) for operator, names in hidden.items() if names} == {
        operator: names for operator, (names, _) in HIDDEN_WRITES.items() if operator not in NOT_RUN
    }
    assert set(operators) - run <= NOT_RUN


def test_the_list_names_arguments_and_flags_of_the_schemas() -> None:
    for operator, (names, flag) in HIDDEN_WRITES.items():
        for overload in overloads(operator):
            arguments = {argument.name for argument in overload._schema.arguments}
            assert {*names, flag} - {""} <= arguments
