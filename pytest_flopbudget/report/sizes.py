"""Where bytes go, in a failure's body: the modules, or the tensors, that have most of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.quantities import format_exact
from pytest_flopbudget.report.text import WIDTH, listed, shortened, wrapped

_MOST_TOLD = 5
_WORDS: Mapping[str, str] = {
    "weight_bytes": "Where the weights are",
    "traffic_bytes": "Where the traffic is",
    "largest_tensor_bytes": "The largest tensors",
}


def size_sections(verdict: Verdict, missed: Sequence[Check]) -> list[list[str]]:
    """A table for each limit whose bytes are told in parts; targets on which these are alike have one together."""
    alike: dict[tuple[str, tuple[tuple[str, int], ...]], list[str]] = {}
    for limit in dict.fromkeys(check.limit for check in missed):
        if parts := verdict.sizes.get(limit.name):
            alike.setdefault((limit.metric, tuple(parts.items())), []).append(limit.target)
    return [_table(metric, parts, targets) for (metric, parts), targets in alike.items()]


def _table(metric: str, parts: Sequence[tuple[str, int]], targets: Sequence[str]) -> list[str]:
    held = [part for part in parts if part[1]]
    told = held[:_MOST_TOLD]
    counts = [format_exact(size) for _, size in told]
    digits = max(map(len, counts), default=0)
    on = f" on {listed(names)}" if (names := [name for name in targets if name]) else ""
    if metric == "largest_tensor_bytes":
        rows = [f"  {count:>{digits}} B  {name}" for count, (name, _) in zip(counts, told, strict=True)]
        return [f"{_WORDS[metric]}{on}:", *(shortened(row, WIDTH) for row in rows)]
    which = f", the {len(told)} largest of {len(held)} modules" if len(held) > len(told) else ", by module"
    whole = sum(size for _, size in held)
    paths = [shortened(path or "the model itself", WIDTH - digits - 14) for path, _ in told]
    column = max(map(len, paths), default=0)
    return [
        *wrapped(f"{_WORDS[metric]}{on}{which}:", "", "  "),
        *(
            f"  {path:<{column}}  {count:>{digits}} B  {_share(size, whole):>6}"
            for path, count, (_, size) in zip(paths, counts, told, strict=True)
        ),
    ]


def _share(value: int, whole: int) -> str:
    thousandths = (2000 * value + whole) // (2 * whole)
    return f"{thousandths // 10}.{thousandths % 10}%"
