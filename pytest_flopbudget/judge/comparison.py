"""Our count of a case beside thop's, and what explains the difference, module by module."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.judge.beside import beside
from pytest_flopbudget.judge.explanations import Explanation, on_macs, on_params


@dataclass(frozen=True, slots=True)
class Sides:
    """One metric as both count it, in MACs or parameters.

    Args:
        ours: Our count.
        thops: thop's count.
        explanations: What explains the difference: the sum of theirs is ``difference``, exactly.
    """

    ours: int
    thops: int
    explanations: tuple[Explanation, ...] = ()

    @property
    def difference(self) -> int:
        """By how much thop's count is more than ours."""
        return self.thops - self.ours


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our count of a case beside thop's.

    Args:
        counter: The package that counted beside ours: ``"thop 0.1.1.post2209072238"``.
        macs: Multiply–accumulates, and what thop calls so.
        params: Parameters.
        approximate: Whether the counts would be others for other data.
    """

    counter: str
    macs: Sides
    params: Sides
    approximate: bool

    @classmethod
    def of(cls, ours: Measurement, thops: Measurement) -> Comparison:
        """Explain where two counts of one model at one input differ.

        Args:
            ours: By any backend but ``"thop"``.
            thops: By the backend ``"thop"``.

        Raises:
            FlopBudgetError: They are not one of each.
        """
        if ours.backend == "thop" or thops.backend != "thop":
            raise FlopBudgetError("a comparison is of our count and of one by the backend 'thop', in this order")
        modules = beside(ours, thops)
        return cls(
            counter=thops.counter,
            macs=Sides(ours.macs, thops.macs, tuple(each for module in modules for each in on_macs(module))),
            params=Sides(ours.params, thops.params, tuple(each for module in modules for each in on_params(module))),
            approximate=ours.data_dependent or thops.data_dependent,
        )


def compared(one: Measurement, other: Measurement) -> Comparison:
    """The comparison of two counts, of which either is thop's."""
    return Comparison.of(other, one) if one.backend == "thop" else Comparison.of(one, other)
