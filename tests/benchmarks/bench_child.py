"""What a fresh process of the benchmarks does: one job, given as JSON, whose result it prints as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

Numbers = dict[str, float]


def fresh(model: str, counter: str) -> Numbers:
    """The first count in this process: its seconds, and by how many bytes its peak is above what there was before."""
    import torch

    after_torch = _resident("VmRSS")
    from bench_counters import run_of
    from bench_models import MODELS

    run = run_of(counter, MODELS[model])
    before = _resident("VmRSS")
    _forget_the_peak()
    start = perf_counter()
    run()
    seconds = perf_counter() - start
    peak = _resident("VmHWM")
    return {
        "seconds": seconds,
        "added": peak - before,
        "over_torch": peak - after_torch,
        "threads": torch.get_num_threads(),
    }


def timing(model: str, counters: Sequence[str], seconds: float) -> Numbers:
    """The median of each counter on one model, in seconds."""
    from bench_counters import run_of
    from bench_models import MODELS
    from bench_timing import interleaved

    return interleaved({name: run_of(name, MODELS[model]) for name in counters}, seconds)


def ours(models: Sequence[str], seconds: float) -> Numbers:
    """Our own median on each model, in seconds, side by side."""
    from bench_counters import OURS, run_of
    from bench_models import MODELS
    from bench_timing import interleaved

    return interleaved({name: run_of(OURS, MODELS[name]) for name in models}, seconds)


def planning(model: str, seconds: float) -> Numbers:
    """The medians of counting a model, and of planning its memory as it is and for a microcontroller."""
    from bench_models import ALONE, MODELS
    from bench_timing import interleaved
    from pytest_flopbudget import count, value
    from pytest_flopbudget.counting.deployment import Deployment

    found = {**MODELS, **ALONE}[model]
    net, _ = found.made("cpu" if found.fits else "meta")
    measurement = count(net, found.text)
    micro = Deployment(
        weight_dtype="int8", activation_dtype="int8", bias_dtype="int32", fusion="conv-bn-act", planner="tflm-greedy"
    )
    return interleaved(
        {
            "tracing": lambda: count(net, found.text),
            "liveness": lambda: value(replace(measurement), "peak_activation_bytes"),
            "arena": lambda: value(replace(measurement), "arena_bytes", micro),
        },
        seconds,
    )


JOBS: Mapping[str, Callable[..., Numbers]] = {"fresh": fresh, "timing": timing, "ours": ours, "planning": planning}


def _resident(field: str) -> int:
    """Bytes of memory that Linux tells of this process: ``VmRSS`` now, ``VmHWM`` the most."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def _forget_the_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    result = JOBS[job.pop("job")](**job)
    # Some counters print.
    sys.stdout.write(f"\n{json.dumps(result)}\n")
