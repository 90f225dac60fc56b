"""The lock's file: what is written, what is read back, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pytest_flopbudget.errors import LockError
from pytest_flopbudget.judge.locks import Entry, Lock, LockedModule
from pytest_flopbudget.store.locks import as_text, parse_lock, read_lock, write_lock

LOCK = Lock(
    {
        "net::R96": Entry(
            metrics={"params": 3, "macs": 2, "activations": 1, "arena_bytes@nucleo": 4},
            modules={
                "stem": LockedModule(5, 6, 7, 8, "aten::conv2d 1x3x8x8, 4x3x1x1 gives 1x4x8x8"),
                "": LockedModule(9, 10, 11, 1),
            },
        ),
        "a::default": Entry(metrics={"macs": 12}, backend="thop", mode="training"),
    }
)
TEXT = """\
{
 "schema_version": 1,
 "conventions": 1,
 "cases": {
  "a::default": {
   "backend": "thop",
   "mode": "training",
   "metrics": {
    "macs": 12
   },
   "modules": {}
  },
  "net::R96": {
   "metrics": {
    "activations": 1,
    "arena_bytes@nucleo": 4,
    "macs": 2,
    "params": 3
   },
   "modules": {
    "": {
     "activations": 11,
     "calls": 1,
     "macs": 9,
     "params": 10
    },
    "stem": {
     "activations": 7,
     "calls": 8,
     "macs": 5,
     "operator": "aten::conv2d 1x3x8x8, 4x3x1x1 gives 1x4x8x8",
     "params": 6
    }
   }
  }
 }
}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flopbudget.lock.json"


def test_one_number_a_line_and_all_sorted(path: Path) -> None:
    write_lock(path, LOCK)
    assert path.read_bytes() == TEXT.encode()
    assert read_lock(path, path.name) == LOCK


def test_names_of_any_script_are_kept(path: Path) -> None:
    case = 'tests/prüfung.py::test_Ж["a\\b"\u202e]::\ud800'
    write_lock(path, Lock({case: Entry(metrics={"macs": 1})}))
    found = read_lock(path, path.name)
    assert found is not None
    assert list(found.entries) == [case]
    assert path.read_bytes().isascii()


def test_no_file_is_no_lock(path: Path) -> None:
    assert read_lock(path, path.name) is None


def test_what_a_later_version_adds_is_passed_over(path: Path) -> None:
    added = TEXT.replace('"calls": 8,', '"calls": 8,\n     "depth": [1],').replace('"cases"', '"tool": "x",\n "cases"')
    assert added.count("depth") == added.count("tool") == 1
    path.write_text("\ufeff" + added, encoding="utf-8")
    assert read_lock(path, path.name) == LOCK


RESTORE = "restore it, as by git checkout HEAD lock.json"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (TEXT, "", f"lock.json:1: it is damaged: Expecting value; {RESTORE}"),
        (TEXT[-5:], "", f"lock.json:36: it is damaged: Expecting ',' delimiter; {RESTORE}"),
        (TEXT, "[]", f"lock.json: it is damaged: a list is no object; {RESTORE}"),
        (TEXT, "[" * 100_000, f"lock.json: it is damaged: {{}}; {RESTORE}"),
        (' "conventions": 1,\n', "", f"lock.json: it is damaged: there is no 'conventions'; {RESTORE}"),
        (
            '"macs": 2,',
            '"macs": 2.0,',
            (
                f"lock.json: it is damaged: ['cases']['net::R96']['metrics']['macs']: 2.0 is no whole number from 0 "
                f"up; {RESTORE}"
            ),
        ),
        (
            '"macs": 5,',
            '"macs": -5,',
            (
                f"lock.json: it is damaged: ['cases']['net::R96']['modules']['stem']['macs']: -5 is no whole number "
                f"from 0 up; {RESTORE}"
            ),
        ),
        (
            '"calls": 8,',
            '"calls": true,',
            (
                f"lock.json: it is damaged: ['cases']['net::R96']['modules']['stem']['calls']: true is no whole number "
                f"from 0 up; {RESTORE}"
            ),
        ),
        ('"macs": 2,', '"macs": NaN,', f"lock.json: it is damaged: NaN is no whole number; {RESTORE}"),
        (
            '"macs": 2,',
            '"macs": 2,\n    "macs": 3,',
            f"lock.json: it is damaged: 'macs' stands twice in one object; {RESTORE}",
        ),
        (
            '"thop"',
            '"fvcore"',
            (
                f"lock.json: it is damaged: ['cases']['a::default']['backend']: 'fvcore' is none of 'auto', 'thop'; "
                f"{RESTORE}"
            ),
        ),
        (
            '"training"',
            "3",
            f"lock.json: it is damaged: ['cases']['a::default']['mode']: 3 is no text; {RESTORE}",
        ),
        (
            '"schema_version": 1',
            '"schema_version": 2',
            (
                "lock.json: it has schema_version 2, and this version of pytest-flopbudget knows 1: use the version "
                "that wrote it"
            ),
        ),
        (
            '    "macs": 2,\n',
            '<<<<<<< HEAD\n    "macs": 2,\n=======\n    "macs": 3,\n>>>>>>> other\n',
            (
                "lock.json:17: it has the markers of a merge conflict: take one side whole, as by git checkout --ours "
                "lock.json, then pytest --flopbudget-update"
            ),
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, old: str, new: str, text: str) -> None:
    path = tmp_path / "lock.json"
    assert TEXT.count(old) == 1
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(LockError) as caught:
        read_lock(path, path.name)
    told = str(caught.value)
    # How deep is too deep, each Python says in its own words.
    assert told == text if "{}" not in text else told.startswith(text.partition("{}")[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "then:1: it is damaged: Expecting property name enclosed in double quotes"),
        ("[]", "then: it is damaged: a list is no object"),
        ('{"a": 1, "a": 2}', "then: it is damaged: 'a' stands twice in one object"),
        ("\n<<<<<<< HEAD\n", "then:2: it has the markers of a merge conflict"),
    ],
)
def test_nobody_mends_an_earlier_commit(text: str, message: str) -> None:
    with pytest.raises(LockError) as caught:
        parse_lock(text, "then", is_past=True)
    assert str(caught.value) == message


def test_what_is_no_text_is_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(LockError, match=r"^flopbudget\.lock\.json: it cannot be read: 'utf-8' codec can't decode"):
        read_lock(path, path.name)


def test_a_lock_that_cannot_be_written_is_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("before", encoding="utf-8")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        write_lock(path, LOCK)
    assert path.read_text(encoding="utf-8") == "before"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="a file there has no such mode, and links need a privilege")
def test_a_link_and_a_mode_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("{}", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    write_lock(link, LOCK)
    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == TEXT == as_text(LOCK)
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
