"""A lock commit by commit, in a real repository."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.errors import RevisionError
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.store.history import history
from pytest_flopbudget.store.locks import as_text

Git = Callable[..., str]
Record = Callable[[str, str | None], str]


@pytest.fixture
def lock(tmp_path: Path, git: Git) -> Path:
    """A lock's file in a folder of an empty repository; its name has what patterns have."""
    git(tmp_path, "init", "--initial-branch=main")
    (tmp_path / "a").mkdir()
    return tmp_path / "a" / "flop[budget].lock.json"


@pytest.fixture
def record(lock: Path, git: Git) -> Record:
    """Commit the lock with a text, or without it, under a subject; the commit's name."""

    def commit(subject: str, text: str | None) -> str:
        if text is None:
            lock.unlink()
        else:
            lock.write_text(text, encoding="utf-8")
        git(lock.parent, "add", "--all", ".")
        git(lock.parent, "commit", "--message", subject)
        return git(lock.parent, "rev-parse", "HEAD")

    return commit


def text(**macs: int) -> str:
    return as_text(Lock({case.replace("_", "::"): Entry(metrics={"macs": each}) for case, each in macs.items()}))


def test_the_latest_first(lock: Path, record: Record) -> None:
    first = record("Lock it", text(net_R96=10))
    second = record("A wider stem: ä | \x1b[31m", text(net_R96=20, seg_R96=5))
    found = history(lock)
    assert [(each.commit, each.subject, each.author, each.day) for each in found] == [
        (second, "A wider stem: ä | \x1b[31m", "Ada", date(2026, 5, 4)),
        (first, "Lock it", "Ada", date(2026, 5, 4)),
    ]
    assert [each.counts for each in found] == [
        {"net::R96": {"macs": 20}, "seg::R96": {"macs": 5}},
        {"net::R96": {"macs": 10}},
    ]
    assert {each.conventions for each in found} == {CONVENTIONS}
    assert found[0].short == second[:9]


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        (["net"], ["net::R128", "net::R96"]),
        (["net::R96"], ["net::R96"]),
        (["*::R96", "seg"], ["net::R96", "seg::R96"]),
        (["other"], []),
    ],
)
def test_some_cases(lock: Path, record: Record, cases: list[str], told: list[str]) -> None:
    record("Lock it", text(net_R96=10, net_R128=20, seg_R96=5))
    assert list(history(lock, cases)[0].counts) == told


def test_other_commits_are_none_and_the_number_is_bounded(lock: Path, record: Record, git: Git) -> None:
    record("Lock it", text(net_R96=10))
    (lock.parent / "other").write_text("other", encoding="utf-8")
    git(lock.parent, "add", ".")
    git(lock.parent, "commit", "--message", "Other")
    record("Lock it again", text(net_R96=20))
    assert [each.subject for each in history(lock)] == ["Lock it again", "Lock it"]
    assert [each.subject for each in history(lock, most=1)] == ["Lock it again"]


def test_what_is_read_is_bounded(lock: Path, record: Record) -> None:
    for macs in (10, 20, 30):
        record(f"{macs}", text(net_R96=macs))
    long = len(text(net_R96=10))
    assert [each.subject for each in history(lock, characters=1)] == ["30"]
    assert [each.subject for each in history(lock, characters=long)] == ["30"]
    assert [each.subject for each in history(lock, characters=long + 1)] == ["30", "20"]


def test_two_branches_are_told_by_their_merge(lock: Path, record: Record, git: Git) -> None:
    record("Lock it", text(net_R96=10))
    git(lock.parent, "checkout", "-b", "wider")
    record("Wider", text(net_R96=30))
    git(lock.parent, "checkout", "main")
    record("Deeper", text(net_R96=20))
    git(lock.parent, "merge", "--strategy=ours", "--no-commit", "wider")
    record("Merge the wider one", text(net_R96=60))
    found = [(each.subject, each.counts["net::R96"]["macs"]) for each in history(lock)]
    assert found == [("Merge the wider one", 60), ("Deeper", 20), ("Lock it", 10)]


def test_what_cannot_be_read_says_why(lock: Path, record: Record) -> None:
    record("Lock it", text(net_R96=10))
    record("Break it", "{")
    record("Remove it", None)
    removed, broken, good = history(lock)
    assert (removed.problem, removed.counts) == ("it was removed", {})
    assert broken.problem.startswith("flop[budget].lock.json:1: it is damaged: ")
    assert (good.problem, good.counts) == ("", {"net::R96": {"macs": 10}})


def test_without_a_commit_there_is_none(lock: Path) -> None:
    assert history(lock) == ()


def test_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(RevisionError) as told:
        history(tmp_path / "flopbudget.lock.json")
    assert str(told.value) == f"{tmp_path} is in no git repository"
