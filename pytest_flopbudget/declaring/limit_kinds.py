"""The kinds of value that are limits: of a case, and of the modules in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_flopbudget.counting.metrics import COUNTS, METRICS
from pytest_flopbudget.counting.patterns import why_no_pattern
from pytest_flopbudget.declaring import schemas
from pytest_flopbudget.declaring.kinds import Text
from pytest_flopbudget.declaring.lock_kinds import OF_A_MODULE, MaxGrowth
from pytest_flopbudget.declaring.schemas import Schema
from pytest_flopbudget.declaring.spots import Spot
from pytest_flopbudget.errors import QuantityError, did_you_mean, shown
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.locks import ALWAYS_LOCKED, NEVER_LOCKED
from pytest_flopbudget.quantities import Share, parse_quantity, parse_rate, parse_share

_IN_A_TABLE = "modules = { 'blocks.*.attn' = { macs = '20%' } }"
_IN_A_CALL = 'modules={"blocks.*.attn": {"macs": "20%"}}'


@dataclass(frozen=True, slots=True)
class WrittenLimit:
    """A limit as it was written, and the spot where further mistakes in it are noted."""

    limit: Limit
    spot: Spot

    @property
    def key(self) -> tuple[str, str, bool]:
        """What it limits: limits with the same key replace each other."""
        return self.limit.slot

    def because(self, reason: str) -> WrittenLimit:
        """The limit with a reason."""
        return replace(self, limit=replace(self.limit, reason=reason))


@dataclass(frozen=True, slots=True)
class LimitText:
    """A limit on a metric.

    Args:
        metric: The metric's name.
        unit: Its unit.
        subject: A module pattern; ``""`` is the case itself.
    """

    metric: str
    unit: str
    subject: str = ""

    def read(self, written: object, spot: Spot) -> WrittenLimit | None:
        """The value, or None and a mistake noted at the spot."""
        try:
            return WrittenLimit(self._read(written, spot), spot)
        except QuantityError as error:
            spot.wrong(str(error))
            return None

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        counted = schemas.quantity(self.unit)
        patterns = [rf"=?\s*{counted}(\s+per\s+{schemas.PRODUCT})?", rf"{schemas.PERCENTAGE}\s*of\s+\S.*"]
        if self.subject:
            patterns.append(schemas.PERCENTAGE)
        if self._why_unlocked() is None:
            patterns.append("lock")
        return schemas.number_or(*patterns)

    def _read(self, written: object, spot: Spot) -> Limit:
        source = written if isinstance(written, str) else str(written)
        limit = Limit(
            metric=self.metric, subject=self.subject, value=0, place=spot.place, source=source, path=spot.path
        )
        if isinstance(written, str) and written.strip() == "lock":
            if why := self._why_unlocked():
                raise QuantityError(why)
            return replace(limit, relation="lock")
        if share := parse_share(written):
            self._check(share, written)
            return replace(limit, share=share.share, of=share.of)
        if rate := parse_rate(written, self.unit):
            return replace(limit, rate=rate, relation=rate.relation)
        quantity = parse_quantity(written, self.unit)
        return replace(limit, value=quantity.value, step=quantity.step, relation=quantity.relation)

    def _why_unlocked(self) -> str | None:
        if self.subject and self.metric not in ALWAYS_LOCKED:
            return NEVER_LOCKED.get(self.metric, f"of modules the lock has {', '.join(ALWAYS_LOCKED)}")
        return NEVER_LOCKED.get(self.metric)

    def _check(self, share: Share, written: object) -> None:
        if not share.of and not self.subject:
            raise QuantityError(f"{shown(written)} needs a declared model to be a share of, as in '25% of teacher'")
        if not share.of and share.share > 1:
            raise QuantityError(f"{shown(written)} is more than the whole model: write '100%' at most")


@dataclass(frozen=True, slots=True)
class ModuleLimits:
    """A table of limits for each module pattern."""

    def read(self, written: object, spot: Spot) -> tuple[WrittenLimit, ...] | None:
        """The limits that could be read, each with its pattern's reason; None where it is no such table."""
        if not isinstance(written, Mapping) or not written:
            what = "the table is empty" if isinstance(written, Mapping) else f"{shown(written)} is no table of modules"
            spot.wrong(f"{what}: write {_example(spot)}")
            return None
        return tuple(limit for pattern, limits in written.items() for limit in _of_pattern(pattern, limits, spot))

    def schema(self) -> Schema:
        """What it takes, as JSON Schema."""
        limits = {metric: LimitText(metric, METRICS[metric].unit, "*").schema() for metric in COUNTS}
        others = {"max_growth": MaxGrowth(OF_A_MODULE).schema(), "reason": Text().schema()}
        # A reason alone limits nothing.
        fewest = {"if": {"required": ["reason"]}, "then": {"minProperties": 2}, "else": {"minProperties": 1}}
        of_pattern = {**schemas.table_with({**limits, **others}), **fewest}
        return schemas.table_of(of_pattern, names=schemas.MODULES, fewest=1)


def _example(spot: Spot) -> str:
    return _IN_A_CALL if spot.notebook.in_python else _IN_A_TABLE


def _of_pattern(pattern: object, written: object, modules: Spot) -> list[WrittenLimit]:
    spot = modules / str(pattern)
    why = why_no_pattern(pattern)
    if why or not isinstance(pattern, str):
        spot.wrong(f"{shown(pattern)} is no module pattern: {why}")
        return []
    if not isinstance(written, Mapping):
        spot.wrong(f"{shown(written)} is no table of limits: write one, as in {_example(spot)}")
        return []
    _note_unknown(written, spot)
    if written.keys() <= {"reason"}:
        spot.wrong(f"no limit: write one, as in {_example(spot)}")
    reason = Text().read(written["reason"], spot / "reason") if "reason" in written else None
    read = [_read(name, written[name], pattern, spot / name) for name in COUNTS if name in written]
    return [
        replace(limit, limit=replace(limit.limit, reason=reason))
        for limit in (*read, *_growth(written, pattern, spot))
        if limit
    ]


def _growth(written: Mapping[object, object], pattern: str, spot: Spot) -> Iterator[WrittenLimit]:
    """By how much modules may exceed the lock: a limit for each metric that the lock has of them."""
    spot = spot / "max_growth"
    read = MaxGrowth(OF_A_MODULE).read(written["max_growth"], spot) if "max_growth" in written else {}
    for metric in OF_A_MODULE:
        growth = (read or {}).get(metric) or (read or {}).get("")
        if growth is not None:
            limit = Limit(
                metric=metric,
                subject=pattern,
                value=0,
                relation="lock",
                place=spot.place,
                source=growth.source,
                growth=growth,
            )
            yield WrittenLimit(limit, spot)


def _read(metric: str, written: object, pattern: str, spot: Spot) -> WrittenLimit | None:
    if isinstance(written, Mapping):
        point = f"at = [{{ R = 96, modules = {{ '{pattern}' = {{ {metric} = '2 M' }} }} }}]"
        way = "write one limit" if spot.notebook.in_python else f"set modules in the point, as in {point}"
        spot.wrong(f"limits by point do not go into modules: {way}")
        return None
    return LimitText(metric, METRICS[metric].unit, pattern).read(written, spot)


def _note_unknown(written: Mapping[object, object], spot: Spot) -> None:
    known = (*COUNTS, "max_growth", "reason")
    for name in written:
        if name not in known:
            hint = did_you_mean(str(name), known) or f"; a module may have {', '.join(known)}"
            (spot / str(name)).wrong(f"unknown key{hint}")
