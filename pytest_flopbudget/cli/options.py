"""The options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, get_args

import click

from pytest_flopbudget.cli.exits import Run
from pytest_flopbudget.counting.measurement import Backend, Mode

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


def asks_for_a_model(function: Function) -> Function:
    """``FACTORY INPUT…``, and how the model is built and measured."""
    for option in (
        click.option("--backend", type=click.Choice(get_args(Backend)), help="How it is traced; auto where not said."),
        click.option("--mode", type=click.Choice(get_args(Mode)), help="The forward, or a step of training."),
        click.option("--kwargs", multiple=True, metavar="NAME=VALUE", help="A keyword argument of the factory."),
        click.argument("words", nargs=-1, metavar="INPUT..."),
        click.argument("factory"),
    ):
        function = option(function)
    return function


def examples(*lines: str) -> str:
    """Lines of a shell, as the end of a command's help."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _keep(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and isinstance(ctx.obj, Run):
        ctx.obj.traceback = True
