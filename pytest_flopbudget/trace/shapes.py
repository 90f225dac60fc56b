"""The ``shapes`` backend: the calls run on tensors without data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from pytest_flopbudget.counting.measurement import Traced
from pytest_flopbudget.trace.alike import Alike
from pytest_flopbudget.trace.autocast import is_known, tracked
from pytest_flopbudget.trace.carrying import Carrier
from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.following import Setting
from pytest_flopbudget.trace.on_meta import MetaKernels
from pytest_flopbudget.trace.switches import autocast_refused, refused_on_shapes
from pytest_flopbudget.trace.whole_modules import Made
from pytest_flopbudget.trace.worst import WorstCase


@dataclass(frozen=True, slots=True)
class Shapes:
    """Runs a call for real where all its inputs are known, else on shapes alone.

    Args:
        assume: For the worst case: sizes by operator, in the place of the largest; None for no worst case.
    """

    assume: Mapping[str, int] | None = None
    traced: Traced = "shapes"
    executes: bool = False

    def carrier(self, setting: Setting, /) -> Carrier:
        """What carries out the calls of one forward."""
        kernels = MetaKernels(setting.table, setting.recorder, setting.device)
        worst = None if self.assume is None else WorstCase(self.assume, setting.storages.is_unknown)
        return Carrier(setting.storages, kernels, setting.device, gradients=setting.gradients, worst=worst)

    def alike(self, setting: Setting, /) -> Alike | None:
        """What tells calls that are alike, where neither a gradient nor an assumption depends on more than shapes."""
        if setting.gradients or self.assume is not None:
            return None
        return Alike(setting.storages, setting.recorder)

    def maker(self, setting: Setting, /) -> Made:
        """Makes the output of a module whose formula gives its shape: one without data."""
        return lambda shape, dtype: dataless(shape, dtype, device=setting.device)

    def refusing(self, setting: Setting, /) -> AbstractContextManager[None]:
        """Refuse tensors made from unknown values, and autocast where nothing is known of what it casts."""
        return _refusing(setting)


@contextmanager
def _refusing(setting: Setting) -> Iterator[None]:
    note, device = setting.failures.note_what, setting.device
    casting = tracked(device, casts=True) if is_known(device) else autocast_refused(device.type, note)
    with refused_on_shapes(setting.storages.is_unknown, note), casting:
        yield
