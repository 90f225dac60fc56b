"""The command's root: its commands are collected from their files, and every error ends as one clear message."""

from __future__ import annotations

import errno
import os
import pkgutil
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

import click

from pytest_flopbudget.cli import commands
from pytest_flopbudget.cli.exits import AskedWrongly, Exit, Run
from pytest_flopbudget.cli.showing import safe
from pytest_flopbudget.errors import FlopBudgetError, did_you_mean

# Of a write that has no file name: the output's, since files are written whole and say so themselves.
_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EIO)


def command_names() -> list[str]:
    """The commands' names, in the order of the alphabet."""
    return sorted(name.replace("_", "-") for _, name, _ in pkgutil.iter_modules(commands.__path__))


def module_of(name: str) -> ModuleType:
    """The module of a command, which has its ``command``, and in ``Printed`` the type of what it prints as JSON."""
    return import_module(f"{commands.__name__}.{name.replace('-', '_')}")


class _Unread(Exception):
    """Who reads the output stopped before its end."""


class Commands(click.Group):
    """A group of the commands that have a file; a file is imported when its command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The commands' names, in the order of the alphabet."""
        return command_names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; None where there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        found = module_of(cmd_name).command
        return found if isinstance(found, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command by the first argument, or the nearest right spelling."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            hint = did_you_mean(args[0], known) or f"; there is {', '.join(known)}"
            raise click.UsageError(f"{args[0]!r} is no command{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command that is asked for, and let all that it printed go."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Click would leave with 1, as a limit that is not kept does.
            raise _Unread from None
        return code


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all is kept, 1 a verdict fails or a table is broken, 2 usage, 3 our own fault, "
    "130 interrupted.",
)
@click.version_option(package_name="pytest-flopbudget", prog_name="flopbudget")
def flopbudget() -> None:
    """Count what PyTorch models cost, before and beside the tests that hold them to it."""


def run(arguments: Sequence[str]) -> int:
    """Run the command with some arguments.

    Returns:
        The exit code, one of :class:`pytest_flopbudget.cli.exits.Exit`.
    """
    state = Run()
    try:
        code = flopbudget.main(list(arguments), prog_name="flopbudget", standalone_mode=False, obj=state)
        return code if isinstance(code, int) else Exit.KEPT
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except AskedWrongly as error:
        return _told(str(error), Exit.USAGE)
    except FlopBudgetError as error:
        return _told(str(error), Exit.FAILS)
    except (click.Abort, KeyboardInterrupt):
        return _told("interrupted", Exit.INTERRUPTED)
    except _Unread:
        return _let_go(Exit.UNREAD)
    except Exception as error:
        return _fault(error, state)


def _let_go(code: Exit) -> Exit:
    """What is still held back of the output has nowhere to go."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return code


def _fault(error: Exception, state: Run) -> Exit:
    if isinstance(error, OSError) and error.errno in _NO_ROOM and error.filename is None:
        return _let_go(_told(f"the output could not be written: {error.strerror}", Exit.FAILS))
    if state.traceback:
        traceback.print_exc()
    return _told(
        f"a fault of flopbudget itself: {type(error).__name__}: {error}\n"
        "--traceback shows where; please report it to the maintainers of pytest-flopbudget",
        Exit.OURS,
    )


def _told(text: str, code: Exit) -> Exit:
    sys.stderr.write(f"flopbudget: {safe(text)}\n")
    return code
