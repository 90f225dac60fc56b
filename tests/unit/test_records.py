"""Records keep what they were made with."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

# What is built up while something is counted or told, and handed on only when it is done.
BUILT_UP = {
    "counting": {"memory.copies._Copier", "memory.folding.Layer", "memory.sharing.Sharing"},
    "judge": {"beside.Said"},
    "quantities": set(),
}
# Fields so many, or so alike, that their places would be mistaken.
BY_NAME = {
    "counting": {"deployment.Deployment", "measurement.Measurement", "measurement.Trace"},
    "judge": {
        "beside.Beside",
        "by_lock.Terms",
        "limits.Limit",
        "locks.Entry",
        "targets.Target",
        "verdicts.Verdict",
    },
    "quantities": set(),
}


def records(floor: str) -> dict[str, type]:
    """The records of a floor by their place there."""
    package = f"pytest_flopbudget.{floor}"
    modules = pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
    return {
        f"{module.name}.{name}".removeprefix(f"{package}."): value
        for module in modules
        for name, value in vars(importlib.import_module(module.name)).items()
        if isinstance(value, type) and value.__module__ == module.name and dataclasses.is_dataclass(value)
    }


@pytest.mark.parametrize("floor", BUILT_UP)
def test_what_is_made_is_frozen_and_slotted(floor: str) -> None:
    found = records(floor)

    assert found
    assert [place for place, record in found.items() if "__slots__" not in vars(record)] == []
    assert {place for place, record in found.items() if not vars(record)["__dataclass_params__"].frozen} == BUILT_UP[
        floor
    ]


@pytest.mark.parametrize("floor", BY_NAME)
def test_records_of_many_fields_are_made_by_name(floor: str) -> None:
    assert {
        place for place, record in records(floor).items() if all(each.kw_only for each in dataclasses.fields(record))
    } == BY_NAME[floor]
