"""What a forward may do out of the dispatcher's sight."""

from __future__ import annotations

import pytest
import torch

from pytest_flopbudget.trace.dataless import NotOnShapesError
from pytest_flopbudget.trace.switches import autocast_refused

WHY = "casts what runs under it, which is not followed on shapes for this device"


def test_autocast_of_a_device_whose_policy_nobody_knows() -> None:
    noted: list[tuple[NotOnShapesError, str]] = []
    with autocast_refused("cpu", lambda *refusal: noted.append(refusal)):
        torch.set_autocast_enabled("cpu", False)
        with pytest.raises(NotOnShapesError) as inside:
            torch.autocast("cpu").__enter__()
    with torch.autocast("cpu"), pytest.raises(NotOnShapesError) as around:
        autocast_refused("cpu", lambda *refusal: noted.append(refusal)).__enter__()
    assert [str(error.value) for error in (inside, around)] == [WHY, WHY]
    assert noted == [(inside.value, "torch.autocast"), (around.value, "torch.autocast")]
    assert not torch.is_autocast_enabled("cpu")
