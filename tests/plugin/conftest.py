"""Every test here may run pytest within pytest."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture(scope="session", autouse=True)
def _stays_imported() -> None:
    """An inner run's imports are forgotten after it, and torch cannot be imported twice in a process."""
    importlib.import_module("torch")
    importlib.import_module("pytest_flopbudget.engine")
    importlib.import_module("pytest_flopbudget.trace.building")
