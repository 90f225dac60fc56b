"""Configurations of transformers shrunk to run: two layers, a width of 32, four heads, a short input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType

import pytest
import torch
from torch import nn

Small = tuple[str, Callable[[], nn.Module], dict[str, str]]
Row = tuple[str, Mapping[str, str], Mapping[str, object]]

IDS = {"input_ids": "int64:2x16"}
TWO_TEXTS = {**IDS, "decoder_input_ids": "int64:2x8"}
IMAGE = {"pixel_values": "1x3x32x32"}
LARGER_IMAGE = {"pixel_values": "1x3x64x64"}
WAVE = {"input_values": "1x4000"}

LAYERS = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
TEXT = {**LAYERS, "vocab_size": 100, "pad_token_id": 0}
SHARED_HEADS = {**TEXT, "num_key_value_heads": 2, "head_dim": 8}
EXPERTS = {**SHARED_HEADS, "num_local_experts": 4, "num_experts": 4, "num_experts_per_tok": 2}
STATE_SPACE = {"vocab_size": 100, "hidden_size": 32, "state_size": 8, "num_hidden_layers": 2}
STAGES = {"depths": [1, 1, 1, 1], "hidden_sizes": [8, 16, 24, 32]}
PATCHES = {**LAYERS, "image_size": 32, "patch_size": 8}
BOTH_WAYS = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
}
TRANSLATION = {**BOTH_WAYS, "vocab_size": 100, "pad_token_id": 0, "decoder_start_token_id": 1}
SPEECH = {
    **LAYERS,
    "vocab_size": 100,
    "conv_dim": [16, 16, 16],
    "conv_stride": [5, 2, 2],
    "conv_kernel": [10, 3, 2],
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "mask_time_length": 2,
    "layerdrop": 0.0,
}
CAPTIONS = {**LAYERS, "vocab_size": 100, "max_position_embeddings": 16, "pad_token_id": 0}

ROWS: dict[str, Row] = {
    # Encoders
    "bert": ("BertForMaskedLM", IDS, TEXT),
    "roberta": ("RobertaForSequenceClassification", IDS, TEXT),
    "distilbert": (
        "DistilBertForMaskedLM",
        IDS,
        {"vocab_size": 100, "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64},
    ),
    "albert": ("AlbertForMaskedLM", IDS, {**TEXT, "embedding_size": 16}),
    "deberta": (
        "DebertaV2ForMaskedLM",
        IDS,
        {**TEXT, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8},
    ),
    "electra": ("ElectraForPreTraining", IDS, {**TEXT, "embedding_size": 16}),
    "modernbert": (
        "ModernBertForMaskedLM",
        IDS,
        {**TEXT, "global_attn_every_n_layers": 2, "local_attention": 8, "bos_token_id": 1, "eos_token_id": 2},
    ),
    "fnet": ("FNetForMaskedLM", IDS, TEXT),
    # Decoders
    "gpt2": ("GPT2LMHeadModel", IDS, {"vocab_size": 100, "n_embd": 32, "n_layer": 2, "n_head": 4}),
    "llama": ("LlamaForCausalLM", IDS, SHARED_HEADS),
    "mistral": ("MistralForCausalLM", IDS, {**SHARED_HEADS, "sliding_window": 8}),
    "qwen2": ("Qwen2ForCausalLM", IDS, SHARED_HEADS),
    "qwen3": ("Qwen3ForCausalLM", IDS, SHARED_HEADS),
    "gemma2": ("Gemma2ForCausalLM", IDS, {**SHARED_HEADS, "sliding_window": 8}),
    "phi": ("PhiForCausalLM", IDS, TEXT),
    "gpt-neox": ("GPTNeoXForCausalLM", IDS, TEXT),
    "opt": ("OPTForCausalLM", IDS, {**TEXT, "ffn_dim": 64, "word_embed_proj_dim": 32}),
    "falcon": ("FalconForCausalLM", IDS, {**TEXT, "multi_query": True}),
    "bloom": ("BloomForCausalLM", IDS, {"vocab_size": 100, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    # Encoders with decoders
    "t5": (
        "T5ForConditionalGeneration",
        TWO_TEXTS,
        {"vocab_size": 100, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4},
    ),
    "bart": ("BartForConditionalGeneration", TWO_TEXTS, TRANSLATION),
    "marian": ("MarianMTModel", TWO_TEXTS, TRANSLATION),
    # Mixtures of experts
    "mixtral": ("MixtralForCausalLM", IDS, EXPERTS),
    "qwen2-moe": (
        "Qwen2MoeForCausalLM",
        IDS,
        {**EXPERTS, "moe_intermediate_size": 32, "shared_expert_intermediate_size": 48},
    ),
    "gpt-oss": ("GptOssForCausalLM", IDS, EXPERTS),
    # State spaces and recurrences
    "mamba": ("MambaForCausalLM", IDS, STATE_SPACE),
    "mamba2": (
        "Mamba2ForCausalLM",
        IDS,
        {**STATE_SPACE, "num_heads": 8, "head_dim": 8, "n_groups": 2, "chunk_size": 8},
    ),
    "rwkv": ("RwkvForCausalLM", IDS, {**TEXT, "attention_hidden_size": 32}),
    # Images
    "vit": ("ViTForImageClassification", IMAGE, PATCHES),
    "deit": ("DeiTForImageClassification", IMAGE, PATCHES),
    "swin": (
        "SwinForImageClassification",
        LARGER_IMAGE,
        {"image_size": 64, "embed_dim": 16, "depths": [2, 2], "num_heads": [2, 4], "window_size": 4},
    ),
    "convnext": ("ConvNextForImageClassification", LARGER_IMAGE, STAGES),
    "segformer": (
        "SegformerForSemanticSegmentation",
        LARGER_IMAGE,
        {**STAGES, "decoder_hidden_size": 32, "num_attention_heads": [1, 1, 2, 4]},
    ),
    "detr": (
        "DetrForObjectDetection",
        LARGER_IMAGE,
        {
            **BOTH_WAYS,
            "num_queries": 10,
            "backbone_config": {"model_type": "resnet", "embedding_size": 8, "out_features": ["stage4"], **STAGES},
        },
    ),
    # Sounds
    "whisper": (
        "WhisperForConditionalGeneration",
        {"input_features": "1x8x64", "decoder_input_ids": "int64:1x8"},
        {**TRANSLATION, "num_mel_bins": 8, "max_source_positions": 32, "max_target_positions": 16},
    ),
    "wav2vec2": ("Wav2Vec2ForCTC", WAVE, SPEECH),
    "hubert": ("HubertForCTC", WAVE, SPEECH),
    # Images with texts
    "clip": (
        "CLIPModel",
        {"input_ids": "int64:2x8", "pixel_values": "3x3x32x32"},
        {"text_config": CAPTIONS, "vision_config": PATCHES, "projection_dim": 16},
    ),
    "blip": (
        "BlipForConditionalGeneration",
        {"input_ids": "int64:1x8", **IMAGE},
        {
            "text_config": {**CAPTIONS, "encoder_hidden_size": 32, "bos_token_id": 1, "sep_token_id": 2},
            "vision_config": PATCHES,
            "projection_dim": 16,
        },
    ),
    # 4 * 4 places of the text are the image's.
    "llava": (
        "LlavaForConditionalGeneration",
        {"input_ids": "int64:1x16 = 99", **IMAGE},
        {
            "text_config": {"model_type": "llama", **SHARED_HEADS},
            "vision_config": {"model_type": "clip_vision_model", **PATCHES, "projection_dim": 16},
            "image_token_id": 99,
        },
    ),
}


@pytest.fixture(params=list(ROWS))
def small(request: pytest.FixtureRequest, transformers: ModuleType) -> Small:
    """The name of a row, what builds its model, and the inputs."""
    model, inputs, options = ROWS[request.param]
    if not hasattr(transformers, model):
        pytest.skip(f"transformers {transformers.__version__} has no {model}")
    return request.param, partial(_built, getattr(transformers, model), options), dict(inputs)


def _built(model: Callable[[object], nn.Module], options: Mapping[str, object]) -> nn.Module:
    torch.manual_seed(0)
    config: Callable[..., object] = getattr(model, "config_class")  # noqa: B009 -- a type checker sees a callable
    return model(config(**options))
