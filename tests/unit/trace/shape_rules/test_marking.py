"""Every overload has one rule."""

from __future__ import annotations

from pytest_flopbudget.counting.discovery import modules_of
from pytest_flopbudget.trace import shape_rules
from pytest_flopbudget.trace.shape_rules.marking import collect


def test_no_rule_stands_for_another() -> None:
    found: dict[str, object] = {}
    for module in modules_of(shape_rules):
        for overload, rule in collect((module,)).items():
            assert found.setdefault(overload, rule) is rule, overload
