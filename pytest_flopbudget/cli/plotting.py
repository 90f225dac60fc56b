"""A sweep as a picture, for a page or a paper."""

from __future__ import annotations

import io
import math
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.cli.scanning import Point, Reading
from pytest_flopbudget.cli.sweeping import Sweep, Values
from pytest_flopbudget.counting.metrics import METRICS
from pytest_flopbudget.errors import shown
from pytest_flopbudget.quantities import format_quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# What each is written with: nothing that differs from one run to the next.
_FORMS: dict[str, dict[str, str | None]] = {
    ".svg": {"Date": None, "Creator": "pytest-flopbudget"},
    ".png": {"Software": None},
}
_WIDTH, _HEIGHT = 7.0, 3.6
_TICKS = 6


def refuse_plot(written: str) -> None:
    """Refuse what cannot be drawn, before anything is measured.

    Raises:
        AskedWrongly: The file is neither SVG nor PNG, or what draws it is not installed.
    """
    if Path(written).suffix.casefold() not in _FORMS:
        raise AskedWrongly(f"--plot {shown(written)}: write a file that ends in .svg or .png")
    if find_spec("matplotlib") is None:
        raise AskedWrongly("--plot needs matplotlib: pip install 'pytest-flopbudget[plot]'")


def picture_of(sweep: Sweep, title: str, suffix: str) -> bytes:
    """The curves of a sweep: a frame for each metric, and in it a line for each size of the dimension that varies less.

    The same sweep gives the same bytes, as long as the same matplotlib draws it.

    Args:
        sweep: What was measured.
        title: What stands above it.
        suffix: ``".svg"`` or ``".png"``.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "flopbudget", "svg.fonttype": "none", "legend.frameon": False}):
        figure = Figure(figsize=(_WIDTH, _HEIGHT * len(sweep.metrics)), layout="constrained")
        figure.suptitle(title)
        for metric, axes in zip(sweep.metrics, figure.subplots(len(sweep.metrics), squeeze=False).flat, strict=True):
            _draw(sweep, metric, axes)
        figure.savefig(out, format=suffix.casefold().removeprefix("."), metadata=_FORMS[suffix.casefold()])
    return out.getvalue()


def _draw(sweep: Sweep, metric: str, axes: Axes) -> None:
    unit = METRICS[metric].unit
    for line in sweep.lines():
        sizes = [each.point[sweep.dimension] for each in line]
        costs = [each.found[metric] if each.found else float("nan") for each in line]
        axes.plot(sizes, costs, marker="o", markersize=3, label=_label(line, sweep.dimension))
    jumps = [after for name, _, after, _ in sweep.jumps() if name == metric]
    _mark(axes, sweep, metric, jumps)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(bottom=0)
    _set_ticks(axes, unit)
    axes.set_xlabel(sweep.dimension)
    axes.set_ylabel(metric)
    axes.yaxis.set_major_formatter(lambda value, _: format_quantity(round(value), unit))
    if axes.get_legend_handles_labels()[0]:
        axes.legend()


def _set_ticks(axes: Axes, unit: str) -> None:
    """Sizes are whole; and bytes are told in KiB, where steps of ten are no round numbers."""
    from matplotlib.ticker import MaxNLocator, MultipleLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if unit == "B":
        step = max(1.0, axes.get_ylim()[1] / _TICKS)
        axes.yaxis.set_major_locator(MultipleLocator(2 ** math.ceil(math.log2(step))))


def _mark(axes: Axes, sweep: Sweep, metric: str, jumps: list[Point]) -> None:
    """Point out the jumps, and where the model cannot run."""
    of_jumps = [each for each in sweep.readings if each.found and each.point in jumps]
    if of_jumps:
        sizes = [each.point[sweep.dimension] for each in of_jumps]
        costs = [each.found[metric] for each in of_jumps if each.found]
        axes.plot(sizes, costs, "o", fillstyle="none", markersize=9, color="black", label="jump")
    broken = sorted({each.point[sweep.dimension] for each in sweep.readings if each.error})
    if broken:
        axes.plot(broken, [0] * len(broken), "x", color="tab:red", label="cannot run", clip_on=False)


def _label(line: list[Reading[Values]], dimension: str) -> str | None:
    """The other dimension's size; None where there is no other, so that the legend leaves it out."""
    others = [f"{name}={size}" for name, size in line[0].point.items() if name != dimension]
    return " ".join(others) or None
