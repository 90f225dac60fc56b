"""Fuzz one target with atheris, guided by coverage: ``python fuzz.py TARGET [OPTION OF LIBFUZZER ...]``.

Without a target their names are printed. What fails is written to ``crash-...`` in the current folder; once mended, it
is kept in ``findings/TARGET/``.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pytest_flopbudget", "tomllib", "tomli"]):
    from fuzz_seeds import seeds, words
    from fuzz_targets import TARGETS


def main(program: str, target: str, *options: str) -> None:
    """Fuzz until libFuzzer's own options end it."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for index, data in enumerate(seeds(target)):
            (corpus / str(index)).write_bytes(data)
        known = Path(folder, "words")
        known.write_text("".join(f"{_quoted(word)}\n" for word in words()), encoding="ascii")
        atheris.Setup([program, str(corpus), f"-dict={known}", "-timeout=20", *options], TARGETS[target])
        atheris.Fuzz()


def _quoted(word: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    plain = "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\x{byte:02x}" for byte in word.encode())
    return f'"{plain}"'


if len(sys.argv) > 1:
    main(*sys.argv)
else:
    print(*TARGETS)
