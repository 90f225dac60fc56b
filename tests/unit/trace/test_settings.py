"""What user code may set for the whole process is the same after a count."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from pytest_flopbudget.trace.settings import settings_kept


@pytest.fixture
def on_meta() -> Iterator[None]:
    torch.set_default_device("meta")
    yield
    torch.set_default_device(None)


def test_a_default_device_that_was_set_before(on_meta: None) -> None:
    with settings_kept():
        torch.set_default_device("cpu")
        assert torch.empty(0).device.type == "cpu"
    assert torch.empty(0).device.type == "meta"


def test_without_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    random.seed(3)
    expected = random.random()
    random.seed(3)
    with settings_kept():
        first = random.random()
    assert random.random() == expected
    with settings_kept():
        assert random.random() == first


def test_accelerators_that_are_in_use_are_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeds.append)
    with settings_kept():
        assert seeds == [0]


@pytest.mark.skipif(not hasattr(torch.backends.cudnn, "conv"), reason="this torch has one switch for all of them")
def test_switches_of_several_parts_that_differ() -> None:
    """torch cannot say then what stands for both."""
    cudnn: Any = torch.backends.cudnn
    conv, rnn = cudnn.conv, cudnn.rnn
    before = conv.fp32_precision, rnn.fp32_precision
    conv.fp32_precision, rnn.fp32_precision = "ieee", "tf32"
    try:
        with pytest.raises(RuntimeError):
            _ = cudnn.allow_tf32
        with settings_kept():
            conv.fp32_precision = "tf32"
        assert (conv.fp32_precision, rnn.fp32_precision) == ("ieee", "tf32")
    finally:
        conv.fp32_precision, rnn.fp32_precision = before
