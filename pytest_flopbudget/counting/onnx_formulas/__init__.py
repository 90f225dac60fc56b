"""The formulas for ONNX's operators, one family a file, by the conventions of those for torch's own.

Arguments bear the names of ONNX's schemas; those that a schema takes any number of are one tuple.
"""

from __future__ import annotations

import sys

from pytest_flopbudget.counting.discovery import modules_of
from pytest_flopbudget.counting.marking import FormulaTable, collect

ONNX_FORMULAS: FormulaTable = collect(modules_of(sys.modules[__name__]))
