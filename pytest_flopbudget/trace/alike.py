"""Calls that are like an earlier one: what that gave is given again, without a rule, a kernel or a description.

A model is made of layers that repeat. Where no value matters, a call's results follow from the shapes, strides and
types of its tensors and from its other arguments; so the second such call is made of what the first one left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from pytest_flopbudget.counting.factories import LIKE_FACTORIES
from pytest_flopbudget.counting.operators import OperatorCall, TensorSpec
from pytest_flopbudget.trace.autocast import is_cast
from pytest_flopbudget.trace.bounds import INDEXED
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import DatalessTensor
from pytest_flopbudget.trace.kinds import Kinds, Met
from pytest_flopbudget.trace.masks import INDEXING
from pytest_flopbudget.trace.origins import Origin
from pytest_flopbudget.trace.packing import PACKING
from pytest_flopbudget.trace.plans import Given, Made, Plan, base_of, results, takes
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.repeating import SIZED
from pytest_flopbudget.trace.shape_rules import RULES
from pytest_flopbudget.trace.storages import Storages

Key = tuple[object, ...]

# What they give, or refuse, may depend on values that are known.
_BY_VALUES = frozenset({*LIKE_FACTORIES, *INDEXED, *INDEXING, *PACKING, *SIZED, "aten::masked_select"})
# Its kernel's layout depends on switches of torch's.
_BY_SWITCHES = frozenset({"aten::scaled_dot_product_attention"})
# Models of which no two calls are alike gain nothing.
_MOST = 4096


class Alike:
    """What the calls of one trace gave, for those that are like them.

    Args:
        storages: The account of what is known.
        recorder: Collects the calls; it is told the kinds.
        plans: What is known of calls already, and is added to.
    """

    def __init__(self, storages: Storages, recorder: Recorder, plans: dict[Key, Plan]) -> None:
        self._storages = storages
        self._recorder = recorder
        self._kinds = recorder.kinds = Kinds(storages)
        self._plans = plans

    def key(
        self,
        overload: torch._ops.OpOverload,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        tensors: Met,
    ) -> Key | None:
        """What stands for all calls like this one; None where there may be none.

        Args:
            overload: What is called.
            args: Its arguments.
            kwargs: Those that are given by name.
            tensors: The tensors among them are added to it, and how they are recorded.
        """
        if is_cast() or self._storages.any_too_large:
            return None
        parts: list[object] = [id(overload), torch.get_default_dtype()]
        if not self._kinds.add(args, parts, tensors):
            return None
        if kwargs:
            parts.extend(kwargs)
            if not self._kinds.add(kwargs.values(), parts, tensors):
                return None
        return tuple(parts)

    def plan(self, key: Key) -> Plan | None:
        """What is known of such calls; None where none was met."""
        return self._plans.get(key)

    def again(self, plan: Plan, tensors: Met, origin: Origin) -> object:
        """The results of a call whose like was met; the call is recorded."""
        arguments = dict(plan.arguments)
        for name, places in plan.takes:
            if isinstance(places, int):
                arguments[name] = tensors[places][1]
            else:
                arguments[name] = tuple([tensors[each][1] for each in places])
        found = [self._given(given, tensors) for given in plan.gives]
        told = found[0][1] if plan.nest is None else tuple([spec for _, spec in found])
        writes = tuple([tensors[place][1].storage for place in plan.writes]) if plan.writes else ()
        # By their places, since this is done for every call, and by their names it takes longer.
        call = OperatorCall(
            plan.operator, origin.module, arguments, told, origin.line, origin.phase, None, writes, plan
        )
        self._recorder.calls.append(call)
        return found[0][0] if plan.nest is None else plan.nest([out for out, _ in found])

    def _given(self, given: Given, tensors: Met) -> tuple[torch.Tensor | None, TensorSpec | None]:
        """A result, and how it is recorded."""
        if isinstance(given, Made):
            return self._kinds.made(given, None if given.base < 0 else tensors[given.base])
        return (None, None) if given is None else tensors[given]

    def learn(self, key: Key | None, call: Call, met: Met, out: object) -> Plan | None:
        """Note what a call gave once it was carried out; None where calls like it may give something else."""
        for tensor in call.written:
            self._kinds.forget(tensor)
        tensors = [tensor for tensor, _ in met]
        if key is None or len(self._plans) >= _MOST or not _follows_from_shapes(call, tensors):
            return None
        # What changed the shape of an argument in place has another key now.
        taken = takes(call, tensors)
        if taken is None or self.key(call.overload, call.args, call.kwargs, []) != key:
            return None
        found, nest = results(out)
        gives: list[Given] = []
        for each in found:
            given = self._like(each, tensors)
            if given is None and each is not None:
                return None
            gives.append(given)
        if not _apart(found, gives):
            return None
        self._plans[key] = plan = Plan(
            overload=call.overload,
            operator=call.schema.operator,
            arguments=self._recorder.arguments(call),
            takes=taken,
            gives=tuple(gives),
            nest=nest,
            writes=tuple(next(at for at, each in enumerate(tensors) if each is one) for one in call.written),
        )
        return plan

    def _like(self, result: object, tensors: Sequence[torch.Tensor]) -> Given:
        """How a result is given again; None where that is not sure."""
        if not isinstance(result, torch.Tensor):
            return None
        places = [at for at, each in enumerate(tensors) if each is result]
        if places:
            return places[0] if len(places) == 1 else None
        if type(result) is not DatalessTensor or result.layout is not torch.strided:
            return None
        base = base_of(result, tensors)
        if base is None or (base >= 0 and tensors[base].dtype != result.dtype):
            return None
        return self._kinds.like(result, base)


def _apart(found: Sequence[object], gives: Sequence[Given]) -> bool:
    """Whether all results that are new have storages of their own."""
    own = [
        each.untyped_storage()._cdata
        for each, given in zip(found, gives, strict=True)
        if isinstance(each, torch.Tensor) and isinstance(given, Made) and given.base < 0
    ]
    return len({*own}) == len(own)


def _follows_from_shapes(call: Call, tensors: Sequence[torch.Tensor]) -> bool:
    """Whether the results of a call follow from the kinds of its tensors and its other arguments."""
    schema = call.schema
    if not schema.operator.startswith("aten::") or schema.reads_values:
        return False
    if schema.operator in _BY_VALUES or schema.operator in _BY_SWITCHES:
        return False
    unknown = [type(tensor) is DatalessTensor for tensor in tensors]
    # A rule looks at no value; what a kernel does with one that is known, nobody says.
    if not any(unknown) or (not all(unknown) and schema.overload not in RULES):
        return False
    return all(type(tensor) is DatalessTensor for tensor in call.written)
