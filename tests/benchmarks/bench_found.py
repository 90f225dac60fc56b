"""Everything that a run of the benchmarks measured, and the aims that it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bench_process import Outcome
from bench_results import Aim, Row, ratio
from bench_suites import Spent

_TIMES, _SECONDS, _MEGABYTES, _MILLISECONDS = "{:.1f}×", "{:.2f} s", "{:.0f} MB", "{:.2f} ms"


@dataclass(slots=True)
class Suites:
    """What the plugin costs runs of pytest, in seconds.

    Args:
        empty: A suite without budgets, without and with the plugin, of a processor's time.
        torch_free: Whether that leaves torch out.
        plain: As many tests that do nothing as there are cases, without the plugin; torch is imported.
        plain_together: The same by two of xdist's workers.
        alone: A thousand declared cases.
        together: The same by two workers.
        few: A tenth of ``many``.
        many: Ten thousand cases judged and told, which share one measurement.
    """

    empty: tuple[float, float]
    torch_free: bool
    plain: Spent
    plain_together: Spent
    alone: Spent
    together: Spent
    few: Spent
    many: Spent


@dataclass(slots=True)
class Found:
    """What a run measured.

    Args:
        ours: Our own name.
        rows: The rows of each model by counter.
        fresh: Each counter's first count of each model, in a process of its own.
        sizes: Our own medians by model, side by side.
        planning: Tracing and planning by model.
        suites: What the plugin costs runs of pytest; None where that was not measured.
    """

    ours: str
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)
    fresh: dict[str, dict[str, Outcome]] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    planning: dict[str, Outcome] = field(default_factory=dict)
    suites: Suites | None = None

    def aims(self) -> list[Aim]:
        """What is aimed at, and what was measured of it."""
        return [*self._ratios(), *self._growth(), *self._first(), *self._planned(), *self._run()]

    def _ratios(self) -> Iterator[Aim]:
        meta, forward = "FlopCounterMode on meta", "the bare forward on meta"
        asked = (
            ("ResNet-50 at 224, thop", "resnet50-224", "thop", 15),
            ("ResNet-50 at 224, the bare forward on meta", "resnet50-224", forward, 7),
            ("ResNet-50 at 224, FlopCounterMode on meta", "resnet50-224", meta, 10),
            ("ResNet-50 at 1024, thop", "resnet50-1024", "thop", 300),
            ("50,000 operators, FlopCounterMode on meta", "loop-50000", meta, 3),
        )
        for what, model, counter, bound in asked:
            measured = ratio(self.rows, model, counter, self.ours)
            yield Aim(f"{what}: its time over ours", bound, measured, _TIMES, at_most=False)

    def _growth(self) -> Iterator[Aim]:
        yield Aim(
            "ResNet-50: our time at 2048 over that at 64",
            1.15,
            _quotient(self.sizes, "resnet50-2048", "resnet50-64"),
            "{:.2f}×",
        )
        layers = _quotient(self.sizes, "chain-1000", "chain-100")
        yield Aim(
            "1,000 layers: our time per layer over that of 100",
            1.10,
            None if layers is None else layers / 10,
            "{:.2f}×",
        )

    def _first(self) -> Iterator[Aim]:
        first = self._fresh("resnet50-224")
        what = "the first count in a fresh process, beyond importing torch"
        yield Aim(f"{what}: time", 0.3, first.get("seconds"), _SECONDS)
        yield Aim(f"{what}: memory", 30, _mega(first.get("added")), _MEGABYTES)
        llama = self._fresh("llama")
        yield Aim(
            "Llama-7B-shaped, 2,048 tokens: memory beyond importing torch, the model's included",
            100,
            _mega(llama.get("over_torch")),
            _MEGABYTES,
        )

    def _planned(self) -> Iterator[Aim]:
        shares = [
            max(outcome.numbers["liveness"], outcome.numbers["arena"]) / outcome.numbers["tracing"]
            for outcome in self.planning.values()
            if outcome.numbers
        ]
        yield Aim("planning memory over tracing, the dearest of all models", 1.0, max(shares, default=None), "{:.2f}×")
        graph = self.planning.get("loop-20000", Outcome()).numbers
        seconds = max(graph["liveness"], graph["arena"]) if graph else None
        yield Aim("planning a graph of 20,000 operators", 2.0, seconds, _SECONDS)

    def _run(self) -> Iterator[Aim]:
        if (suites := self.suites) is None:
            return
        without, with_it = suites.empty
        yield Aim(
            "a suite without budgets: processor time that the installed plugin adds",
            10,
            (with_it - without) * 1e3,
            _MILLISECONDS,
        )
        for what, spent, plain in (
            ("alone", suites.alone, suites.plain),
            ("by two workers", suites.together, suites.plain_together),
        ):
            text = (
                f"{spent.cases:,} declared cases {what}: outside measuring and importing torch, a case, beyond a test"
            )
            yield Aim(f"{text} that does nothing", 1.0, (spent.outside - plain.outside) * 1e3, _MILLISECONDS)

    def _fresh(self, model: str) -> Mapping[str, float]:
        return self.fresh.get(model, {}).get(self.ours, Outcome()).numbers


def _quotient(numbers: Mapping[str, float], some: str, other: str) -> float | None:
    return numbers[some] / numbers[other] if some in numbers and other in numbers else None


def _mega(count: float | None) -> float | None:
    return None if count is None else count / 1e6
