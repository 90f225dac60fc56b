"""The ``execute`` backend: the calls run for real, on clones of buffers and inputs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from pytest_flopbudget.count.measurement import Traced
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.following import Setting
from pytest_flopbudget.trace.storages import Storages


@dataclass(frozen=True, slots=True)
class Execution:
    """Runs every call as torch would."""

    traced: Traced = "executed"
    executes: bool = True

    def carrier(self, setting: Setting, /) -> _Executor:
        """What runs the calls of one forward."""
        return _Executor(setting.storages)

    def refusing(self, _: Setting, /) -> AbstractContextManager[None]:
        """Nothing is refused."""
        return nullcontext()


@dataclass(frozen=True, slots=True)
class _Executor:
    storages: Storages

    def carry_out(self, call: Call) -> object:
        """The call's result; what it writes to is kept first, if it is the user's own."""
        return self.storages.run(call)
