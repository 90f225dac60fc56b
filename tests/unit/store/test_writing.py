from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_flopbudget.store.writing import write_atomically


def test_a_new_file_and_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "report.json"

    write_atomically(path, "old\n")
    write_atomically(path, "new\nmodèle\n")

    assert path.read_bytes() == "new\nmodèle\n".encode()
    assert os.listdir(tmp_path) == ["report.json"]  # noqa: PTH208


def test_the_mode_stays(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)

    write_atomically(path, "new")

    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    link = tmp_path / "report.json"
    link.symlink_to(tmp_path / "kept" / "report.json")

    write_atomically(link, "new")

    assert link.is_symlink()
    assert (tmp_path / "kept" / "report.json").read_text(encoding="utf-8") == "new"


def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "half \ud800")
    with pytest.raises(NotADirectoryError):
        write_atomically(path / "report.json", "new")

    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["report.json"]  # noqa: PTH208


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    seen: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.append(path.read_text(encoding="utf-8")))

    write_atomically(path, "new")

    assert (seen, path.read_text(encoding="utf-8")) == (["old"], "new")
