"""A mixture of experts: where a token goes depends on values, how many experts it meets does not."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

import pytest
import torch

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.errors import MeasureError

Counted = Callable[..., Measurement]

INPUT = {"input_ids": "int64:2x16", "attention_mask": "int64:2x16 = 1"}
OPTIONS = {
    "vocab_size": 100,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 64,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
}
TOKENS = 2 * 16
ATTENTION = TOKENS * (2 * 32 * 32 + 2 * 32 * 16) + 2 * 2 * 16 * 16 * 32
EXPERTS = TOKENS * 32 * 4 + TOKENS * 2 * 3 * 32 * 64  # the router, then two of four gated experts a token
MACS = 2 * (ATTENTION + EXPERTS) + TOKENS * 32 * 100
READS = " in model.layers.0.mlp.experts (MixtralExperts) reads values that depend on data"


def test_every_pair_of_token_and_expert_at_once(counted_every_way: Counted) -> None:
    measurement = counted_every_way(
        "MixtralForCausalLM", "MixtralConfig", INPUT, experts_implementation="batched_mm", **OPTIONS
    )
    assert measurement.macs == MACS
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


@pytest.mark.skipif(not hasattr(torch.nn.functional, "grouped_mm"), reason="this torch has no grouped products")
def test_tokens_in_groups(counted_every_way: Counted) -> None:
    """What runs unless another way is asked for; torch's own counter wants half precision here."""
    measurement = counted_every_way("MixtralForCausalLM", "MixtralConfig", INPUT, torch_can=False, **OPTIONS)
    assert measurement.macs == MACS
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


@pytest.mark.parametrize("backend", ["shapes", "execute"])
def test_tokens_in_groups_where_torch_has_none(
    transformers: ModuleType, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator of the library's own loops over the experts, and another over their gradients."""
    grouping = import_module("transformers.integrations.moe")
    if not hasattr(grouping, "_can_use_grouped_mm"):
        pytest.skip(f"transformers {transformers.__version__} has no such operator")
    monkeypatch.setattr(grouping, "_can_use_grouped_mm", lambda *_: False)
    model = transformers.MixtralForCausalLM(transformers.MixtralConfig(**OPTIONS))
    measurement = count(model, dict(INPUT), mode="training", backend=backend)
    assert (measurement.by_phase()["forward"].macs, measurement.macs) == (MACS, 3 * MACS)
    assert measurement.uncounted == {}
    assert measurement.by_operator()["transformers::grouped_mm_fallback"].macs == 2 * TOKENS * 2 * 3 * 32 * 64


def test_one_expert_after_another(declared: Counted) -> None:
    """Experts that no token chose are passed over: a branch on values, so the model is executed."""
    measurement = declared("MixtralForCausalLM", "MixtralConfig", INPUT, experts_implementation="eager", **OPTIONS)
    assert measurement.macs == MACS
    assert (measurement.traced, measurement.built, measurement.data_dependent) == ("executed", "real", True)
    assert measurement.uncounted == {}
    (note,) = measurement.notes
    assert note.startswith("executed, since it cannot be counted on shapes: aten::")
    assert note.endswith(READS)


def test_a_model_too_large_to_execute(declared: Counted) -> None:
    """As large as the real one, which nobody builds to learn that it does not go."""
    large = {**OPTIONS, "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32}
    with pytest.raises(MeasureError) as error:
        declared("MixtralForCausalLM", "MixtralConfig", INPUT, experts_implementation="eager", **large)
    assert error.value.headline.endswith(READS)
    assert error.value.details[-1] == 'hint      execute_limit = "91 GiB" lets it be executed'
