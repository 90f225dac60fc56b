"""Compute budgets for PyTorch models, enforced by pytest.

The public names are imported when they are first used, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flopbudget.api import check, count, value
    from pytest_flopbudget.counting.marking import formula, free
    from pytest_flopbudget.counting.measurement import Measurement
    from pytest_flopbudget.counting.module_formulas import module_formula
    from pytest_flopbudget.counting.operators import Cost, OperatorCall, TensorSpec
    from pytest_flopbudget.declaring.declare import Declaration, declare
    from pytest_flopbudget.errors import FlopBudgetError, FlopBudgetExceeded, FlopBudgetWarning
    from pytest_flopbudget.judge.comparison import Comparison
    from pytest_flopbudget.judge.limits import Limit
    from pytest_flopbudget.judge.verdicts import Verdict
    from pytest_flopbudget.plugin.budget import CountFlops, FlopBudget
    from pytest_flopbudget.plugin.flop_cases import FlopCase

__all__ = [
    "Comparison",
    "Cost",
    "CountFlops",
    "Declaration",
    "FlopBudget",
    "FlopBudgetError",
    "FlopBudgetExceeded",
    "FlopBudgetWarning",
    "FlopCase",
    "Limit",
    "Measurement",
    "OperatorCall",
    "TensorSpec",
    "Verdict",
    "check",
    "count",
    "declare",
    "formula",
    "free",
    "module_formula",
    "value",
]

_HOMES = {
    "Comparison": "judge.comparison",
    "Cost": "counting.operators",
    "CountFlops": "plugin.budget",
    "Declaration": "declaring.declare",
    "FlopBudget": "plugin.budget",
    "FlopBudgetError": "errors",
    "FlopBudgetExceeded": "errors",
    "FlopBudgetWarning": "errors",
    "FlopCase": "plugin.flop_cases",
    "Limit": "judge.limits",
    "Measurement": "counting.measurement",
    "OperatorCall": "counting.operators",
    "TensorSpec": "counting.operators",
    "Verdict": "judge.verdicts",
    "check": "api",
    "count": "api",
    "declare": "declaring.declare",
    "formula": "counting.marking",
    "free": "counting.marking",
    "module_formula": "counting.module_formulas",
    "value": "api",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
