"""The fixtures. They are known to every suite, so nothing is imported before a test asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_flopbudget.plugin.budget import CountFlops, FlopBudget
    from pytest_flopbudget.plugin.flop_cases import FlopCase


@pytest.fixture
def flop_budget(request: pytest.FixtureRequest) -> FlopBudget:
    """Count a model at an input, and fail when a limit is not kept, as in (model, '1x3x224x224', macs='4.2 G')."""
    from pytest_flopbudget.plugin.budget import FlopBudget
    from pytest_flopbudget.plugin.doorway import asking

    return FlopBudget(asking(request))


@pytest.fixture
def count_flops(request: pytest.FixtureRequest) -> CountFlops:
    """Count a model at an input, as in (model, '1x3x224x224'), and never fail on a limit."""
    from pytest_flopbudget.plugin.budget import CountFlops
    from pytest_flopbudget.plugin.doorway import asking

    return CountFlops(asking(request))


@pytest.fixture
def flop_case(request: pytest.FixtureRequest) -> FlopCase:
    """A declared model at one of its points; the mark flop_cases('mobilenet') says which, without it all."""
    from pytest_flopbudget.plugin.doorway import asking
    from pytest_flopbudget.plugin.flop_cases import given

    return given(request, asking(request))
