"""A bundle in a failure's body: the part of each case, and how much it alone would have to lose."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.verdicts import Check, Share, Verdict
from pytest_flopbudget.quantities import format_exact, noun
from pytest_flopbudget.report.text import listed, wrapped


def share_sections(verdict: Verdict, missed: Sequence[Check]) -> list[list[str]]:
    """A paragraph on each metric of a bundle that is over its limit: the shares, and what to do about them."""
    return [_on_shares(check, verdict.shares[check.limit.metric]) for check in missed if verdict.shares]


def _on_shares(check: Check, shares: Sequence[Share]) -> list[str]:
    unit = METRICS[check.limit.metric].unit
    names = max(len(share.case) for share in shares)
    counts = [format_exact(share.value) for share in shares]
    width = max(map(len, counts))
    total, can = check.measured, any(share.to_lose for share in shares)
    lines = [f"The shares of {check.limit.name}:"]
    for share, count in zip(shares, counts, strict=True):
        percent = (2000 * share.value + total) // (2 * total) if total else 0
        lines.append(
            f"  {share.case:<{names}}  {count:>{width}} {noun(unit, share.value)}  "
            f"{f'{percent // 10}.{percent % 10}%':>6}{_to_lose(share, unit) if can else ''}"
        )
    if not any(share.to_lose for share in shares) and not check.kept:
        lines += wrapped(
            f"None can make room by itself: {listed(each.case for each in shares)} must together.", "  ", "  "
        )
    return lines


def _to_lose(share: Share, unit: str) -> str:
    if share.to_lose is None:
        return "  not enough by itself"
    return f"  by itself would have to lose {format_exact(share.to_lose)} {noun(unit, share.to_lose)}"
