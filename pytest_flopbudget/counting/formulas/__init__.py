"""The formulas for torch's own operators, one family a file, collected here and nowhere else."""

from __future__ import annotations

import sys

from pytest_flopbudget.counting.discovery import modules_of
from pytest_flopbudget.counting.marking import FormulaTable, collect

FORMULAS: FormulaTable = collect(modules_of(sys.modules[__name__]))
