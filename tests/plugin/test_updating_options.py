"""When ``--flopbudget-update`` is refused, and when it is forced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Net = Callable[..., Path]
Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]


@pytest.mark.parametrize(
    ("arguments", "ci", "text"),
    [
        (
            ("--flopbudget-update",),
            "true",
            (
                "--flopbudget-update: not in a CI job, where nobody would see what changed: run it where you commit, "
                "or force it with --flopbudget-update=force"
            ),
        ),
        (
            ("--flopbudget-update=purge",),
            "",
            "--flopbudget-update: 'purge' is neither prune nor force; did you mean 'prune'?",
        ),
        (
            ("--flopbudget-update", "tests"),
            "",
            "--flopbudget-update: 'tests' is neither prune nor force; write paths in front of --flopbudget-update",
        ),
        (
            ("--flopbudget-update", "--flopbudget-frozen"),
            "",
            "--flopbudget-update: --flopbudget-frozen forbids it: leave one out",
        ),
    ],
)
def test_usage_errors(
    net: Net, run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], ci: str, text: str
) -> None:
    lock = net()
    monkeypatch.setenv("CI", ci)
    result = run(*arguments)
    assert result.ret == 4
    assert result.errlines[:1] == [f"ERROR: {text}"]
    assert not lock.exists()


@pytest.mark.parametrize(("ci", "how"), [("true", "force"), ("1", "prune,force"), ("false", "prune"), ("0", "prune")])
def test_in_a_job_it_is_forced(net: Net, run: Run, monkeypatch: pytest.MonkeyPatch, ci: str, how: str) -> None:
    lock = net()
    monkeypatch.setenv("CI", ci)
    assert run(f"--flopbudget-update={how}", "--flopbudget-only", "net::R16").ret == 0
    text = lock.read_text(encoding="utf-8")
    assert ('"net::R16"' in text, '"net::R32"' in text) == (True, False)


def test_no_table_keeps_a_lock(declare: Declare, run: Run) -> None:
    declare('[tool.pytest-flopbudget.models.net]\nfactory = "toy:net"\ninput = "1x3x16x16"\nmacs = "1 M"\n')
    result = run("--flopbudget-update")
    assert result.ret == 4
    assert result.errlines[:1] == [
        (
            "ERROR: --flopbudget-update: no table keeps a lock: write lock = 'flopbudget.lock.json' in "
            "[tool.pytest-flopbudget]"
        )
    ]
