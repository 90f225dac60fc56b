"""What the plugin itself costs a run of pytest: an empty suite, a thousand declared cases, ten thousand."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import cache_from_source
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

HERE = Path(__file__).parent
_PACKAGE = HERE.parents[1] / "pytest_flopbudget"
_PLUGIN = ("-p", "pytest_flopbudget.plugin")
_CLOCK = ("-p", "bench_clock")
_NET = """\
from torch import nn


def net(width):
    layers = [nn.Conv2d(3, width, 3), nn.ReLU(), nn.Conv2d(width, width, 3), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))
"""
_MODEL = """\
[tool.pytest-flopbudget.models.net{number}]
factory = "bench_net:net"
kwargs  = {{ width = {width} }}
input   = "1x3xRxR"
at = [
{points}
]
"""
_HAS_TORCH = "import sys, pytest; pytest.main(sys.argv[1:]); sys.exit('torch' in sys.modules)"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run of declared cases spent, in seconds and bytes.

    Args:
        cases: How many cases were measured, or how many tests did nothing.
        wall: The whole run.
        imports: Importing torch and what traces, in the process that spent most on both.
        measured: Building and measuring, in that process.
        peak: The most memory of any process.
    """

    cases: int
    wall: float
    imports: float
    measured: float
    peak: float

    @property
    def outside(self) -> float:
        """Seconds a case outside of importing torch, building and measuring."""
        return (self.wall - self.imports - self.measured) / self.cases


def table(models: int, points: int) -> str:
    """A table of models at points, all of them kept."""
    return "\n".join(_MODEL.format(number=number, width=8 + number, points=_points(points)) for number in range(models))


def _points(points: int) -> str:
    return "\n".join(f'  {{ R = {32 + size}, macs = "100 G" }},' for size in range(points))


def spent_by(processes: Sequence[Mapping[str, float]], wall: float) -> Spent:
    """What a run spent, of what its processes tell: xdist's controller, and what it imports, measures nothing."""
    busiest = max(processes, key=lambda each: each["imports"] + each["measured"])
    return Spent(
        cases=int(sum(each["cases"] for each in processes)),
        wall=wall,
        imports=busiest["imports"],
        measured=busiest["measured"],
        peak=max(each["peak"] for each in processes),
    )


def declared_cases(models: int, points: int, *options: str, stub: bool = False) -> Spent:
    """Run declared cases.

    Args:
        models: How many models.
        points: How many points each.
        options: pytest's.
        stub: Whether all have the first one's measurement, so that judging and telling is all there is.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(table(models, points), encoding="utf-8")
        (folder / "bench_net.py").write_text(_NET, encoding="utf-8")
        more = {"BENCH_STUB": "1"} if stub else {}
        return _clocked(folder, *_PLUGIN, *options, env=more)


def empty_suite(pairs: int) -> tuple[float, float, bool]:
    """The median processor seconds of a suite without budgets, without and with the plugin; whether torch stayed out.

    It is installed, as pip does: then pytest reads the list of all its files in every run.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text('[project]\nname = "shop"\n', encoding="utf-8")
        (folder / "test_plain.py").write_text("def test_plain():\n    pass\n", encoding="utf-8")
        installed = _installed(folder / "site")
        without, with_it = [], []
        for _ in range(pairs):
            without.append(_processor_seconds(folder, {}))
            with_it.append(_processor_seconds(folder, installed))
        has_torch = _run([sys.executable, "-c", _HAS_TORCH, "-q"], folder, installed).returncode
        return median(without), median(with_it), has_torch == 0


def _installed(site: Path) -> dict[str, str]:
    """The environment in which the plugin is installed in a folder, but for its code."""
    told = site / f"{_PACKAGE.name}-0.dist-info"
    told.mkdir(parents=True)
    files = [path for path in sorted(_PACKAGE.rglob("*.py")) if path.is_file()]
    # pip compiles what it installs, and lists that too.
    both = [path for each in files for path in (each, Path(cache_from_source(each)))]
    (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {_PACKAGE.name}\nVersion: 0\n", encoding="utf-8")
    (told / "entry_points.txt").write_text("[pytest11]\nflopbudget = pytest_flopbudget.plugin\n", encoding="utf-8")
    (told / "RECORD").write_text("".join(f"{each.relative_to(_PACKAGE.parent)},,\n" for each in both), encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join((str(site), os.environ.get("PYTHONPATH", "")))}


def plain_tests(number: int, *options: str) -> Spent:
    """Run tests that do nothing, without the plugin; torch is imported, which makes pytest's own logging slower."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        tests = "".join(f"def test_{each}():\n    pass\n" for each in range(number))
        (folder / "test_plain.py").write_text(tests, encoding="utf-8")
        return replace(_clocked(folder, *options, env={"BENCH_PLAIN": "1"}), cases=number)


def middle(runs: Sequence[Spent]) -> Spent:
    """The run whose time outside is the median."""
    return sorted(runs, key=lambda spent: spent.outside)[len(runs) // 2]


def _clocked(folder: Path, *options: str, env: Mapping[str, str]) -> Spent:
    (folder / "clock").mkdir()
    wall = _pytest(folder, *_CLOCK, *options, env={**env, "BENCH_CLOCK": str(folder / "clock")})
    told = [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "clock").iterdir()]
    return spent_by(told, wall)


def _processor_seconds(folder: Path, env: Mapping[str, str]) -> float:
    before = _of_children()
    _pytest(folder, env=env)
    return _of_children() - before


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _pytest(folder: Path, *options: str, env: Mapping[str, str] | None = None) -> float:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    start = perf_counter()
    done = _run(command, folder, env or {})
    wall = perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(options)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return wall


def _run(command: Sequence[str], folder: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    everything = {**os.environ, **env}
    everything["PYTHONPATH"] = os.pathsep.join((str(HERE), everything.get("PYTHONPATH", ""))).strip(os.pathsep)
    return subprocess.run(command, cwd=folder, env=everything, capture_output=True, text=True, check=False)
