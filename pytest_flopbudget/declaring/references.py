"""Limits that are shares of another declared model: which case of it is meant, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_flopbudget.declaring.cases import AskedCase, Case
from pytest_flopbudget.declaring.finding import nearest_or_all, without_swept
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.judge.limits import Limit

_Node = tuple[str, str]


class UnknownReferenceError(FlopBudgetError):
    """A limit refers to a model that is not declared, or not at this point."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A limit of a case that refers to another model, and the spot of it."""

    case: Case
    limit: Limit
    spot: Spot

    @property
    def model(self) -> str:
        """The name of the model that the limit refers to."""
        return self.limit.of.partition("::")[0]


def referred(of: str, case: Case | AskedCase, cases: Sequence[Case]) -> Case:
    """The declared case that a limit of a case refers to: the model at the same point, or its only point.

    The same point is one that has the same sizes, or else the same name.

    Args:
        of: The name of a declared model, or the id of one of its cases.
        case: The case whose limit refers to it.
        cases: All cases of the table.

    Raises:
        UnknownReferenceError: There is no such model, or it has several points and none, or not one alone, is the same.
    """
    model, colons, _ = of.partition("::")
    of_model = [each for each in cases if each.model == model]
    own = [each for each in of_model if each.id == of] if colons else of_model
    if not own:
        known = [each.id for each in of_model]
        names = list(dict.fromkeys(each.model for each in cases))
        raise UnknownReferenceError(f"no model {of!r} is declared{nearest_or_all(of, known or names)}")
    same_sizes = [each for each in own if dict(each.point) == dict(case.point)]
    same_name = [each for each in own if each.point_name == case.point_name]
    both = [each for each in same_sizes if each in same_name]
    for found in (own, both, same_sizes, same_name, without_swept(own)):
        if len(found) == 1:
            return found[0]
    points = ", ".join(repr(each.point_name) for each in own)
    at = f"the point {case.point_name!r}" if case.point_name else "a point of its own"
    raise UnknownReferenceError(
        f"{of!r} has the points {points}, and this is {at}: write which, as in '{of}::{own[0].point_name}'"
    )


def note_references(references: Iterable[Reference], cases: Sequence[Case]) -> None:
    """Note each reference to an unknown model or point, and each that is part of a circle."""
    by_model: dict[str, list[Case]] = {}
    for case in cases:
        by_model.setdefault(case.model, []).append(case)
    edges: dict[_Node, list[tuple[_Node, Reference]]] = {}
    told: set[tuple[object, ...]] = set()
    for reference in references:
        try:
            target = referred(reference.limit.of, reference.case, by_model.get(reference.model, cases))
        except UnknownReferenceError as error:
            # One line may stand for many points, and be wrong at each of them.
            once = (reference.spot.path, reference.limit.of)
            if once not in told:
                reference.spot.wrong(f"{reference.limit.source!r}: {error}")
            told.add(once)
            continue
        metric = reference.limit.metric
        edges.setdefault((reference.case.id, metric), []).append(((target.id, metric), reference))
    for node, leaving in edges.items():
        for end, reference in leaving:
            way = _way(end, node, edges)
            if way is not None:
                _note_circle(reference, [node[0], *(each[0] for each in way)])


def _way(start: _Node, end: _Node, edges: Mapping[_Node, Sequence[tuple[_Node, Reference]]]) -> list[_Node] | None:
    """The nodes from one to another, both included; None where no way leads there."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == end:
            return way
        for target, _ in edges.get(way[-1], ()):
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return None


def _note_circle(reference: Reference, way: Sequence[str]) -> None:
    limit = reference.limit
    models = [each.partition("::")[0] for each in way]
    told = models if len(set(models)) == len(set(way)) else way
    if len(set(way)) == 1:
        hint = f"; in a module, a share of the model itself is written '{limit.source.partition('%')[0]}%'"
        reference.spot.wrong(f"{limit.source!r} is a share of the model itself{hint if limit.subject else ''}")
    else:
        reference.spot.wrong(f"{limit.source!r} goes in a circle: {', '.join(told)}")
