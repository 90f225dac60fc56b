"""Whatever a repository has in it, asking it for a file at a revision runs nothing."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_flopbudget.errors import RevisionError
from pytest_flopbudget.store.history import history
from pytest_flopbudget.store.revisions import find_revision, text_at

Git = Callable[..., str]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="its programs are scripts of a shell")

# Every key of git's configuration that names a program which some command of git starts.
PROGRAMS = (
    *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy"),
    *("pager.log", "pager.cat-file", "pager.rev-parse", "diff.external", "diff.evil.textconv", "diff.evil.command"),
    *("filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "gpg.program", "gpg.ssh.program"),
    *(
        "credential.helper",
        "interactive.diffFilter",
        "sequence.editor",
        "merge.evil.driver",
        "uploadpack.packObjectsHook",
    ),
)
LOCK = '{"schema_version": 1, "conventions": 1, "cases": {}}\n'


@pytest.fixture
def ran(tmp_path: Path) -> Path:
    """A program that leaves a trace; where it leaves it."""
    trace, program = tmp_path / "ran.txt", tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0" "$@" >> {trace}\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return trace


@pytest.fixture
def repository(git: Git, tmp_path: Path, ran: Path) -> Path:
    """One whose configuration, attributes, hooks and aliases name that program wherever they may name one."""
    folder, program = tmp_path / "whole", str(ran.with_name("program"))
    folder.mkdir()
    git(folder, "init", "--initial-branch=main")
    (folder / "a.lock.json").write_text(LOCK, encoding="utf-8")
    (folder / ".gitattributes").write_text("* diff=evil filter=evil merge=evil\n", encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "--message", "one")
    for hook in ("post-index-change", "reference-transaction", "pre-auto-gc", "post-checkout"):
        (folder / ".git" / "hooks" / hook).symlink_to(program)
    for key in PROGRAMS:
        git(folder, "config", key, program)
    for command in ("rev-parse", "log", "cat-file"):
        git(folder, "config", f"alias.{command}", f"!{program}")
    git(folder, "config", "log.showSignature", "true")
    return folder


def test_nothing_that_it_names_is_run(repository: Path, ran: Path, git: Git) -> None:
    lock = repository / "a.lock.json"
    assert text_at(find_revision("main", repository), lock) == LOCK
    assert text_at(find_revision("HEAD@{0}", repository), lock) == LOCK
    assert [each.subject for each in history(lock)] == ["one"]
    assert not ran.exists()
    # Other commands would have run it.
    with suppress(subprocess.CalledProcessError):
        git(repository, "status")
    assert ran.exists()


def test_a_repository_that_was_committed_is_none(repository: Path, git: Git) -> None:
    """Its configuration would be taken for the clone's own, and whoever sends a commit can send it."""
    inner = repository / "data"
    inner.mkdir()
    git(repository, "clone", "--bare", "--quiet", str(repository), str(inner))
    (inner / "a.lock.json").write_text(LOCK, encoding="utf-8")
    assert git(inner, "rev-parse", "--is-bare-repository") == "true"
    with pytest.raises(RevisionError) as told:
        find_revision("main", inner)
    assert str(told.value) == f"git does not read the repository of {inner}: git -C {inner} status says why"


@pytest.mark.parametrize("entry", [".", "", "bin"])
def test_git_is_never_that_of_the_current_folder(
    repository: Path, ran: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    program = repository / entry / "git"
    program.parent.mkdir(exist_ok=True)
    program.symlink_to(ran.with_name("program"))
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", os.pathsep.join((entry, os.environ["PATH"])))
    assert text_at(find_revision("main", repository), repository / "a.lock.json") == LOCK
    assert not ran.exists()


def test_a_day_beyond_all_calendars(repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = repository / "a.lock.json"
    for key in PROGRAMS:
        git(repository, "config", "--unset", key)
    lock.write_text(LOCK + "\n", encoding="utf-8")
    git(repository, "-c", "core.hooksPath=none", "add", ".")
    git(repository, "-c", "core.hooksPath=none", "commit", "--message", "two", "--date=@253402300800 +0000")
    assert [(each.subject, str(each.day)) for each in history(lock)] == [("two", "9999-12-31"), ("one", "2026-05-04")]
