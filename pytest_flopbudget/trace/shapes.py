"""The ``shapes`` backend: the calls run on tensors without data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import torch

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Traced
from pytest_flopbudget.trace.alike import Alike, Key
from pytest_flopbudget.trace.autocast import is_known, tracked
from pytest_flopbudget.trace.carrying import Carrier
from pytest_flopbudget.trace.dataless import dataless
from pytest_flopbudget.trace.following import Setting
from pytest_flopbudget.trace.on_meta import MetaKernels
from pytest_flopbudget.trace.plans import Plan
from pytest_flopbudget.trace.shape_rules import RULES
from pytest_flopbudget.trace.switches import autocast_refused, refused_on_shapes
from pytest_flopbudget.trace.whole_modules import Made
from pytest_flopbudget.trace.worst import WorstCase


@dataclass(frozen=True, slots=True)
class Shapes:
    """Runs a call for real where all its inputs are known, else on shapes alone.

    Args:
        assume: For the worst case: sizes by operator, in the place of the largest; None for no worst case.
        shape_rules: Whether our own rules, and what earlier calls left, tell the shapes of results before torch's
            kernels do.
    """

    assume: Mapping[str, int] | None = None
    traced: Traced = "shapes"
    executes: bool = False
    shape_rules: bool = True

    def carrier(self, setting: Setting, /) -> Carrier:
        """What carries out the calls of one forward."""
        kernels = MetaKernels(setting.table, setting.recorder, setting.device)
        worst = None if self.assume is None else WorstCase(self.assume, setting.storages.is_unknown)
        return Carrier(
            setting.storages,
            kernels,
            setting.device,
            gradients=setting.gradients,
            worst=worst,
            rules=RULES if self.shape_rules else {},
        )

    def alike(self, setting: Setting, /) -> Alike | None:
        """What tells calls that are alike, where neither a gradient nor an assumption depends on more than shapes."""
        if setting.gradients or self.assume is not None or not self.shape_rules:
            return None
        return Alike(setting.storages, setting.recorder, _plans_for(setting.table))

    def maker(self, setting: Setting, /) -> Made:
        """Makes the output of a module whose formula gives its shape: one without data."""
        return lambda shape, dtype: dataless(shape, dtype, device=setting.device)

    def refusing(self, setting: Setting, /) -> AbstractContextManager[None]:
        """Refuse tensors made from unknown values, and autocast where nothing is known of what it casts."""
        return _refusing(setting)


# By what torch's kernels are switched by: the plans that hold with our own formulas.
_PLANS: dict[tuple[object, ...], dict[Key, Plan]] = {}


def _plans_for(table: FormulaTable) -> dict[Key, Plan]:
    """What is known of calls that may be met again; with a project's formulas others are seen whole."""
    if table is not FORMULAS:
        return {}
    switches = (
        torch._C._get_mkldnn_enabled(),
        torch._C._get_cudnn_enabled(),
        torch.are_deterministic_algorithms_enabled(),
    )
    return _PLANS.setdefault(switches, {})


@contextmanager
def _refusing(setting: Setting) -> Iterator[None]:
    note, device = setting.failures.note_what, setting.device
    casting = tracked(device, casts=True) if is_known(device) else autocast_refused(device.type, note)
    with refused_on_shapes(setting.storages.is_unknown, note), casting:
        yield
