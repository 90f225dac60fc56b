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
    peaks = [_on_peak(peak, _of(name, verdict), _metric(name, verdict, missed)) for name, peak in verdict.peaks.items()]
    assumed = [_on_assumptions(verdict, target) for target in _targets(missed)]
    return [*peaks, *assumed]


def _of(name: str, verdict: Verdict) -> str:
    """Whose peak it is: a target's, a bundle's case's, or the model's as it is."""
    if verdict.kind == "bundle":
        return f" of {name}"
    return f" on {name}" if name else ""


def _metric(name: str, verdict: Verdict, missed: Sequence[Check]) -> str:
    in_ram = [check for check in missed if check.limit.metric in IN_RAM]
    return next((check.limit.metric for check in in_ram if verdict.kind == "bundle" or check.on == name), "")


def _targets(missed: Sequence[Check]) -> list[str]:
    """The targets whose bytes are told."""
    of_model = (check for check in missed if not check.artifact)
    of_memory = (check.limit.target for check in of_model if METRICS[check.limit.metric].is_of_memory)
    return [target for target in dict.fromkeys(of_memory) if target]


def _on_peak(peak: Peak, whose: str, metric: str) -> list[str]:
    where = f"step {peak.step} of {peak.steps}, {_made_by(peak.operator, peak.module)}" if peak.step else "its inputs"
    number = counted(len(peak.alive), "tensor")
    are = "is" if len(peak.alive) == 1 else "are"
    lines = wrapped(f"The peak{whose} is at {where}, where {number} {are} alive:", "", "  ")
    lines += _rows(peak.alive[:_MOST_TOLD])
    more = peak.alive[_MOST_TOLD:]
    if more:
        lines.append(
            f"  and {counted(len(more), 'smaller tensor')}, {format_exact(sum(each.bytes for each in more))} B"
        )
    if metric == "arena_bytes":
        return [*lines, *_on_places(peak), *_on_parts(peak)]
    if peak.state:
        lines.append(f"The forward keeps {format_exact(peak.state)} B beside that from call to call.")
    return lines


def _on_places(peak: Peak) -> list[str]:
    """Why the buffers take more than is alive at once."""
    if peak.placed <= peak.bytes:
        return []
    lines = wrapped(
        f"The buffers take {format_exact(peak.placed)} B, {format_exact(peak.placed - peak.bytes)} B more than is "
        "alive at once: each keeps its place for all of its life. Each of these stands on the next, since both are "
        "alive at some step:",
        "",
        "  ",
    )
    told = peak.stack[:_MOST_TOLD]
    places = [format_exact(each.offset or 0) for each in told]
    digits = max(map(len, places), default=0)
    rows = _rows(told, len("  at ") + digits)
    lines += [f"  at {place:>{digits}}{row}" for place, row in zip(places, rows, strict=True)]
    more = peak.stack[_MOST_TOLD:]
    return [*lines, f"  and {len(more):,} more below"] if more else lines


def _on_parts(peak: Peak) -> list[str]:
    """What an arena is made up of, where that is more than the buffers."""
    if not peak.beside:
        return []
    parts = [("activations", peak.placed), *((each.what, each.bytes) for each in peak.beside)]
    told = parts[:_MOST_TOLD]
    if rest := parts[_MOST_TOLD:]:
        told.append((f"{len(rest)} more", sum(size for _, size in rest)))
    digits = max(len(format_exact(size)) for _, size in told)
    return ["The arena is made up of:", *(f"  {format_exact(size):>{digits}} B  {what}" for what, size in told)]


def _rows(alive: Sequence[Alive], taken: int = 0) -> list[str]:
    shapes = ["x".join(map(str, each.shape)) or "scalar" for each in alive]
    sizes = [format_exact(each.bytes) for each in alive]
    shape, dtype = max(map(len, shapes), default=0), max((len(each.dtype) for each in alive), default=0)
    size = max(map(len, sizes), default=0)
    room = WIDTH - taken - len("    B    ") - shape - dtype - size - 2
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
