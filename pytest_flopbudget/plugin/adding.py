"""The options as pytest is told of them. Imported in every suite, so it imports nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_CASES = (
    "a model, a case (model::point), a table's file (services/a/pyproject.toml), a model or case of it "
    "(services/a/pyproject.toml::model), or a glob of these"
)
_FLAGS = {
    "--flopbudget": "run the declared cases, also when the command line names other paths",
    "--flopbudget-frozen": "a case without an entry in the lock fails, whatever the table says of new ones",
    "--flopbudget-crosscheck": "count every case by thop too, and explain where its count is another",
}
# Each with the name of its value; cases may be repeated.
VALUES = {
    "--flopbudget-only": (
        "CASE",
        f"of the declared cases run these only: {_CASES}; repeatable; implies --flopbudget",
    ),
    "--flopbudget-skip": ("CASE", f"leave these declared cases out: {_CASES}; repeatable"),
    "--flopbudget-level": ("LEVEL", "what a limit that is not kept does: error, warn or off; beats the table"),
    "--flopbudget-backend": (
        "BACKEND",
        "how models are counted: auto, shapes, execute or thop; beats the table and the tests",
    ),
    "--flopbudget-compare": (
        "REF",
        (
            "compare limits, and the counts of the lock, with those at a revision (main, HEAD~1, v1.2), or counts with "
            "those of another lock or JSON report"
        ),
    ),
    "--flopbudget-report": (
        "FILE",
        (
            "write a report: .json for programs, .md for a pull request's comment; repeatable; beats the table's "
            "`report`. Write '=' before a path, not a blank"
        ),
    ),
    "--flopbudget-github": (
        "WHAT",
        "what GitHub Actions is told beside the log: all, annotations, summary or off; all by default",
    ),
    "--flopbudget-config": (
        "PATH",
        (
            "the TOML file that has the table [tool.pytest-flopbudget]; by default the nearest pyproject.toml. "
            "Write '=' before a path, not a blank: pytest looks for its root before it knows this option, and would "
            "take the path for one to collect from"
        ),
    ),
}
_REPEATABLE = ("CASE", "FILE")
UPDATE, HISTORY = "--flopbudget-update", "--flopbudget-history"


def add_options(parser: pytest.Parser) -> None:
    """Add the plugin's options to pytest's."""
    group = parser.getgroup("flopbudget", "FLOP budgets of declared models")
    for name, what in _FLAGS.items():
        group.addoption(name, action="store_true", default=None, help=what)
    group.addoption(
        UPDATE,
        nargs="?",
        const="",
        default=None,
        metavar="HOW",
        help=(
            "write the locks anew from what this run counts; =prune takes entries out that no case uses, =force goes "
            "in a CI job too, =prune,force does both"
        ),
    )
    group.addoption(
        HISTORY,
        nargs="?",
        const="",
        default=None,
        metavar="CASE",
        help=(
            "print what the locks said of every case, or of =CASE (a model, a case, or a glob), at each commit that "
            "changed them, and run nothing"
        ),
    )
    for name, (metavar, what) in VALUES.items():
        action = "append" if metavar in _REPEATABLE else "store"
        group.addoption(name, action=action, default=None, metavar=metavar, help=what)


def is_asked(config: pytest.Config) -> bool:
    """Whether the command line has any of the options."""
    return any(written(config, name) is not None for name in (*_FLAGS, *VALUES, UPDATE, HISTORY))


def written(config: pytest.Config, name: str) -> object:
    """What the command line says of an option; None where it says nothing."""
    return config.getoption(name.removeprefix("--").replace("-", "_"))
