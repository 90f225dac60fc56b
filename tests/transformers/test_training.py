"""Steps of training: on shapes and executed alike, with and without checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.measurement import Measurement

Trained = Callable[..., Measurement]

IDS = {"input_ids": "int64:2x16"}
IMAGE = {"pixel_values": "2x3x32x32"}
TEXT = {"vocab_size": 100, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
VISION = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "image_size": 32,
    "patch_size": 8,
}
SPEECH = {
    "d_model": 32,
    "vocab_size": 100,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_source_positions": 32,
    "max_target_positions": 16,
    "pad_token_id": 0,
    "decoder_start_token_id": 1,
}


@pytest.fixture
def trained(transformers: ModuleType) -> Trained:
    """Counts a step of training on shapes; executed it costs the same, and the model is what it was."""

    def counted(
        model: str, config: str, inputs: Mapping[str, str], *, checkpoints: bool = False, **options: object
    ) -> Measurement:
        torch.manual_seed(0)
        built = getattr(transformers, model)(getattr(transformers, config)(**options))
        assert isinstance(built, nn.Module)
        if checkpoints:
            _enable_checkpoints(built)
        before = {name: tensor.clone() for name, tensor in built.state_dict().items()}
        on_shapes = count(built, dict(inputs), mode="training", backend="shapes")
        executed = count(built, dict(inputs), mode="training", backend="execute")
        assert on_shapes.by_phase() == executed.by_phase()
        assert on_shapes.by_module() == executed.by_module()
        assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
        assert on_shapes.uncounted == executed.uncounted == {}
        assert all(torch.equal(tensor, before[name]) for name, tensor in built.state_dict().items())
        assert all(parameter.grad is None for parameter in built.parameters())
        return on_shapes

    return counted


def _enable_checkpoints(model: nn.Module) -> None:
    # The older of the two names warns where there is the newer.
    names = ("activation_checkpointing_enable", "gradient_checkpointing_enable")
    enable = next(getattr(model, name) for name in names if hasattr(model, name))
    enable({"use_reentrant": False})


# An embedding comes first, so both operands of every product depend on weights: the backward costs twice the forward.
TWICE: dict[str, tuple[str, str, Mapping[str, str], Mapping[str, object]]] = {
    "bert": ("BertForSequenceClassification", "BertConfig", IDS, TEXT),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", IDS, {"n_layer": 2, "n_head": 2, "n_embd": 32, "vocab_size": 100}),
    "llama": ("LlamaForCausalLM", "LlamaConfig", {**IDS, "labels": "int64:2x16"}, TEXT),
    "t5": (
        "T5ForConditionalGeneration",
        "T5Config",
        {**IDS, "decoder_input_ids": "int64:2x8"},
        {"num_layers": 2, "num_heads": 2, "d_model": 32, "d_ff": 64, "d_kv": 16, "vocab_size": 100},
    ),
    "mamba": ("MambaForCausalLM", "MambaConfig", IDS, {"num_hidden_layers": 2, "hidden_size": 32, "vocab_size": 100}),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(("model", "config", "inputs", "options"), TWICE.values(), ids=TWICE)
def test_text(
    trained: Trained, model: str, config: str, inputs: Mapping[str, str], options: Mapping[str, object]
) -> None:
    costs = trained(model, config, inputs, **options).by_phase()
    assert costs["backward"].macs == 2 * costs["forward"].macs


def test_an_image_asks_for_no_gradient(trained: Trained) -> None:
    costs = trained("ViTForImageClassification", "ViTConfig", IMAGE, **VISION).by_phase()
    patches = 2 * 4 * 4 * 32 * 3 * 8 * 8
    assert costs["backward"].macs == 2 * costs["forward"].macs - patches


def test_layers_that_are_dropped_at_random(trained: Trained) -> None:
    inputs = {"input_features": "1x80x64", "decoder_input_ids": "int64:1x8"}
    dropped = trained(
        "WhisperForConditionalGeneration",
        "WhisperConfig",
        inputs,
        encoder_layerdrop=1.0,
        decoder_layerdrop=1.0,
        **SPEECH,
    )
    assert dropped.traced == "shapes"
    # Two convolutions over 64 and 32 steps, and the head of 8 tokens; the sounds reach it through no layer.
    assert dropped.by_phase()["forward"].macs == 64 * 80 * 32 * 3 + 32 * 32 * 32 * 3 + 8 * 32 * 100


@pytest.mark.skipif(not hasattr(torch.nn.functional, "grouped_mm"), reason="this torch has no grouped products")
def test_experts_in_groups(trained: Trained) -> None:
    options = {**TEXT, "num_key_value_heads": 2, "num_local_experts": 4, "num_experts_per_tok": 2}
    costs = trained("MixtralForCausalLM", "MixtralConfig", IDS, **options).by_phase()
    assert costs["backward"].macs == 2 * costs["forward"].macs


def test_checkpoints(trained: Trained) -> None:
    plain = trained("LlamaForCausalLM", "LlamaConfig", IDS, **TEXT)
    saving = trained("LlamaForCausalLM", "LlamaConfig", IDS, checkpoints=True, **TEXT)
    down = 2 * 16 * 64 * 32  # the last product of a layer, which the backward does not need again
    again = plain.by_module()["model.layers"].macs // 3 - 2 * down
    assert saving.macs == plain.macs + again
    assert saving.by_phase()["recomputed"].macs == again
    assert saving.by_module()["model.layers.0"].macs == plain.by_module()["model.layers.0"].macs + again // 2
