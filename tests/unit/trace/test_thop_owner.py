"""Whose thop is there: found out by what the packages recorded when they were installed, without importing it."""

from __future__ import annotations

import base64
import hashlib
import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.thop_owner import Owner, find_owner

Install = Callable[..., None]
Uninstall = Callable[[str], None]

CLASSIC = {"__init__.py": "classic", "profile.py": "classic", "fx_profile.py": "classic"}
TWIN = {"__init__.py": "twin", "profile.py": "twin"}
MEND = "uninstall both, and install the one whose numbers you use"
BOTH = "thop 0.1.1.post2209072238 and ultralytics-thop 2.2.3"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages before all others, in which no thop was found yet."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "thop"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def install(site: Path) -> Install:
    """Install as pip does: the files, over those that are there, and a record of their hashes."""

    def installed(name: str, version: str, files: Mapping[str, str], *, hashes: bool = True) -> None:
        (site / "thop").mkdir(exist_ok=True)
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        record = []
        for file, text in files.items():
            (site / "thop" / file).write_text(text, encoding="utf-8")
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record.append(f"thop/{file},{f'sha256={digest}' if hashes else ''},{len(text)}")
        record += ["thop/__pycache__/profile.cpython-311.pyc,,", f"{info.name}/RECORD,,"]
        (info / "RECORD").write_text("\n".join(record), encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
        importlib.invalidate_caches()

    return installed


@pytest.fixture
def thop(install: Install) -> Callable[[], None]:
    return lambda: install("thop", "0.1.1-2209072238", CLASSIC)


@pytest.fixture
def ultralytics(install: Install) -> Callable[[], None]:
    return lambda: install("ultralytics-thop", "2.2.3", TWIN)


def test_the_one(site: Path, thop: Callable[[], None]) -> None:
    thop()
    assert find_owner() == Owner("thop 0.1.1.post2209072238", site / "thop")
    assert "thop" not in sys.modules


def test_the_other(site: Path, ultralytics: Callable[[], None]) -> None:
    ultralytics()
    assert find_owner() == Owner("ultralytics-thop 2.2.3", site / "thop")


def test_both_and_the_one_last(site: Path, thop: Callable[[], None], ultralytics: Callable[[], None]) -> None:
    ultralytics()
    thop()
    assert find_owner() == Owner(
        "thop 0.1.1.post2209072238",
        site / "thop",
        f"{BOTH} are installed into one folder, and what counts is thop 0.1.1.post2209072238: {MEND}",
    )


def test_both_and_the_other_last(site: Path, thop: Callable[[], None], ultralytics: Callable[[], None]) -> None:
    thop()
    ultralytics()
    assert find_owner() == Owner(
        "ultralytics-thop 2.2.3",
        site / "thop",
        f"{BOTH} are installed into one folder, and what counts is ultralytics-thop 2.2.3: {MEND}",
    )


def test_files_of_both(site: Path, thop: Callable[[], None], ultralytics: Callable[[], None]) -> None:
    thop()
    ultralytics()
    (site / "thop" / "profile.py").write_text(CLASSIC["profile.py"], encoding="utf-8")
    assert find_owner() == Owner(f"{BOTH}, mixed", site / "thop", f"the files of {BOTH} are mixed: {MEND}")


def test_files_that_were_changed(site: Path, install: Install) -> None:
    install("thop", "0.1.1", {**CLASSIC, "utils.py": "", "a.py": "", "b.py": ""})
    for name in ("utils.py", "profile.py", "a.py", "b.py"):
        (site / "thop" / name).write_text("mine", encoding="utf-8")
    assert find_owner() == Owner(
        "thop 0.1.1, changed",
        site / "thop",
        "files of thop 0.1.1 are not those that were installed: thop/a.py, thop/b.py, thop/profile.py and 1 more; "
        "install it anew",
    )


def test_a_file_that_is_gone(site: Path, install: Install) -> None:
    install("thop", "0.1.1", {**CLASSIC, "utils.py": ""})
    (site / "thop" / "utils.py").unlink()
    assert find_owner() == Owner(
        "thop 0.1.1, changed",
        site / "thop",
        "files of thop 0.1.1 are not those that were installed: thop/utils.py; install it anew",
    )


def test_a_record_without_hashes_says_nothing(site: Path, install: Install) -> None:
    install("thop", "0.1.1", CLASSIC, hashes=False)
    assert find_owner() == Owner("thop 0.1.1", site / "thop")


def test_code_that_no_package_installed(site: Path) -> None:
    (site / "thop").mkdir()
    for name, text in CLASSIC.items():
        (site / "thop" / name).write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    assert find_owner() == Owner(f"the thop of {site / 'thop'}", site / "thop")


def test_what_an_uninstalled_twin_takes_along(
    site: Path, thop: Callable[[], None], ultralytics: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(site)])
    thop()
    ultralytics()
    for name in TWIN:
        (site / "thop" / name).unlink()
    importlib.invalidate_caches()
    with pytest.raises(MeasureError) as error:
        find_owner()
    assert str(error.value).splitlines() == [
        f"thop is not whole: {site / 'thop'} has no __init__.py and no profile.py",
        "thop and ultralytics-thop share this folder, and one that is uninstalled takes files of the other along",
        MEND,
    ]


def test_no_thop(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(site)])
    with pytest.raises(MeasureError) as error:
        find_owner()
    assert str(error.value).splitlines() == ["thop is not installed", "install it: pip install thop"]


def test_something_without_a_file_in_its_place(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "thop", type(sys)("thop"))
    with pytest.raises(MeasureError, match=r"^thop is not installed"):
        find_owner()
