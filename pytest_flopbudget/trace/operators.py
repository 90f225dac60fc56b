"""An operator by its name, as a model that calls it."""

from __future__ import annotations

import torch

from pytest_flopbudget.counting.marking import Formula, FormulaTable, Free
from pytest_flopbudget.errors import FormulaError, did_you_mean


class Operator(torch.nn.Module):
    """A model that calls one operator with what it is given.

    Raises:
        FormulaError: There is no operator of that name.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        namespace, _, own = name.partition("::")
        operators = getattr(torch.ops, namespace)
        if not hasattr(operators, own):
            raise FormulaError(f"there is no operator {name!r}{did_you_mean(name, _names(namespace))}")
        self._operator = getattr(operators, own)

    def forward(self, *args: object, **kwargs: object) -> object:
        """What the operator gives."""
        return self._operator(*args, **kwargs)


def refuse_unknown(table: FormulaTable) -> None:
    """Refuse formulas and free operators that name none: they would never be used, and nobody would know.

    A namespace of which nothing is loaded cannot be judged, and torch's own differs from version to version.

    Args:
        table: What a project marks and declares, once its model ran.

    Raises:
        FormulaError: With where the name stands, and the nearest right spelling.
    """
    marks: dict[str, Formula | Free] = {**table.formulas, **table.free}
    namespaces = {name.partition("::")[0] for name in marks} - {"aten"}
    known = {namespace: _names(namespace) for namespace in namespaces}
    for name, mark in marks.items():
        names = known.get(name.partition("::")[0], [])
        if names and name not in names:
            raise FormulaError(f"{mark.place}: there is no operator {name!r}{did_you_mean(name, names)}")


def _names(namespace: str) -> list[str]:
    schemas: list[str] = torch._C._dispatch_get_all_op_names()
    return sorted({name.partition(".")[0] for name in schemas if name.startswith(f"{namespace}::")})
