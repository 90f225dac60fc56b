"""Speech models, counted by hand from their configurations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.counting.measurement import Measurement

Counted = Callable[..., Measurement]


def test_whisper(counted_every_way: Counted) -> None:
    """64 frames of 8 mels, halved by the second convolution; a decoder of 8 tokens."""
    measurement = counted_every_way(
        "WhisperForConditionalGeneration",
        "WhisperConfig",
        {"input_features": "1x8x64", "decoder_input_ids": "int64:1x8"},
        vocab_size=100,
        num_mel_bins=8,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        d_model=32,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_source_positions=32,
        max_target_positions=16,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    convolutions = 64 * 32 * 8 * 3 + 32 * 32 * 32 * 3
    encoder_layer = 32 * (4 * 32 * 32 + 2 * 32 * 64) + 2 * 32 * 32 * 32
    own = 8 * 4 * 32 * 32 + 2 * 8 * 8 * 32
    across = 8 * 2 * 32 * 32 + 32 * 2 * 32 * 32 + 2 * 8 * 32 * 32  # queries of 8 tokens, keys and values of 32 frames
    decoder_layer = own + across + 8 * 2 * 32 * 64
    assert measurement.macs == convolutions + 2 * encoder_layer + 2 * decoder_layer + 8 * 32 * 100
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


@pytest.mark.parametrize("mask", [{}, {"attention_mask": "int64:1x4000 = 1"}], ids=["whole", "masked"])
def test_wav2vec2(counted_every_way: Counted, mask: dict[str, str]) -> None:
    """A raw wave; the convolution that tells positions has a normalised weight, made anew at every call."""
    measurement = counted_every_way(
        "Wav2Vec2Model",
        "Wav2Vec2Config",
        {"input_values": "1x4000", **mask},
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        conv_dim=[16, 16, 16],
        conv_stride=[5, 2, 2],
        conv_kernel=[10, 3, 2],
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
    )
    frames = 199  # 4000 samples become 799, 399, 199
    convolutions = 799 * 16 * 1 * 10 + 399 * 16 * 16 * 3 + frames * 16 * 16 * 2
    positions = (frames + 1) * 32 * (32 // 4) * 16  # an even kernel gives one more, cut afterwards
    layer = frames * (4 * 32 * 32 + 2 * 32 * 64) + 2 * frames * frames * 32
    assert measurement.macs == convolutions + frames * 16 * 32 + positions + 2 * layer
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())
