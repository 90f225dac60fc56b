"""What a case comes to on its targets, and the shares of a bundle, as basic types and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from pytest_flopbudget.judge.memory import Alive, Beside, Peak
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import Share, Verdict


class AccountRecord(TypedDict):
    """The metrics of a case by a target's deployment, and every assumption behind them by its key."""

    metrics: dict[str, int]
    assumptions: dict[str, str]


class AliveRecord(TypedDict):
    """An activation that is alive at the peak."""

    operator: str
    module: str
    copy: bool
    shape: list[int]
    dtype: str
    bytes: int
    offset: int | None


class BesideRecord(TypedDict):
    """What an arena has beside buffers of activations."""

    what: str
    bytes: int


class PeakRecord(TypedDict):
    """The step at which most bytes are alive."""

    step: int
    steps: int
    operator: str
    module: str
    alive: list[AliveRecord]
    bytes: int
    placed: int
    state: int
    stack: list[AliveRecord]
    beside: list[BesideRecord]


class ShareRecord(TypedDict):
    """A case's part of what a bundle has; ``to_lose`` is None where no loss of this case alone is of use."""

    case: str
    value: int
    to_lose: int | None


def of_accounts(verdict: Verdict) -> dict[str, AccountRecord]:
    """What a case comes to on each target."""
    return {
        name: {"metrics": dict(each.metrics), "assumptions": dict(each.assumptions)}
        for name, each in verdict.targets.items()
    }


def to_accounts(record: Mapping[str, AccountRecord]) -> dict[str, Account]:
    """What :func:`of_accounts` was given."""
    return {name: Account(each["metrics"], each["assumptions"]) for name, each in record.items()}


def of_peaks(verdict: Verdict) -> dict[str, PeakRecord]:
    """Where most memory is in use, by target."""
    return {name: _of_peak(peak) for name, peak in verdict.peaks.items()}


def to_peaks(record: Mapping[str, PeakRecord]) -> dict[str, Peak]:
    """What :func:`of_peaks` was given."""
    return {name: _to_peak(each) for name, each in record.items()}


def of_shares(verdict: Verdict) -> dict[str, list[ShareRecord]]:
    """The parts of a bundle's cases, by metric."""
    return {
        metric: [{"case": each.case, "value": each.value, "to_lose": each.to_lose} for each in shares]
        for metric, shares in verdict.shares.items()
    }


def to_shares(record: Mapping[str, list[ShareRecord]]) -> dict[str, tuple[Share, ...]]:
    """What :func:`of_shares` was given."""
    return {metric: tuple(Share(**each) for each in shares) for metric, shares in record.items()}


def _of_peak(peak: Peak) -> PeakRecord:
    return {
        "step": peak.step,
        "steps": peak.steps,
        "operator": peak.operator,
        "module": peak.module,
        "alive": [_of_alive(each) for each in peak.alive],
        "bytes": peak.bytes,
        "placed": peak.placed,
        "state": peak.state,
        "stack": [_of_alive(each) for each in peak.stack],
        "beside": [{"what": each.what, "bytes": each.bytes} for each in peak.beside],
    }


def _of_alive(each: Alive) -> AliveRecord:
    return {
        "operator": each.operator,
        "module": each.module,
        "copy": each.copy,
        "shape": list(each.shape),
        "dtype": each.dtype,
        "bytes": each.bytes,
        "offset": each.offset,
    }


def _to_peak(record: PeakRecord) -> Peak:
    return Peak(
        step=record["step"],
        steps=record["steps"],
        operator=record["operator"],
        module=record["module"],
        alive=tuple(map(_to_alive, record["alive"])),
        bytes=record["bytes"],
        placed=record["placed"],
        state=record["state"],
        stack=tuple(map(_to_alive, record["stack"])),
        beside=tuple(Beside(**each) for each in record["beside"]),
    )


def _to_alive(record: AliveRecord) -> Alive:
    return Alive(
        operator=record["operator"],
        module=record["module"],
        copy=record["copy"],
        shape=tuple(record["shape"]),
        dtype=record["dtype"],
        bytes=record["bytes"],
        offset=record["offset"],
    )
