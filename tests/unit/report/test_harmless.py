from __future__ import annotations

import pytest

from pytest_flopbudget.report.harmless import harmless, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("backbone.0 — 29 MMACs ≤ 30", "backbone.0 — 29 MMACs ≤ 30"),
        ("modèle モデル модель שלום", "modèle モデル модель שלום"),
        ("क\u200dष 👩\u200d🔬", "क\u200dष 👩\u200d🔬"),
        ("30\u00a0fps\u2003now", "30 fps now"),
        ("\x1b[31mred\x1b[0m\x07", r"\x1b[31mred\x1b[0m\x07"),
        ("one\ntwo\r\tthree\x85\u2028", r"one\ntwo\r\tthree\x85\u2028"),
        ("invoice\u202egnp.exe\u2066\u200f", r"invoice\u202egnp.exe\u2066\u200f"),
        ("\ud800 \ufeff\x00", r"\ud800 \ufeff\x00"),
    ],
)
def test_visible(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("::error file=a.py::no", r"\::error file=a.py::no"),
        ("  ::add-mask::macs", r"  \::add-mask::macs"),
        ("\u2003::stop-commands::x", r" \::stop-commands::x"),
        ("\n::error::no", r"\n::error::no"),
        ("net::R96", "net::R96"),
        ("so ##[error]no", r"so ##\[error]no"),
        ("", ""),
    ],
)
def test_harmless(line: str, told: str) -> None:
    assert harmless(line) == told
