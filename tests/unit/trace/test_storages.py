"""Which storages have known values, and what is put back."""

from __future__ import annotations

import torch

from pytest_flopbudget.trace.storages import Storages


def test_what_has_no_memory_is_never_handed_out() -> None:
    storages, sparse = Storages(), torch.eye(2).to_sparse()
    storages.hand_out(sparse)
    assert not storages.is_handed_out(sparse)


def test_a_generator_goes_back_to_where_it_was_at_first() -> None:
    storages, generator = Storages(), torch.Generator().manual_seed(3)
    before = generator.get_state()
    for _ in range(2):
        storages.will_draw(generator)
        torch.rand(2, generator=generator)
    storages.put_back()
    assert torch.equal(generator.get_state(), before)
