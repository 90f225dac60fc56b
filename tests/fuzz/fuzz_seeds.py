"""Where fuzzing begins: what the docs and the examples write, small files of each kind, and all that was once found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from fuzz_targets import TARGETS
from pytest_flopbudget.declaring.keys import KEYS
from tflite_files import small

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_BLOCK = re.compile(r"^```toml[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(r"^\[tool\.pytest-flopbudget\]$|tool\.pytest-flopbudget\.", re.MULTILINE)

_QUANTITIES = ("4.2 GMACs", "= 1.32 G", "320 KiB", "8.4 GFLOPs", "82 k per R*R", "25% of teacher", "50 MMAC/s", "1e3")
_INPUTS = ("1x3x224x224", "1x3xRxR", "int64:1xT = 1", "bool:1xT = true", "float16: 2x3 = -0.5", "complex64:3")
_REVISIONS = ("HEAD", "origin/main", "v1.0~2", "main^{commit}", "HEAD@{1}", "-q", "a..b", ":/one", "1a2b3c4d5")
_LOCK = (
    b'{"schema_version": 1, "conventions": 1, "cases": {"net::R96": {"backend": "thop", "mode": "training", "metrics": '
    b'{"macs": 10}, "modules": {"a": {"activations": 1, "calls": 1, "macs": 1, "operator": "aten::mm", "params": 1}}}}}'
)


def tables() -> list[str]:
    """The texts of every table in the docs and the examples."""
    documents = [_ROOT / "README.md", *sorted((_ROOT / "docs").glob("*.md"))]
    texts = [path.read_text(encoding="utf-8") for path in documents]
    blocks = [block for text in texts for block in _BLOCK.findall(text)]
    files = sorted((_ROOT / "examples").rglob("pyproject.toml"))
    return [*blocks, *(path.read_text(encoding="utf-8") for path in files)]


def seeds(target: str) -> list[bytes]:
    """Where the fuzzing of a target begins."""
    return [*_written()[target], *found(target)]


def found(target: str) -> list[bytes]:
    """What once made a target fail, and small files that are kept."""
    return [path.read_bytes() for path in sorted((_HERE / "findings" / target).glob("*"))]


def words() -> list[str]:
    """What a table is made of, for a fuzzer's dictionary."""
    texts = "\n".join(tables())
    return sorted({key.name for key in KEYS} | set(re.findall(r'"[^"\n\\]{1,20}"', texts)))


def _written() -> Mapping[str, list[bytes]]:
    whole = [text.encode() for text in tables()]
    # In a file of its own the keys stand at the top.
    own = [_HEADER.sub("", text).encode() for text in tables()]
    report = (_HERE / "report.json").read_bytes()
    written = {
        "quantity": [text.encode() for text in _QUANTITIES],
        "inputs": [text.encode() for text in _INPUTS],
        "revision": [text.encode() for text in _REVISIONS],
        "table": whole,
        "own_file": own,
        "included": own,
        "lock": [_LOCK],
        "report": [report],
        "kept": [_LOCK, report],
        "tflite": [small()],
    }
    assert written.keys() == TARGETS.keys()
    return written
