"""The reviewed list of free operators, by the reason why: those that make tensors, keep them and ask about them."""

from __future__ import annotations

from pytest_flopbudget.counting.marking import free

FACTORIES = free(
    "aten::arange",
    "aten::empty",
    "aten::empty_like",
    "aten::empty_permuted",
    "aten::empty_strided",
    "aten::eye",
    "aten::full",
    "aten::full_like",
    "aten::linspace",
    "aten::new_empty",
    "aten::new_empty_strided",
    "aten::new_full",
    "aten::new_ones",
    "aten::new_zeros",
    "aten::ones",
    "aten::ones_like",
    "aten::range",
    "aten::scalar_tensor",
    "aten::tril_indices",
    "aten::triu_indices",
    "aten::zeros",
    "aten::zeros_like",
    "aten::_efficientzerotensor",
    reason="a new tensor of constants or positions",
)

DRAWS = free(
    "aten::rand",
    "aten::rand_like",
    "aten::randint",
    "aten::randint_like",
    "aten::randn",
    "aten::randn_like",
    "aten::randperm",
    "aten::cauchy_",
    "aten::exponential_",
    "aten::geometric_",
    "aten::log_normal_",
    "aten::normal_",
    "aten::random_",
    "aten::uniform_",
    *(f"aten::{name}" for name in ("cauchy", "exponential", "geometric", "log_normal", "normal_functional")),
    *(f"aten::{name}" for name in ("random", "uniform", "_philox_normal", "_philox_uniform")),
    *(f"aten::{name}" for name in ("_philox_normal_", "_philox_uniform_", "_philox_key_split", "_philox_key_fold_in")),
    "aten::_fill_mem_eff_dropout_mask_",
    *(f"aten::_sobol_engine_{what}" for what in ("draw", "ff_", "initialize_state_", "scramble_")),
    reason="random numbers from a distribution that numbers describe: drawing is no arithmetic of the model",
)

DRAWS_BY_ELEMENT = free(
    "aten::binomial",
    "aten::poisson",
    "aten::_sample_dirichlet",
    "aten::_standard_gamma",
    reason="random numbers, each from the distribution that an element describes: drawing is no arithmetic",
)

STORAGE = free(
    "aten::data",
    "aten::requires_grad_",
    "aten::resize_",
    "aten::resize_as_",
    "aten::resize",
    "aten::resize_as",
    "aten::set",
    "aten::_resize_output",
    "aten::_new_zeros_with_same_feature_meta",
    "aten::set_",
    "aten::record_stream",
    "aten::_resize_output_",
    reason="a tensor's storage or record-keeping changes, no element does",
)

QUERIES = free(
    "aten::dim",
    "aten::numel",
    "aten::size",
    "aten::storage_offset",
    "aten::stride",
    "aten::sym_is_contiguous",
    "aten::sym_numel",
    "aten::sym_size",
    "aten::sym_storage_offset",
    "aten::sym_stride",
    "aten::is_complex",
    "aten::is_contiguous",
    "aten::is_floating_point",
    "aten::is_pinned",
    "aten::is_same_size",
    "aten::is_set_to",
    "aten::_has_same_storage_numel",
    "aten::is_signed",
    "aten::result_type",
    reason="asks for a shape or a type",
)

READING = free(
    "aten::is_nonzero",
    "aten::item",
    "aten::_local_scalar_dense",
    "aten::_assert_async",
    "aten::_assert_scalar",
    "aten::_assert_tensor_metadata",
    "aten::_functional_assert_async",
    "aten::_functional_assert_scalar",
    "aten::_functional_sym_constrain_range",
    "aten::_functional_sym_constrain_range_for_size",
    "aten::_make_dep_token",
    "aten::_print",
    "aten::_linalg_check_errors",
    "aten::sym_constrain_range",
    "aten::sym_constrain_range_for_size",
    reason="reads or asserts a value that is there",
)

PROFILING = free(
    "profiler::_record_function_enter",
    "profiler::_record_function_enter_new",
    "profiler::_record_function_exit",
    reason="a note for the profiler",
)
