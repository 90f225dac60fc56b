"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar, get_args

import click

from pytest_flopbudget.cli.asking import Options, Subject, find_subject, find_table
from pytest_flopbudget.cli.completing import factories, metrics, targets
from pytest_flopbudget.cli.exits import Run
from pytest_flopbudget.cli.limiting import read_option
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.declaring import keys
from pytest_flopbudget.declaring.cases import Table

Function = TypeVar("Function", bound=Callable[..., object])


def shared(function: Function) -> Function:
    """``--config``, ``--json`` and ``--traceback``: what every command has."""
    for option in (
        click.option("--traceback", is_flag=True, expose_value=False, callback=_keep, help="Show where a fault is."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option("--config", metavar="PATH", help="Work on this file, not on the nearest pyproject.toml."),
    ):
        function = option(function)
    return function


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A model that is asked for on the command line.

    Args:
        factory: What makes it: ``"module:callable"``, a file's ``"model.py:Net"``, or a declared model.
        words: Its inputs, and the sizes of their dimensions.
        options: How it is built and measured.
        table: The table that the command works on.
    """

    factory: str
    words: Sequence[str]
    options: Options
    table: Table

    def subject(self, *, open_sizes: bool = False) -> Subject:
        """The model with its inputs.

        Args:
            open_sizes: Whether a declared model is to have the sizes that are asked for, and none of its points'.

        Raises:
            AskedWrongly: There is no such model, it has no input, or a size is missing or too many.
        """
        return find_subject(self.table, self.factory, self.words, self.options, open_sizes=open_sizes)


def asks_for_a_model(function: Callable[..., int]) -> Callable[..., int]:
    """``FACTORY INPUT…``, and how the model is built and measured: the function is given an :class:`Asked` first."""

    @wraps(function)
    def opened(
        *,
        factory: str,
        words: tuple[str, ...],
        kwargs: tuple[str, ...],
        mode: Mode | None,
        backend: Backend | None,
        execute_limit: str | None,
        part: str | None,
        call: str | None,
        config: str | None,
        **others: object,
    ) -> int:
        options = Options(
            kwargs=kwargs,
            mode=mode,
            backend=backend,
            execute_limit=read_option("--execute-limit", keys.EXECUTE_LIMIT.kind, execute_limit),
            part=read_option("--part", keys.PART.kind, part),
            call=read_option("--call", keys.CALL.kind, call),
        )
        return function(Asked(factory=factory, words=words, options=options, table=find_table(config)), **others)

    for option in (
        click.option("--call", metavar="METHOD", help="A method to call in the place of the forward."),
        click.option("--part", metavar="MODULE", help="A submodule to measure in the place of the model."),
        click.option("--execute-limit", metavar="BYTES", help="How much may be executed; 2 GiB where not said."),
        click.option("--backend", type=click.Choice(get_args(Backend)), help="How it is traced; auto where not said."),
        click.option("--mode", type=click.Choice(get_args(Mode)), help="The forward, or a step of training."),
        click.option("--kwargs", multiple=True, metavar="NAME=VALUE", help="A keyword argument of the factory."),
        click.argument("words", nargs=-1, metavar="INPUT..."),
        click.argument("factory", shell_complete=factories),
    ):
        opened = option(opened)
    return opened


def metric_option(metavar: str, help_text: str) -> Callable[[Function], Function]:
    """``--metric``, repeatable, with what it does."""
    return click.option(
        "-m", "--metric", "metrics", multiple=True, metavar=metavar, shell_complete=metrics, help=help_text
    )


def tells_metrics(help_text: str) -> Callable[[Function], Function]:
    """``--metric``, with what it does, and ``--target`` for those of bytes and time."""

    def decorated(function: Function) -> Function:
        told = "The declared target on which bytes and time are told."
        on = click.option("--target", metavar="NAME", shell_complete=targets, help=told)
        return metric_option("NAME", help_text)(on(function))

    return decorated


def examples(*lines: str) -> str:
    """Lines of a shell, as the end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _keep(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and isinstance(ctx.obj, Run):
        ctx.obj.traceback = True
