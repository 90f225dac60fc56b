"""transformers: models of every family, each of its configuration's own defaults, so as large as its first publication.

Of many tokens 128 are asked for, of an image what the configuration says, of a sound a second; every token of an input
that stands for a piece of an image is one.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import torch

from entries import Entry

_TEXT = {"input_ids": "int64:1x128", "attention_mask": "int64:1x128 = 1"}
_TWO_TEXTS = {**_TEXT, "decoder_input_ids": "int64:1x64"}
_SHORT = {"input_ids": "int64:1x64"}
_WAVE = {"input_values": "1x16000"}

_ENCODERS = """
    BertForMaskedLM RobertaForMaskedLM DistilBertForMaskedLM AlbertForMaskedLM DebertaModel DebertaV2ForMaskedLM
    ElectraForPreTraining ModernBertForMaskedLM XLMRobertaForMaskedLM MPNetForMaskedLM FNetForMaskedLM
    SqueezeBertForMaskedLM MobileBertForMaskedLM ConvBertForMaskedLM NystromformerForMaskedLM FunnelModel
    BigBirdForMaskedLM LongformerForMaskedLM XLNetLMHeadModel RoFormerForMaskedLM CanineModel LayoutLMForMaskedLM
    RemBertForMaskedLM IBertForMaskedLM YosoForMaskedLM MraForMaskedLM NomicBertModel EuroBertForMaskedLM
    LukeForMaskedLM TapasModel CamembertForMaskedLM FlaubertWithLMHeadModel XLMWithLMHeadModel
    MegatronBertForMaskedLM SplinterModel
"""
_DECODERS = """
    GPT2LMHeadModel LlamaForCausalLM MistralForCausalLM Qwen2ForCausalLM Qwen3ForCausalLM GemmaForCausalLM
    Gemma2ForCausalLM Gemma3ForCausalLM PhiForCausalLM Phi3ForCausalLM GPTNeoXForCausalLM GPTNeoForCausalLM
    GPTJForCausalLM OPTForCausalLM FalconForCausalLM BloomForCausalLM MptForCausalLM CohereForCausalLM
    StableLmForCausalLM Starcoder2ForCausalLM OlmoForCausalLM Olmo2ForCausalLM GraniteForCausalLM Glm4ForCausalLM
    SmolLM3ForCausalLM CodeGenForCausalLM CTRLLMHeadModel BioGptForCausalLM XGLMForCausalLM OpenAIGPTLMHeadModel
    GPTBigCodeForCausalLM PersimmonForCausalLM DiffLlamaForCausalLM HeliumForCausalLM BitNetForCausalLM
"""
_EXPERTS = """
    MixtralForCausalLM Qwen2MoeForCausalLM Qwen3MoeForCausalLM OlmoeForCausalLM DeepseekV3ForCausalLM PhimoeForCausalLM
    GptOssForCausalLM GraniteMoeForCausalLM Llama4ForCausalLM Glm4MoeForCausalLM Ernie4_5_MoeForCausalLM
    MiniMaxForCausalLM FlexOlmoForCausalLM
"""
_STATE_SPACES = """
    MambaForCausalLM Mamba2ForCausalLM FalconMambaForCausalLM JambaForCausalLM RwkvForCausalLM xLSTMForCausalLM
    RecurrentGemmaForCausalLM FalconH1ForCausalLM NemotronHForCausalLM Lfm2ForCausalLM Qwen3NextForCausalLM
    KimiLinearForCausalLM
"""
_ENCODER_DECODERS = """
    T5ForConditionalGeneration MT5ForConditionalGeneration BartForConditionalGeneration MarianMTModel
    PegasusForConditionalGeneration MBartForConditionalGeneration BlenderbotForConditionalGeneration
    LEDForConditionalGeneration LongT5ForConditionalGeneration M2M100ForConditionalGeneration
    ProphetNetForConditionalGeneration UMT5ForConditionalGeneration BigBirdPegasusForConditionalGeneration
    PegasusXForConditionalGeneration FSMTForConditionalGeneration PLBartForConditionalGeneration
    T5GemmaForConditionalGeneration
"""
_IMAGES = {
    64: "Swin2SRForImageSuperResolution",
    224: """
        ViTForImageClassification DeiTForImageClassification SwinForImageClassification Swinv2ForImageClassification
        ConvNextForImageClassification ConvNextV2ForImageClassification BeitForImageClassification
        Dinov2ForImageClassification DINOv3ViTModel ResNetForImageClassification RegNetForImageClassification
        MobileNetV1ForImageClassification MobileNetV2ForImageClassification LevitForImageClassification
        PoolFormerForImageClassification PvtForImageClassification PvtV2ForImageClassification
        CvtForImageClassification FocalNetForImageClassification BitForImageClassification
        SwiftFormerForImageClassification HieraForImageClassification ViTMAEForPreTraining VitDetModel
        ViTMSNForImageClassification IJepaForImageClassification Data2VecVisionForImageClassification DonutSwinModel
        TextNetForImageClassification HGNetV2ForImageClassification
    """,
    256: "MobileViTForImageClassification MobileViTV2ForImageClassification",
    384: "DPTForDepthEstimation ZoeDepthForDepthEstimation MaskFormerModel Mask2FormerModel",
    480: "GLPNForDepthEstimation",
    512: "SegformerForSemanticSegmentation UperNetForSemanticSegmentation YolosForObjectDetection",
    518: "DepthAnythingForDepthEstimation",
    600: "EfficientNetForImageClassification",
    640: "RTDetrForObjectDetection RTDetrV2ForObjectDetection DFineForObjectDetection",
    800: """
        DetrForObjectDetection ConditionalDetrForObjectDetection DeformableDetrForObjectDetection
        TableTransformerForObjectDetection DabDetrForObjectDetection
    """,
    1008: "Sam3VisionModel",
    1024: "Sam2VisionModel SamModel",
}
_WAVES = """
    Wav2Vec2ForCTC HubertForCTC WavLMForCTC UniSpeechForCTC UniSpeechSatForCTC SEWForCTC SEWDForCTC Data2VecAudioForCTC
"""

# The others, by their inputs.
_SOUNDS: dict[str, Mapping[str, str]] = {
    "WhisperForConditionalGeneration": {"input_features": "1x80x3000", "decoder_input_ids": "int64:1x64"},
    "Speech2TextForConditionalGeneration": {"input_features": "1x300x80", "decoder_input_ids": "int64:1x32"},
    "SpeechT5ForSpeechToText": {**_WAVE, "decoder_input_ids": "int64:1x32"},
    "MoonshineForConditionalGeneration": {**_WAVE, "decoder_input_ids": "int64:1x32"},
    "ASTForAudioClassification": {"input_values": "1x1024x128"},
    "EncodecModel": {"input_values": "1x1x24000"},
    "DacModel": {"input_values": "1x1x16000"},
    "MimiModel": {"input_values": "1x1x24000"},
    "XcodecModel": {"input_values": "1x1x16000"},
    "ParakeetForCTC": {"input_features": "1x400x80"},
    "UnivNetModel": {"input_features": "1x100x100"},
    "MusicgenForCausalLM": {"input_ids": "int64:4x64"},
    "ClapModel": {**_SHORT, "input_features": "1x1x1001x64"},
}
_VIDEOS: dict[str, Mapping[str, str]] = {
    "VideoMAEForVideoClassification": {"pixel_values": "1x16x3x224x224"},
    "TimesformerForVideoClassification": {"pixel_values": "1x8x3x224x224"},
    "VivitForVideoClassification": {"pixel_values": "1x32x3x224x224"},
    "VJEPA2Model": {"pixel_values_videos": "1x64x3x256x256"},
}
_SEVERAL: dict[str, Mapping[str, str]] = {
    "CLIPModel": {"input_ids": "int64:1x77", "pixel_values": "1x3x224x224"},
    "SiglipModel": {**_SHORT, "pixel_values": "1x3x224x224"},
    "Siglip2Model": {
        **_SHORT,
        "pixel_values": "1x256x768",
        "pixel_attention_mask": "int64:1x256 = 1",
        "spatial_shapes": "int64:1x2 = 16",
    },
    "ChineseCLIPModel": {**_SHORT, "pixel_values": "1x3x224x224"},
    "AltCLIPModel": {**_SHORT, "pixel_values": "1x3x224x224"},
    "AlignModel": {**_SHORT, "pixel_values": "1x3x289x289"},
    "CLIPSegForImageSegmentation": {**_SHORT, "pixel_values": "1x3x224x224"},
    "OwlViTForObjectDetection": {"input_ids": "int64:1x16", "pixel_values": "1x3x768x768"},
    "Owlv2ForObjectDetection": {"input_ids": "int64:1x16", "pixel_values": "1x3x768x768"},
    "GroupViTModel": {"input_ids": "int64:1x77", "pixel_values": "1x3x224x224"},
    "GroundingDinoForObjectDetection": {"input_ids": "int64:1x16", "pixel_values": "1x3x800x800"},
    "BlipForConditionalGeneration": {"input_ids": "int64:1x32", "pixel_values": "1x3x384x384"},
    "GitForCausalLM": {"input_ids": "int64:1x32", "pixel_values": "1x3x224x224"},
    "ViltModel": {"input_ids": "int64:1x40", "pixel_values": "1x3x384x384"},
    "FlavaModel": {"input_ids": "int64:1x77", "pixel_values": "1x3x224x224"},
    "BridgeTowerModel": {"input_ids": "int64:1x50", "pixel_values": "1x3x288x288"},
    "LxmertModel": {"input_ids": "int64:1x32", "visual_feats": "1x36x2048", "visual_pos": "1x36x4"},
    "VisualBertModel": {"input_ids": "int64:1x32", "visual_embeds": "1x36x512"},
    "LayoutLMv3Model": {**_SHORT, "bbox": "int64:1x64x4", "pixel_values": "1x3x224x224"},
    "Kosmos2ForConditionalGeneration": {
        **_SHORT,
        "image_embeds_position_mask": "int64:1x64 = 1",
        "pixel_values": "1x3x224x224",
    },
    "PaliGemmaForConditionalGeneration": {"input_ids": "int64:1x256 = 256000", "pixel_values": "1x3x224x224"},
    "InternVLForConditionalGeneration": {"input_ids": "int64:1x256 = 151667", "pixel_values": "1x3x448x448"},
    "Mistral3ForConditionalGeneration": {
        "input_ids": "int64:1x64 = 10",
        "pixel_values": "1x3x224x224",
        "image_sizes": "int64:1x2 = 224",
    },
    "XCLIPModel": {"input_ids": "int64:2x77", "pixel_values": "1x8x3x224x224"},
    "UdopForConditionalGeneration": {
        **_SHORT,
        "bbox": "1x64x4 = 0.5",
        "pixel_values": "1x3x224x224",
        "decoder_input_ids": "int64:1x16",
    },
    "Sam2Model": {"pixel_values": "1x3x1024x1024", "input_points": "1x1x1x2"},
    "EfficientLoFTRForKeypointMatching": {"pixel_values": "1x2x3x480x640"},
}
_SERIES: dict[str, Mapping[str, str]] = {
    "PatchTSTModel": {"past_values": "1x32x1"},
    "PatchTSMixerModel": {"past_values": "1x32x1"},
    "DecisionTransformerModel": {
        "states": "1x20x17",
        "actions": "1x20x4",
        "rewards": "1x20x1",
        "returns_to_go": "1x20x1",
        "timesteps": "int64:1x20",
        "attention_mask": "int64:1x20 = 1",
    },
}

# Configurations whose defaults make no model that runs, with the fewest keys that do.
_COMPLETED: dict[str, tuple[Mapping[str, str], Mapping[str, object]]] = {
    "ReformerModelWithLMHead": ({"input_ids": "int64:1x4096"}, {"is_decoder": True}),
    "EsmForMaskedLM": (_TEXT, {"vocab_size": 33, "pad_token_id": 1, "mask_token_id": 32}),
    "NemotronForCausalLM": (_TEXT, {"num_key_value_heads": 8}),
    "DeepseekV2ForCausalLM": (_TEXT, {"num_experts_per_tok": 6, "moe_intermediate_size": 1408}),
    "BambaForCausalLM": (_TEXT, {"attn_layer_indices": [9, 18, 27]}),
    "GraniteMoeHybridForCausalLM": (_TEXT, {"layer_types": ["mamba", "attention"] * 16}),
    "PerceiverForImageClassificationLearned": ({"inputs": "1x3x224x224"}, {"image_size": 224}),
    "Wav2Vec2ConformerForCTC": (_WAVE, {"vocab_size": 32}),
    "Wav2Vec2BertForCTC": ({"input_features": "1x200x160"}, {"vocab_size": 32}),
    "Blip2ForConditionalGeneration": (
        {"input_ids": "int64:1x32 = 50265", "pixel_values": "1x3x224x224"},
        {"image_token_index": 50265},
    ),
    "InstructBlipForConditionalGeneration": (
        {
            "input_ids": "int64:1x32 = 50265",
            "qformer_input_ids": "int64:1x16",
            "pixel_values": "1x3x224x224",
        },
        {"image_token_index": 50265},
    ),
    "LlavaForConditionalGeneration": (
        {"input_ids": "int64:1x576 = 31999", "pixel_values": "1x3x336x336"},
        {"image_token_index": 31999},
    ),
    "Gemma3ForConditionalGeneration": (
        {"input_ids": "int64:1x256 = 262144", "pixel_values": "1x3x896x896"},
        {"vision_config": {"image_size": 896, "patch_size": 14}},
    ),
    "Qwen2_5_VLForConditionalGeneration": (
        {"input_ids": "int64:1x1024 = 151655", "pixel_values": "4096x1176", "image_grid_thw": "int64:1x3 = 16"},
        {"vision_config": {"out_hidden_size": 8192}},
    ),
    "TimeSeriesTransformerModel": (
        {
            "past_values": "1x31",
            "past_time_features": "1x31x1",
            "past_observed_mask": "1x31 = 1",
            "future_values": "1x24",
            "future_time_features": "1x24x1",
        },
        {"prediction_length": 24, "num_time_features": 1},
    ),
}

_ONE_AFTER_ANOTHER = "Its experts run one after another, and those that no token chose are passed over"
_BY_VALUES: dict[str, tuple[Mapping[str, str], Mapping[str, object], str]] = {
    "SwitchTransformersForConditionalGeneration": (_TWO_TEXTS, {}, f"{_ONE_AFTER_ANOTHER}."),
    "NllbMoeForConditionalGeneration": (
        _TWO_TEXTS,
        {"encoder_layers": 4, "decoder_layers": 4, "num_experts": 16},
        f"{_ONE_AFTER_ANOTHER}; of 4 layers and 16 experts, so that it can be executed.",
    ),
    "JetMoeForCausalLM": (
        _TEXT,
        {"num_hidden_layers": 1},
        "It splits the tokens by how many each expert is given; of one layer, so that it can be executed.",
    ),
    "VitsModel": (_SHORT, {}, "How long the sound is, it draws at random for each token."),
    "FastSpeech2ConformerModel": (_SHORT, {}, "How long the sound is, it says itself for each token."),
    "SuperPointForKeypointDetection": ({"pixel_values": "1x3x480x480"}, {}, "It describes as many points as it finds."),
    "OneFormerModel": (
        {"pixel_values": "1x3x384x384", "task_inputs": "int64:1x77"},
        {},
        "It looks for queries whose mask hides everything.",
    ),
}


def entries() -> Iterator[Entry]:
    """All of them, family by family."""
    for names, inputs in (
        (_ENCODERS + _DECODERS + _EXPERTS + _STATE_SPACES, _TEXT),
        (_ENCODER_DECODERS, _TWO_TEXTS),
        (_WAVES, _WAVE),
    ):
        yield from (_entry(name, inputs) for name in names.split())
    for side, listed in _IMAGES.items():
        yield from (_entry(name, {"pixel_values": f"1x3x{side}x{side}"}) for name in listed.split())
    for name, given in {**_SOUNDS, **_VIDEOS, **_SEVERAL, **_SERIES}.items():
        yield _entry(name, given)
    for name, (given, options) in _COMPLETED.items():
        yield _entry(name, given, options=options)
    for name, (given, options, note) in _BY_VALUES.items():
        yield _entry(name, given, options=options, note=note)


def _entry(
    name: str, inputs: Mapping[str, str], *, options: Mapping[str, object] | None = None, note: str = ""
) -> Entry:
    return Entry(name, partial(_built, name, options or {}), dict(inputs), note=note)


def _built(name: str, options: Mapping[str, object]) -> torch.nn.Module:
    model = getattr(importlib.import_module("transformers"), name)
    config: Callable[..., object] = model.config_class
    built = model(config(**options))
    assert isinstance(built, torch.nn.Module)
    return built
