"""The ``execute`` backend: the calls run for real, on clones of buffers and inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from pytest_flopbudget.counting.factories import LIKE_FACTORIES
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Traced
from pytest_flopbudget.trace.autocast import pieces, tracked
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import NotOnShapesError
from pytest_flopbudget.trace.following import Setting
from pytest_flopbudget.trace.foreign import why_uncounted
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.packing import PACKING
from pytest_flopbudget.trace.reading import hands_out, reads_values
from pytest_flopbudget.trace.storages import Storages
from pytest_flopbudget.trace.whole_modules import Made


@dataclass(frozen=True, slots=True)
class Execution:
    """Runs every call as torch would."""

    traced: Traced = "executed"
    executes: bool = True

    def carrier(self, setting: Setting, /) -> _Executor:
        """What runs the calls of one forward."""
        return _Executor(setting.storages, setting.table)

    def alike(self, setting: Setting, /) -> None:
        """Every call is carried out."""

    def maker(self, setting: Setting, /) -> Made:
        """Makes the output of a module whose formula gives its shape: nothing may be read from its zeros."""

        def made(shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
            tensor = torch.zeros(shape, dtype=dtype, device=setting.device)
            setting.storages.forget(tensor)
            return tensor

        return made

    def refusing(self, setting: Setting, /) -> AbstractContextManager[None]:
        """Nothing is refused."""
        return tracked(setting.device, casts=False)


class _Executor:
    """Runs calls, and keeps account of what depends on activations as a trace on shapes would."""

    def __init__(self, storages: Storages, table: FormulaTable) -> None:
        self._storages = storages
        self._table = table
        self._data_dependent = False

    @property
    def data_dependent(self) -> bool:
        """Whether the forward read a value that depends on activations."""
        return self._data_dependent

    @property
    def is_worst_case(self) -> bool:
        """Never: every size is what it is."""
        return False

    @property
    def executes(self) -> bool:
        """Always: tensors have data."""
        return True

    def knows(self, tensor: torch.Tensor) -> bool:
        """Whether a tensor's values do not depend on activations."""
        return not self._storages.is_unknown(tensor)

    def forget(self, tensors: Iterable[torch.Tensor]) -> None:
        """These depend on activations from now on."""
        self._storages.forget_all(tensors)

    def carry_out(self, call: Call) -> object:
        """The call's result; what it writes to is kept first, if it is the user's own.

        Raises:
            NotOnShapesError: It works on nested or sparse tensors, whose shapes tell no cost.
        """
        unknown = any(map(self._storages.is_unknown, call.tensors)) and call.schema.operator not in LIKE_FACTORIES
        self._data_dependent |= unknown and (hands_out(call) or reads_values(call, self._storages.is_unknown))
        if hands_out(call):
            self._storages.hand_out(call.tensors[0])
        with pieces(call.overload):
            out = self._storages.run(call)
        if (why := why_uncounted(call, out, self._table)) is not None:
            raise NotOnShapesError(why)
        if unknown:
            self._data_dependent |= any(map(self._storages.is_handed_out, call.written))
            self._storages.forget_all((*call.written, *_computed(call, out)))
        return out


def _computed(call: Call, out: object) -> Iterable[torch.Tensor]:
    """The results that depend on unknown arguments; how long packed sequences are depends on their lengths alone."""
    tensors = tuple(tensors_in(out))
    return tensors[:1] if call.schema.operator in PACKING else tensors
