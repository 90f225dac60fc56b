"""What was counted for one model at one input; everything else is derived from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeVar, get_args

from pytest_flopbudget.counting.boundary import Boundary
from pytest_flopbudget.counting.citing import sentence
from pytest_flopbudget.counting.collecting import nothing_collected
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.operators import Cost, OperatorCall, Phase
from pytest_flopbudget.counting.paths import with_descendants
from pytest_flopbudget.counting.tables import Row, table
from pytest_flopbudget.counting.workspace import results
from pytest_flopbudget.errors import FlopBudgetError

Mode = Literal["inference", "training"]
Backend = Literal["auto", "shapes", "execute", "thop"]
Traced = Literal["shapes", "executed", "worst case", "thop"]
Built = Literal["meta", "real", "given"]

_Key = TypeVar("_Key", bound=str)

THOP_KNOWS = "thop knows macs and params only"


class ModuleNode(NamedTuple):
    """A module of the model's tree.

    Args:
        path: Its dotted path; ``""`` is the root. A module with several paths stands under its first, and under each
            other at which it was called.
        calls: How often it was called.
        params: Elements of the parameters that it holds itself, each parameter once in the whole model: that of a
            module with several paths under the first.
    """

    path: str
    calls: int = 0
    params: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """What a backend saw: the operator calls in their order, and the tree of modules.

    Args:
        calls: Every operator call.
        modules: The model's modules in the order of its tree, the root first.
        backend: The backend that was asked for.
        traced: How the calls came to be known.
        built: How the model was built; ``"given"`` for a live one.
        mode: Inference, the forward alone, or training, a forward and its backward pass.
        data_dependent: Whether the forward took its way by values of activations: at other inputs it may cost
            something else.
        notes: What else is to be told of the way it was traced, each one line.
        boundary: What goes into the forward, what comes out, and what the model holds; None where there is no model.
    """

    calls: tuple[OperatorCall, ...]
    modules: tuple[ModuleNode, ...]
    backend: Backend
    traced: Traced
    built: Built
    mode: Mode = "inference"
    data_dependent: bool = False
    notes: tuple[str, ...] = ()
    boundary: Boundary | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """What was counted for one model at one input.

    Args:
        calls: Every operator call with its cost; None where it is uncounted.
        modules: The model's modules in the order of its tree, the root first.
        backend: The backend that was asked for.
        traced: How the calls came to be known.
        built: How the model was built; ``"given"`` for a live one.
        mode: Inference, the forward alone, or training, a forward and its backward pass.
        data_dependent: Whether the forward took its way by values of activations: at other inputs it may cost
            something else.
        notes: What else is to be told of the way it was traced, each one line.
        counter: The package that counted, ``"thop 0.1.1.post2209072238"``, whose conventions the counts follow; ``""``
            is this one. thop's calls are its own: one a module, under the name of the module's class.
        boundary: What goes into the forward, what comes out, and what the model holds; None where there is no model.
        artifact_bytes: The size of the file that was built from the model; None where none is declared.
        repeat: How many steps of training a whole run has; None where that is not declared.
    """

    calls: tuple[tuple[OperatorCall, Cost | None], ...]
    modules: tuple[ModuleNode, ...]
    backend: Backend = "auto"
    traced: Traced = "shapes"
    built: Built = "given"
    mode: Mode = "inference"
    data_dependent: bool = False
    notes: tuple[str, ...] = ()
    counter: str = ""
    boundary: Boundary | None = None
    artifact_bytes: int | None = None
    repeat: int | None = None
    _total: Cost = field(init=False, compare=False)

    def __post_init__(self) -> None:
        costs = [cost for _, cost in self.calls if cost is not None]
        # Added up as integers, many times faster than as costs.
        total = Cost(sum([cost.macs for cost in costs]), sum([cost.other_flops for cost in costs]))
        object.__setattr__(self, "_total", total)

    @classmethod
    @nothing_collected()
    def of(cls, trace: Trace, table: FormulaTable) -> Measurement:
        """Apply the formulas to a trace.

        Raises:
            FormulaError: A formula failed on a call.
        """
        return cls(
            calls=tuple(_costed(trace.calls, table)),
            modules=trace.modules,
            backend=trace.backend,
            traced=trace.traced,
            built=trace.built,
            mode=trace.mode,
            data_dependent=trace.data_dependent,
            notes=trace.notes,
            boundary=trace.boundary,
        )

    def __repr__(self) -> str:
        uncounted = f", {sum(self.uncounted.values()):,} uncounted calls" if self.uncounted else ""
        return f"<Measurement {self.macs:,} MACs, {self.params:,} params, {self.traced}{uncounted}>"

    @property
    def macs(self) -> int:
        """Multiply–accumulates, in MACs."""
        return self._total.macs

    @property
    def flops(self) -> int:
        """Twice the multiply–accumulates, in FLOPs (2 × MACs).

        Raises:
            FlopBudgetError: thop counted, whose numbers are not all multiply–accumulates.
        """
        self._refuse_of_thop("flops")
        return 2 * self._total.macs

    @property
    def total_flops(self) -> int:
        """Twice the multiply–accumulates and every other operation, in FLOPs, by the published table of operators.

        Raises:
            FlopBudgetError: thop counted, which does not tell the other operations.
        """
        self._refuse_of_thop("total_flops")
        return self._total.flops

    @property
    def params(self) -> int:
        """Elements of distinct parameters."""
        return sum(module.params for module in self.modules)

    @property
    def activations(self) -> int:
        """Elements that the forward's calls with multiply–accumulates put out (the definition of fvcore and timm).

        Gradients are none, and what a backward pass computes again is counted once.

        Raises:
            FlopBudgetError: thop counted, which does not tell them.
        """
        self._refuse_of_thop("activations")
        return activations_of(self.calls)

    @property
    def uncounted(self) -> Mapping[tuple[str, str], int]:
        """The number of uncounted calls by (operator, module)."""
        return Counter((call.operator, call.module) for call, cost in self.calls if cost is None)

    def by_phase(self) -> dict[Phase, Cost]:
        """What the forward cost, its backward passes, and what these computed again of it; each that there was.

        A model that differentiates in its forward has a backward pass in inference too.
        """
        costs = _added_up((call.phase, cost) for call, cost in self.calls)
        return {phase: costs[phase] for phase in get_args(Phase) if phase in costs}

    def by_operator(self) -> dict[str, Cost]:
        """What the calls of each operator cost, in the order of their first call."""
        return _added_up((call.operator, cost) for call, cost in self.calls)

    def by_line(self) -> dict[str, Cost]:
        """What each line of the user's own code cost, in the order of the lines' first calls.

        Raises:
            FlopBudgetError: The measurement was made without lines, or by thop, which tells none.
        """
        self._refuse_of_thop("lines")
        costs: list[tuple[str, Cost | None]] = []
        for call, cost in self.calls:
            if call.line is None:
                raise FlopBudgetError("measured without lines: ask for them, as in count(model, input, lines=True)")
            costs.append((call.line, cost))
        return _added_up(costs)

    def by_module(self) -> dict[str, Cost]:
        """What each module and all below it cost, in the order of the tree; the root ``""`` has all."""
        own_macs = dict.fromkeys(("", *(module.path for module in self.modules)), 0)
        own_others = dict(own_macs)
        for call, cost in self.calls:
            path = call.module
            own_macs[path] = own_macs.get(path, 0) + (cost.macs if cost else 0)
            own_others[path] = own_others.get(path, 0) + (cost.other_flops if cost else 0)
        others = with_descendants(own_others)
        return {path: Cost(macs, others[path]) for path, macs in with_descendants(own_macs).items()}

    def params_by_module(self) -> dict[str, int]:
        """Elements of the parameters of each module and all below it, each parameter once."""
        return with_descendants({module.path: module.params for module in self.modules})

    @property
    def without_memory(self) -> str:
        """Why the bytes of memory are not known; empty where they are."""
        if self.backend == "thop":
            return THOP_KNOWS
        if self.mode == "training":
            return "the memory of a step of training is not told: count the forward"
        if any(call.phase != "forward" for call, _ in self.calls):
            return "the memory of a forward that differentiates is not told"
        return "" if self.boundary is not None else "memory is told of a model's forward, not of a region"

    def _refuse_of_thop(self, what: str) -> None:
        if self.backend == "thop":
            raise FlopBudgetError(f"{what}: {THOP_KNOWS}")

    def cite(self) -> str:
        """One sentence for a paper: what was counted, at which input, and by what convention."""
        return sentence(
            macs=self.macs,
            params=self.params,
            inputs=self.boundary.inputs if self.boundary is not None else (),
            mode=self.mode,
            how=self.traced,
            counter=self.counter,
            approximate=self.data_dependent,
            uncounted=sum(self.uncounted.values()),
        )

    def table(self, depth: int | None = None) -> str:
        """Calls, MACs and parameters of every module, a line each, as text.

        Args:
            depth: How many levels of modules below the model itself are told; None tells all.
        """
        calls = {module.path: module.calls for module in self.modules}
        params = self.params_by_module()
        rows = [
            Row(path, calls.get(path, 0), cost.macs, params.get(path, 0)) for path, cost in self.by_module().items()
        ]
        return table(rows, depth, approximate=self.data_dependent)


def _costed(calls: Iterable[OperatorCall], table: FormulaTable) -> Iterator[tuple[OperatorCall, Cost | None]]:
    """Calls with what they cost; a formula is asked once for those that are alike."""
    costs: dict[object, Cost | None] = {}
    for call in calls:
        if call.like is None:
            yield call, table.cost(call)
        else:
            if call.like not in costs:
                costs[call.like] = table.cost(call)
            yield call, costs[call.like]


def _added_up(costs: Iterable[tuple[_Key, Cost | None]]) -> dict[_Key, Cost]:
    """The sum of the costs that have one key, in the order of the keys' first costs."""
    # As integers, many times faster than as costs.
    sums: dict[_Key, tuple[int, int]] = {}
    for key, cost in costs:
        macs, others = sums.get(key, (0, 0))
        sums[key] = (macs, others) if cost is None else (macs + cost.macs, others + cost.other_flops)
    return {key: Cost(*both) for key, both in sums.items()}


def activations_of(calls: Iterable[tuple[OperatorCall, Cost | None]]) -> int:
    """The activations of some calls of a measurement, in elements."""
    forward = (call for call, cost in calls if cost and cost.macs and call.phase == "forward")
    return sum(spec.numel for call in forward for spec in results(call))
