"""Tensors that shapes alone do not follow: of another make than plain ones, or computed out of the trace's sight."""

from __future__ import annotations

import torch

from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import NotOnShapesError
from pytest_flopbudget.trace.masks import INDEXING
from pytest_flopbudget.trace.nests import tensors_in
from pytest_flopbudget.trace.on_meta import is_foreign, is_real

_OR_ITS_MODULE = "or give its module a @module_formula"


def refuse_foreign(call: Call) -> None:
    """Refuse a call with an unknown input beside such a tensor.

    An index may be one: torch makes it of a list, as in ``x[:, [-1]]``, on the device where its tensor really is.

    Raises:
        NotOnShapesError: An argument is quantized, sparse, nested or packed for a library, or is a meta tensor
            that no call of the trace gave: it was computed in a thread.
    """
    operands = (call.args[0], *call.args[2:]) if call.schema.operator in INDEXING else call.tensors
    if any(is_foreign(tensor) for tensor in tensors_in(operands)):
        raise NotOnShapesError("meets a tensor that was computed outside the trace, as in a thread")
    make = next((make for tensor in call.tensors if (make := _make(tensor))), None)
    if make is None and call.schema.operator.startswith("quantized::"):
        # Their weights are packed into objects of C++.
        make = "quantized"
    if make is not None:
        raise _not_followed(make)


def refuse_gradients_of_data(call: Call) -> None:
    """Refuse a call that is to be differentiated by a tensor with data: its gradient would have none.

    Such tensors are held where the trace puts no twins: in scripted modules, and outside the model.

    Raises:
        NotOnShapesError: An argument is one.
    """
    if torch.is_grad_enabled() and any(tensor.requires_grad and is_real(tensor) for tensor in call.tensors):
        raise NotOnShapesError("is differentiated by a tensor with data, which is not followed on shapes")


def refuse_nested(out: object) -> None:
    """Refuse a nested tensor that known ones gave: it has no one shape to note.

    Raises:
        NotOnShapesError: There is a nested tensor among the results.
    """
    if any(tensor.is_nested for tensor in tensors_in(out)):
        raise _not_followed("nested")


def why_uncounted(call: Call, out: object, table: FormulaTable) -> str | None:
    """Why the shapes of a call that ran with data do not tell its cost, and what to do; None where they do.

    What a sparse tensor costs depends on how many elements it has; a nested one has no one shape.
    """
    makes = {_make(tensor) for tensor in (*call.tensors, *tensors_in(out))}
    if "nested" in makes:
        return f"works on a nested tensor, which is not counted: pad it, {_OR_ITS_MODULE}"
    if "sparse" in makes and call.schema.operator not in table.free:
        return f"works on a sparse tensor, which is not counted: make it dense, {_OR_ITS_MODULE}"
    return None


def _not_followed(make: str) -> NotOnShapesError:
    return NotOnShapesError(f"works on a {make} tensor, which is not followed on shapes")


def _make(tensor: torch.Tensor) -> str | None:
    if tensor.is_quantized:
        return "quantized"
    if tensor.is_nested:
        return "nested"
    if tensor.layout is torch.strided:
        return None
    layout = str(tensor.layout)
    return "sparse" if "sparse" in layout else layout.removeprefix("torch._")
