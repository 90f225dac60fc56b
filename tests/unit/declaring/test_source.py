from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.declaring.source import read_toml
from pytest_flopbudget.errors import TableError


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (b"[tool]\nx = \n", "pyproject.toml:2: the file is no TOML: Invalid value"),
        (b"x = 1\nx = 2\n", "pyproject.toml:2: the file is no TOML: Cannot overwrite a value"),
        (b"a = 1\nb = [1\n\n", "pyproject.toml:2: the file is no TOML: Unclosed array"),
        (
            b"a = 1\r\n[tool\r\n",
            "pyproject.toml:2: the file is no TOML: Expected ']' at the end of a table declaration",
        ),
        (b"a = 1\n\xff = 2\n", "pyproject.toml:2: the file is no UTF-8: byte 0xff"),
        ("a = 1\n".encode("utf-16"), "pyproject.toml:1: the file is no UTF-8: byte 0xff"),
        (b"x = " + b"[" * 100_000, "pyproject.toml:1: the file is nested too deeply to be read"),
    ],
)
def test_files_that_are_no_toml(tmp_path: Path, written: bytes, message: str) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(written)
    with pytest.raises(TableError) as caught:
        read_toml(path)
    assert _by_any_tomli(str(caught.value)) == message


def _by_any_tomli(said: str) -> str:
    """As Python's own tomllib words it: the oldest tomli that is asked for does so otherwise."""
    return said.replace('"]"', "']'").replace("Can not", "Cannot")


def test_a_number_of_thousands_of_digits(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text("x = " + "9" * 5000, encoding="utf-8")
    with pytest.raises(TableError, match=r"\Apyproject\.toml:1: the file is no TOML: Exceeds the limit"):
        read_toml(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_toml(tmp_path / "none.toml")
    assert str(caught.value) == "none.toml:1: the file cannot be read: No such file or directory"


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(TableError) as caught:
        read_toml(tmp_path)
    assert str(caught.value) == f"{tmp_path.name}:1: the file cannot be read: Is a directory"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(TableError) as caught:
        read_toml(tmp_path / "pyproject.toml")
    assert str(caught.value) == "pyproject.toml:1: the file cannot be read: Permission denied"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    data, notebook = read_toml(path)
    assert data == {"a": 1, "b": 2}
    assert notebook.lines == {("a",): 1, ("b",): 2}
