"""The JSON Schemas of what the commands print with ``--json``: one a command, made from the types that print it."""

from __future__ import annotations

from pytest_flopbudget.cli.main import command_names, module_of
from pytest_flopbudget.report.schema import published


def command_schemas() -> dict[str, str]:
    """The schema of each command by the command's name, as it is published."""
    return {
        name: published(module_of(name).Printed, f"What flopbudget {name} --json prints") for name in command_names()
    }
