"""Output shapes of the operators that fill real models, without torch's own slow way to them.

torch computes many shapes in Python, and the first such call in a process imports a compiler. A rule gives
the same answer (shape, strides, element type, aliasing) or steps aside, and torch's kernel runs.
"""

from __future__ import annotations

import sys

from pytest_flopbudget.counting.discovery import modules_of
from pytest_flopbudget.trace.shape_rules.marking import Rule, collect

RULES: dict[str, Rule] = collect(modules_of(sys.modules[__name__]))
