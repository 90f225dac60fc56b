"""What torch's autocast is asked for, and what it does not tell."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.trace.cast_policy import asked, is_on


def test_a_device_that_torch_does_not_know_has_no_autocast() -> None:
    assert not is_on("abacus")


def test_a_call_that_is_not_handed_on_is_a_bug_of_ours() -> None:
    library = torch.library.Library("flopbudget_policy_test", "DEF")
    library.define("kept(Tensor x) -> Tensor")
    library.impl("kept", lambda x: x, "AutocastCPU")
    try:
        with pytest.raises(AssertionError, match=r"^autocast did not hand flopbudget_policy_test::kept on$"):
            asked(torch.ops.flopbudget_policy_test.kept.default, (torch.ones(2),), {}, torch.device("cpu"))
    finally:
        library._destroy()
