"""What pytest loads. A suite without budgets gets no further than the doorway, and imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_flopbudget.plugin.adding import add_options
from pytest_flopbudget.plugin.doorway import Doorway
from pytest_flopbudget.plugin.fixtures import count_flops, flop_budget, flop_case

if TYPE_CHECKING:
    import pytest

__all__ = ["count_flops", "flop_budget", "flop_case", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options, and open the doorway of this very run: runs nest, so nothing is kept in a module."""
    add_options(parser)
    pluginmanager.register(Doorway(parser), "flopbudget-doorway")
