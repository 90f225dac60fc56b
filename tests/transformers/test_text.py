"""Encoders, decoders and both together, counted by hand from their configurations.

Everywhere B sequences of T tokens, H the width, F the width inside the feed-forward, V the vocabulary. A token
meets each weight of a linear layer once; attention multiplies queries with keys, and their product with values.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.counting.measurement import Measurement

Counted = Callable[..., Measurement]

B, T, H, F, V = 2, 16, 32, 64, 100
TOKENS = B * T
ATTENTION = 2 * B * T * T * H  # whatever the number of heads
MASKED = {"input_ids": "int64:2x16", "attention_mask": "int64:2x16 = 1"}


def test_bert(counted_every_way: Counted) -> None:
    measurement = counted_every_way(
        "BertModel",
        "BertConfig",
        {**MASKED, "token_type_ids": "int64:2x16"},
        vocab_size=V,
        hidden_size=H,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=F,
        max_position_embeddings=T,
    )
    layer = TOKENS * (4 * H * H + 2 * H * F) + ATTENTION
    pooler = B * H * H  # of the first token alone
    assert measurement.macs == 2 * layer + pooler
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_llama(counted_every_way: Counted, attention: str) -> None:
    """Rotary positions multiply element by element; four heads share two of keys and of values."""
    measurement = counted_every_way(
        "LlamaForCausalLM",
        "LlamaConfig",
        MASKED,
        vocab_size=V,
        hidden_size=H,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=F,
        attn_implementation=attention,
    )
    keys_and_values = 2 * H * (H // 2)
    layer = TOKENS * (2 * H * H + keys_and_values + 3 * H * F) + ATTENTION
    assert measurement.macs == 2 * layer + TOKENS * H * V
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


def test_gpt2(counted_every_way: Counted) -> None:
    """Its linear layers are called Conv1D, and its head's weight is the embedding's."""
    measurement = counted_every_way(
        "GPT2LMHeadModel",
        "GPT2Config",
        MASKED,
        vocab_size=V,
        n_embd=H,
        n_layer=2,
        n_head=4,
        n_positions=T,
        bos_token_id=0,
        eos_token_id=0,
    )
    layer = TOKENS * (3 * H * H + H * H + 2 * H * 4 * H) + ATTENTION
    assert measurement.macs == 2 * layer + TOKENS * H * V
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


def test_t5(counted_every_way: Counted) -> None:
    """An encoder of 16 tokens and a decoder of 8, with positions as a bias of the attention."""
    measurement = counted_every_way(
        "T5ForConditionalGeneration",
        "T5Config",
        {**MASKED, "decoder_input_ids": "int64:2x8"},
        vocab_size=V,
        d_model=H,
        d_kv=H // 4,
        d_ff=F,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
    )
    encoder_layer = TOKENS * (4 * H * H + 2 * H * F) + ATTENTION
    own = B * 8 * 4 * H * H + 2 * B * 8 * 8 * H
    across = B * 8 * 2 * H * H + TOKENS * 2 * H * H + 2 * B * 8 * T * H  # queries of 8, keys and values of 16
    decoder_layer = own + across + B * 8 * 2 * H * F
    assert measurement.macs == 2 * encoder_layer + 2 * decoder_layer + B * 8 * H * V
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


# Older versions script functions where they are imported.
@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated:DeprecationWarning")
def test_deberta(counted_every_way: Counted) -> None:
    """Attention knows content and relative position apart, each of them looking at the other."""
    measurement = counted_every_way(
        "DebertaV2Model",
        "DebertaV2Config",
        MASKED,
        vocab_size=V,
        hidden_size=H,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=F,
        relative_attention=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        position_buckets=8,
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        type_vocab_size=0,
        pad_token_id=None,
    )
    positions = 2 * 8  # a bucket each way
    of_positions = 2 * positions * H * H  # their keys and queries, once for the batch
    across = 2 * TOKENS * positions * H  # content to position, and position to content
    layer = TOKENS * (4 * H * H + 2 * H * F) + ATTENTION + of_positions + across
    assert measurement.macs == 2 * layer
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())


def test_mamba(counted_every_way: Counted) -> None:
    """A state-space model, step by step: its kernels are for other devices."""
    measurement = counted_every_way(
        "MambaForCausalLM",
        "MambaConfig",
        {"input_ids": "int64:2x16"},
        vocab_size=V,
        hidden_size=H,
        state_size=8,
        num_hidden_layers=2,
        conv_kernel=4,
        expand=2,
        time_step_rank=2,
    )
    inner = 2 * H
    convolution = B * inner * (T + 3) * 4  # padded on both sides, cut afterwards
    scan = T * B * inner * 8  # the state is multiplied element by element, and read by a product
    projections = TOKENS * (H * 2 * inner + inner * (2 + 2 * 8) + 2 * inner + inner * H)
    assert measurement.macs == 2 * (projections + convolution + scan) + TOKENS * H * V
    assert (measurement.traced, measurement.built, measurement.notes) == ("shapes", "meta", ())
