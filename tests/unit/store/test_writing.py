from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_flopbudget.errors import FlopBudgetError
from pytest_flopbudget.store.writing import TogetherError, text_of, write_atomically, write_together


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


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Two files that are there, and one that is not."""
    paths = [tmp_path / name for name in ("a.toml", "b.toml", "c.toml")]
    for path in paths[:2]:
        path.write_text(f"old {path.stem}", encoding="utf-8")
    return paths


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_several_files_are_written_together(three: list[Path], tmp_path: Path) -> None:
    write_together({path: f"new {path.stem}" for path in three})

    assert contents(tmp_path) == {"a.toml": "new a", "b.toml": "new b", "c.toml": "new c"}


def test_one_that_cannot_be_made_leaves_all_as_they_were(three: list[Path], tmp_path: Path) -> None:
    before = contents(tmp_path)
    with pytest.raises(TogetherError) as caught:
        write_together({**dict.fromkeys(three, "new"), tmp_path / "gone" / "d.toml": "new"})

    assert (caught.value.path, caught.value.changed) == (tmp_path / "gone" / "d.toml", ())
    assert caught.value.strerror == "No such file or directory"
    assert contents(tmp_path) == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_one_that_cannot_take_its_place_leaves_all_as_they_were(
    three: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before, replace = contents(tmp_path), Path.replace

    def fails_at_a(new: Path, target: Path) -> Path:
        if target.name == "a.toml":
            raise error
        return replace(new, target)

    monkeypatch.setattr(Path, "replace", fails_at_a)
    with pytest.raises((TogetherError, KeyboardInterrupt)) as caught:
        write_together(dict.fromkeys(reversed(three), "new"))

    assert getattr(caught.value, "changed", ()) == ()
    assert contents(tmp_path) == before


def test_what_cannot_be_put_back_is_told(three: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace
    left = [1]

    def fails_from_then_on(new: Path, target: Path) -> Path:
        if not left:
            raise OSError(28, "No space left on device")
        left.pop()
        return replace(new, target)

    monkeypatch.setattr(Path, "replace", fails_from_then_on)
    with pytest.raises(TogetherError) as caught:
        write_together(dict.fromkeys(three, "new"))

    assert (caught.value.path, caught.value.changed) == (three[1], (three[0],))
    assert contents(tmp_path) == {"a.toml": "new", "b.toml": "old b"}


def test_a_text_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b"\xef\xbb\xbfa\r\n")

    assert text_of(path, "it") == "\ufeffa\r\n"
    with pytest.raises(FlopBudgetError, match=r"^gone\.toml cannot be read: No such file or directory$"):
        text_of(tmp_path / "gone.toml", "gone.toml")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
def test_a_device_stays_one(tmp_path: Path) -> None:
    full, nothing = tmp_path / "full.json", tmp_path / "nothing.json"
    full.symlink_to("/dev/full")
    nothing.symlink_to(os.devnull)

    with pytest.raises(OSError, match="No space left on device"):
        write_atomically(full, "new")
    write_atomically(nothing, "new")

    assert Path("/dev/full").is_char_device()
    assert Path(os.devnull).is_char_device()


def test_a_disk_that_is_full_halfway(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_atomically(path, "new" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
