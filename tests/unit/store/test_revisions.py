"""Files at a revision, in real repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.errors import RevisionError
from pytest_flopbudget.store.revisions import Revision, find_revision, text_at

Git = Callable[..., str]


@pytest.fixture
def repository(git: Git, tmp_path: Path) -> Path:
    """Two commits of a file in a folder; the first is tagged."""
    folder = tmp_path / "whole" / "services" / "a"
    folder.mkdir(parents=True)
    git(tmp_path / "whole", "init", "--initial-branch=main")
    for text in ("one", "two"):
        (folder / "kept.txt").write_text(f"{text}\n", encoding="utf-8")
        git(tmp_path / "whole", "add", ".")
        git(tmp_path / "whole", "commit", "--message", text)
        if text == "one":
            git(tmp_path / "whole", "tag", "v1")
    return folder


@pytest.mark.parametrize(
    ("written", "text"), [("HEAD", "two\n"), ("main", "two\n"), ("HEAD~1", "one\n"), ("v1", "one\n"), ("@", "two\n")]
)
def test_a_file_at_a_revision(repository: Path, written: str, text: str) -> None:
    assert text_at(find_revision(written, repository), repository / "kept.txt") == text


def test_a_commit_by_its_own_name(repository: Path, git: Git) -> None:
    commit = git(repository, "rev-parse", "v1")
    assert find_revision(commit[:10], repository) == Revision(commit[:10], commit)
    assert find_revision(commit[:10], repository).called == commit[:10]
    assert find_revision("v1", repository).called == f"v1 ({commit[:9]})"


def test_a_file_that_was_not_there(repository: Path) -> None:
    assert text_at(find_revision("v1", repository), repository / "other.txt") is None
    assert text_at(find_revision("v1", repository), repository / "kept.txt\nHEAD:services") is None


def test_a_file_that_is_no_text(repository: Path, git: Git) -> None:
    (repository / "kept.txt").write_bytes(b"\xff\xfe")
    git(repository, "commit", "--all", "--message", "bytes")
    with pytest.raises(RevisionError, match=r"^kept\.txt at HEAD \([0-9a-f]{9}\) is no UTF-8$"):
        text_at(find_revision("HEAD", repository), repository / "kept.txt")


@pytest.mark.parametrize(
    "written",
    [
        "--upload-pack=touch x",
        "-q",
        "",
        "HEAD:kept.txt",
        "v1..main",
        "a b",
        "main\n--all",
        "$(touch x)",
        ":/one",
        "main;ls",
    ],
)
def test_what_is_no_revision_never_reaches_git(repository: Path, written: str) -> None:
    with pytest.raises(RevisionError) as told:
        find_revision(written, repository)
    assert str(told.value) == f"{written!r} is no revision: write a branch, a tag or a commit, as in origin/main"


def test_an_unknown_revision(repository: Path) -> None:
    with pytest.raises(RevisionError) as told:
        find_revision("origin/main", repository)
    assert str(told.value) == "this clone has no origin/main: fetch it, as by git fetch origin"


@pytest.mark.parametrize(
    ("written", "way_out"),
    [
        ("origin/v1", "fetch it: git fetch --depth=1 origin v1, and compare with FETCH_HEAD"),
        ("v1", "fetch it: git fetch --depth=1 origin v1, and compare with FETCH_HEAD"),
        ("HEAD~1", "fetch more of its history, as by git fetch --deepen=100"),
    ],
)
def test_a_shallow_clone_says_how_to_go_on(
    repository: Path, git: Git, tmp_path: Path, written: str, way_out: str
) -> None:
    git(tmp_path, "clone", "--depth=1", (tmp_path / "whole").as_uri(), "shallow")
    shallow = tmp_path / "shallow"
    with pytest.raises(RevisionError) as told:
        find_revision(written, shallow)
    assert str(told.value) == f"this clone is shallow and has no {written}: {way_out}"
    git(shallow, "fetch", "--depth=1", "origin", "v1")
    assert text_at(find_revision("FETCH_HEAD", shallow), shallow / "services" / "a" / "kept.txt") == "one\n"


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(RevisionError) as told:
        find_revision("main", tmp_path)
    assert str(told.value) == f"{tmp_path} is in no git repository"


def test_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RevisionError, match=r"^git is not installed$"):
        find_revision("main", tmp_path)


def test_git_that_does_not_come_to_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wait(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired(["git"], 60)

    monkeypatch.setattr(subprocess, "run", wait)
    with pytest.raises(RevisionError, match=r"^git rev-parse: Command '\['git'\]' timed out after 60 seconds$"):
        find_revision("main", tmp_path)


def test_in_a_hook_of_git(repository: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    top = repository.parents[1]
    (top / "kept.txt").write_text("another of that name\n", encoding="utf-8")
    git(top, "add", ".")
    git(top, "commit", "--message", "at the top")
    # Git would take the folder for the top, and the file for the one that is there.
    monkeypatch.setenv("GIT_DIR", str(top / ".git"))
    assert text_at(find_revision("HEAD", repository), repository / "kept.txt") == "two\n"
    monkeypatch.setenv("GIT_DIR", ".git")
    assert text_at(find_revision("HEAD", repository), repository / "kept.txt") == "two\n"


def test_a_repository_that_git_does_not_trust(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a container, where the folder belongs to somebody else.
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    with pytest.raises(RevisionError) as told:
        find_revision("HEAD", repository)
    assert str(told.value) == f"git does not read the repository of {repository}: git -C {repository} status says why"
