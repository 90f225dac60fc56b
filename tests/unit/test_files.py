from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.files import beside, is_file, is_folder, matching


def test_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "b.toml").touch()
    (tmp_path / "a.toml").touch()

    assert (is_file(tmp_path), is_folder(tmp_path)) == (False, True)
    assert (is_file(tmp_path / "a.toml"), is_folder(tmp_path / "a.toml")) == (True, False)
    assert (is_file(tmp_path / "c.toml"), is_folder(tmp_path / "c.toml")) == (False, False)
    assert list(matching(tmp_path, "*.toml")) == [tmp_path / "a.toml", tmp_path / "b.toml"]


@pytest.mark.parametrize("name", ["d" * 300, "*" + "d" * 300, "**x", "", "/"])
def test_what_can_be_nowhere(tmp_path: Path, name: str) -> None:
    path = tmp_path / (name.strip("/") or "d" * 300)

    assert (is_file(path), is_folder(path)) == (False, False)
    assert list(matching(tmp_path, name)) == []


def test_a_folder_that_may_not_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    monkeypatch.setattr(Path, "is_file", refuse)
    monkeypatch.setattr(Path, "is_dir", refuse)

    assert (is_file(tmp_path), is_folder(tmp_path)) == (False, False)


def test_the_files_beside_a_path(tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()
    (tmp_path / "folder").mkdir()

    assert beside(tmp_path / "b.toml") == ["a.toml"]
    assert beside(tmp_path / "gone" / "b.toml") == []
    assert beside(tmp_path / ("n" * 300) / "b.toml") == []
