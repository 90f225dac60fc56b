"""Compute budgets for PyTorch models, enforced by pytest.

The public names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flopbudget.count.marking import formula, free
    from pytest_flopbudget.count.measurement import Measurement
    from pytest_flopbudget.count.operators import Cost, OperatorCall, TensorSpec
    from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded, FlopBudgetWarning
    from pytest_flopbudget.judge.limits import Limit
    from pytest_flopbudget.judge.verdicts import Verdict

__all__ = [
    "Cost",
    "FlopBudgetError",
    "FlopBudgetExceeded",
    "FlopBudgetWarning",
    "Limit",
    "Measurement",
    "OperatorCall",
    "TensorSpec",
    "Verdict",
    "formula",
    "free",
]

_HOMES = {
    "Cost": "count.operators",
    "FlopBudgetError": "errors",
    "FlopBudgetExceeded": "errors",
    "FlopBudgetWarning": "errors",
    "Limit": "judge.limits",
    "Measurement": "count.measurement",
    "OperatorCall": "count.operators",
    "TensorSpec": "count.operators",
    "Verdict": "judge.verdicts",
    "formula": "count.marking",
    "free": "count.marking",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
