"""Memory in a failure's body: where most of it is in use, what is alive there, and what the numbers assume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.judge.memory import Alive, Peak
from pytest_flopbudget.judge.targets import IN_RAM
from pytest_flopbudget.judge.verdicts import Check, Verdict
from pytest_flopbudget.quantities import format_exact
from pytest_flopbudget.report.text import WIDTH, counted, shortened, wrapped

_MOST_TOLD = 10
_WORDS: Mapping[str, str] = {
    "weight_dtype": "weights",
    "bias_dtype": "biases",
    "activation_dtype": "activations",
    "io_dtype": "inputs and outputs",
    "inplace": "in place",
    "explicit_padding": "explicit padding",
    "arena_overhead": "the runtime's own",
    "weights_in": "weights in",
}
# These stand behind other metrics than those of memory.
_OF_TIME = ("inferences_per_second", "clock_hz", "cycles_per_mac")


def memory_sections(verdict: Verdict, missed: Sequence[Check]) -> list[list[str]]:
    """A paragraph on each peak that is over a limit, then one on each target's assumptions."""
    peaks = [_on_peak(peak, target, _metric(target, missed)) for target, peak in verdict.peaks.items()]
    assumed = [_on_assumptions(verdict, target) for target in _targets(missed)]
    return [*peaks, *assumed]


def _metric(target: str, missed: Sequence[Check]) -> str:
    return next(
        (check.limit.metric for check in missed if check.limit.target == target and check.limit.metric in IN_RAM), ""
    )


def _targets(missed: Sequence[Check]) -> list[str]:
    """The targets whose bytes are told."""
    of_memory = (check.limit.target for check in missed if METRICS[check.limit.metric].is_of_memory)
    return [target for target in dict.fromkeys(of_memory) if target]


def _on_peak(peak: Peak, target: str, metric: str) -> list[str]:
    where = f"step {peak.step} of {peak.steps}, {_made_by(peak.operator, peak.module)}" if peak.step else "its inputs"
    on = f" on {target}" if target else ""
    number = counted(len(peak.alive), "tensor")
    are = "is" if len(peak.alive) == 1 else "are"
    lines = wrapped(f"The peak{on} is at {where}, where {number} {are} alive:", "", "  ")
    lines += _rows(peak.alive[:_MOST_TOLD])
    more = peak.alive[_MOST_TOLD:]
    if more:
        lines.append(
            f"  and {counted(len(more), 'smaller tensor')}, {format_exact(sum(each.bytes for each in more))} B"
        )
    if metric == "arena_bytes" and peak.placed > peak.bytes:
        more_bytes = format_exact(peak.placed - peak.bytes)
        lines += wrapped(
            f"The buffers take {format_exact(peak.placed)} B, {more_bytes} B more than is alive at once: each keeps "
            "its place for all of its life.",
            "  ",
            "  ",
        )
    if peak.state:
        lines += wrapped(
            f"The forward keeps {format_exact(peak.state)} B more in buffers from call to call.", "  ", "  "
        )
    return lines


def _rows(alive: Sequence[Alive]) -> list[str]:
    shapes = ["x".join(map(str, each.shape)) or "scalar" for each in alive]
    sizes = [format_exact(each.bytes) for each in alive]
    shape, dtype = max(map(len, shapes), default=0), max((len(each.dtype) for each in alive), default=0)
    size = max(map(len, sizes), default=0)
    room = WIDTH - len("    B    ") - shape - dtype - size - 2
    return [
        f"  {count:>{size}} B  {of:<{shape}}  {each.dtype:<{dtype}}  {shortened(_origin(each), max(room, 20))}"
        for count, of, each in zip(sizes, shapes, alive, strict=True)
    ]


def _origin(each: Alive) -> str:
    if each.copy:
        return f"copied for {_made_by(each.operator, each.module)}"
    return f"{_made_by(each.operator, each.module)}" if each.operator else "an input of the model"


def _made_by(operator: str, module: str) -> str:
    return f"{operator} in {module}" if module else operator


def _on_assumptions(verdict: Verdict, target: str) -> list[str]:
    """Every assumption of a target's numbers: it is a budget on paper, and no device was asked."""
    texts = assumed_of(verdict, target)
    return wrapped(f"Assumed of {target}: {', '.join(texts)}.", "", "  ") if texts else []


def assumed_of(verdict: Verdict, target: str) -> list[str]:
    """What a target's bytes assume, each in a few words."""
    told = verdict.targets[target].assumptions if target in verdict.targets else {}
    return [_assumption(key, text) for key, text in told.items() if key not in _OF_TIME]


def _assumption(key: str, text: str) -> str:
    if key == "explicit_padding":
        return _WORDS[key]
    return f"{_WORDS.get(key, key)} {text}"
