"""Vision models, and one that sees and reads, counted by hand from their configurations."""

from __future__ import annotations

from collections.abc import Callable

from pytest_flopbudget.counting.measurement import Measurement

Counted = Callable[..., Measurement]


def test_vit(counted_every_way: Counted) -> None:
    measurement = counted_every_way(
        "ViTForImageClassification",
        "ViTConfig",
        {"pixel_values": "1x3x32x32"},
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        image_size=32,
        patch_size=8,
        num_labels=10,
    )
    patches = 4 * 4 * 32 * 3 * 8 * 8
    tokens = 4 * 4 + 1
    layer = tokens * (4 * 32 * 32 + 2 * 32 * 64) + 2 * tokens * tokens * 32
    assert measurement.macs == patches + 2 * layer + 32 * 10
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


def test_swin(counted_every_way: Counted) -> None:
    """Attention in windows of 4 x 4, every other time shifted; patches are merged between the stages."""
    measurement = counted_every_way(
        "SwinForImageClassification",
        "SwinConfig",
        {"pixel_values": "1x3x64x64"},
        image_size=64,
        patch_size=4,
        embed_dim=16,
        depths=[2, 2],
        num_heads=[2, 4],
        window_size=4,
        mlp_ratio=4,
        num_labels=10,
    )
    patches = 16 * 16 * 16 * 3 * 4 * 4
    window = 4 * 4
    first = 16 * 16 * (4 * 16 * 16 + 2 * 16 * 64) + 2 * (16 * 16) * window * 16
    merging = 8 * 8 * (4 * 16) * 32
    second = 8 * 8 * (4 * 32 * 32 + 2 * 32 * 128) + 2 * (8 * 8) * window * 32
    assert measurement.macs == patches + 2 * first + merging + 2 * second + 32 * 10
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


def test_clip(counted_every_way: Counted) -> None:
    """Two texts of 8 tokens and three images, each of one met with each of the other."""
    measurement = counted_every_way(
        "CLIPModel",
        "CLIPConfig",
        {"input_ids": "int64:2x8", "pixel_values": "3x3x32x32", "attention_mask": "int64:2x8 = 1"},
        text_config={
            "vocab_size": 100,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "max_position_embeddings": 8,
            "bos_token_id": 0,
            "eos_token_id": 1,
        },
        vision_config={
            "hidden_size": 48,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "image_size": 32,
            "patch_size": 8,
        },
        projection_dim=16,
    )
    of_texts = 2 * (2 * 8 * (4 * 32 * 32 + 2 * 32 * 64) + 2 * 2 * 8 * 8 * 32) + 2 * 32 * 16
    patches = 3 * 4 * 4 * 48 * 3 * 8 * 8
    of_images = patches + 2 * (3 * 17 * (4 * 48 * 48 + 2 * 48 * 96) + 2 * 3 * 17 * 17 * 48) + 3 * 48 * 16
    assert measurement.macs == of_texts + of_images + 2 * 3 * 16
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())
