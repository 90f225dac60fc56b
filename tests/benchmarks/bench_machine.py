"""What the benchmarks ran on: the processor and the versions; nothing that names a machine or a folder."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGES = ("torch", "pytest", "pytest-xdist", "thop", "fvcore", "ptflops", "torchinfo", "calflops")


def described() -> list[str]:
    """The processor, its cores, the memory, Python, and each package's version."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return [
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {memory / 2**30:.0f} GiB",
        f"{platform.system()}, {platform.python_implementation()} {platform.python_version()}",
        ", ".join(f"{name} {_version(name)}" for name in _PACKAGES),
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"
