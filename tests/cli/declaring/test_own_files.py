"""A table in ``flopbudget.toml``, and files that a table includes: each limit goes where it stands."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from command_line import Command, Declare

OWN = """\
# ours
include = ["budgets/*.toml"]   # all of them

[defaults]
params = "1 k"   # of any model

[models.plain]
factory = "shapes:conv"
input = "1x3x8x8"
macs = "1 M"
"""
VISION = """\
# what is seen
[models.small]   # one layer
factory="shapes:conv"
input = '1x3xRxR'
at = [ {R=8, macs='1 M'},    # the thumbnail
       16 ]

# nothing is known of it
[models.new]
factory = "shapes:conv"
input = "1x3x8x8"
"""
IN_A_PROJECT = """\
[project]
name = "shop"

[tool.pytest-flopbudget]
include = ["budgets/*.toml"]
[tool.pytest-flopbudget.models.plain]
factory = "shapes:conv"
input = "1x3x8x8"
macs = "1 M"
"""

# R * R * 8 * 3 * 9 MACs: 13_824 * 1.05 = 14_515.2; 8 * 3 * 9 * 1.05 = 226.8 parameters.
SUGGESTED = """\
[models.plain]
macs = "14.6 k"  # 13,824 counted; now 1 M

[defaults]
params = "227"  # 216 at most; now 1 k

[models.small]  # in budgets/vision.toml
macs.R8 = "14.6 k"  # 13,824 counted; now 1 M
"""


def changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:2] not in ("--", "++", "@@")]


@pytest.fixture
def vision(project: Path) -> Path:
    """An included file, as another program might have written it."""
    path = project / "budgets" / "vision.toml"
    path.parent.mkdir()
    path.write_text(VISION, encoding="utf-8", newline="\r\n")
    return path


@pytest.fixture
def own(project: Path, vision: Path) -> Path:
    path = project / "flopbudget.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


@pytest.mark.usefixtures("own")
def test_suggestions_name_the_file_that_they_belong_in(flopbudget: Command) -> None:
    done = flopbudget("suggest")

    assert (done.code, done.out, done.err) == (0, SUGGESTED, "")


def test_each_limit_is_written_into_its_own_file_and_nothing_else_changes(
    flopbudget: Command, own: Path, vision: Path
) -> None:
    done = flopbudget("suggest", "--metric", "macs", "--write")

    assert changed(OWN, own.read_text(encoding="utf-8")) == ['-macs = "1 M"', '+macs = "14.6 k"']
    assert changed(VISION, vision.read_text(encoding="utf-8")) == [
        "-at = [ {R=8, macs='1 M'},    # the thumbnail",
        '+at = [ {R=8, macs="14.6 k"},    # the thumbnail',
        '+macs = { R16 = "58.1 k" }',
        '+macs = "14.6 k"',
    ]
    assert vision.read_bytes().count(b"\r\n") == vision.read_bytes().count(b"\n")
    assert done.out == (
        "models.plain.macs: 1 M becomes 14.6 k (13,824 counted)\n"
        "models.small.at[0].macs: 1 M becomes 14.6 k (13,824 counted)\n"
        "models.small.macs.R16: 58.1 k (55,296 counted)\n"
        "models.new.macs: 14.6 k (13,824 counted)\n"
        "flopbudget.toml is written: 1 limit\n"
        "budgets/vision.toml is written: 3 limits\n"
    )
    assert flopbudget("suggest", "--metric", "macs", "--write").err == "every limit is what it would be\n"


def test_all_files_are_written_or_none(
    flopbudget: Command, own: Path, vision: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, replace = vision.read_bytes(), Path.replace

    def fails_at_vision(new: Path, target: Path) -> Path:
        if target.name == "vision.toml":
            raise OSError(28, "No space left on device")
        return replace(new, target)

    monkeypatch.setattr(Path, "replace", fails_at_vision)
    done = flopbudget("suggest", "--metric", "macs", "--write")

    assert (done.code, done.out) == (1, "")
    assert (
        done.err == "flopbudget: budgets/vision.toml could not be written: No space left on device; none is changed\n"
    )
    assert (own.read_text(encoding="utf-8"), vision.read_bytes()) == (OWN, before)


def test_a_default_holds_the_models_of_every_file(flopbudget: Command, own: Path, vision: Path) -> None:
    before = vision.read_bytes()
    done = flopbudget("suggest", "new", "--write", "--json")

    limits = done.data["limits"]
    assert isinstance(limits, list)
    (limit,) = limits
    assert (limit["file"], limit["key"], limit["limit"]) == ("flopbudget.toml", "defaults.params", "227")
    assert changed(OWN, own.read_text(encoding="utf-8")) == [
        '-params = "1 k"   # of any model',
        '+params = "227"   # of any model',
    ]
    assert vision.read_bytes() == before


def test_what_a_project_includes_is_written_from_below_it(
    flopbudget: Command, declare: Declare, vision: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = declare(IN_A_PROJECT)
    monkeypatch.chdir(vision.parent)
    named = flopbudget("suggest", "small::R8", "--config", "../pyproject.toml")
    # 13_824 counted, and no headroom
    done = flopbudget("suggest", "small::R8", "--headroom", "0%", "--write")

    assert named.out.startswith("[models.small]  # in ../budgets/vision.toml\n")
    assert (done.code, done.out.splitlines()[-1]) == (0, "budgets/vision.toml is written: 1 limit")
    assert '{R=8, macs="13_824"}' in vision.read_text(encoding="utf-8")
    assert path.read_text(encoding="utf-8") == IN_A_PROJECT


@pytest.mark.usefixtures("own")
def test_a_case_is_shown_with_the_file_of_each_limit(flopbudget: Command) -> None:
    done = flopbudget("show", "small::R8")

    assert done.out == (
        "# small::R8, budgets/vision.toml:5\n"
        'factory = "shapes:conv"\n'
        'input = "1x3x8x8"\n'
        'macs = "1 M"    # 1,000,000 MACs, budgets/vision.toml:5\n'
        'params = "1 k"  # 1,000 params, flopbudget.toml:5\n'
    )


def test_a_first_declaration_goes_into_the_file_of_the_table(flopbudget: Command, own: Path, project: Path) -> None:
    (project / "src").mkdir()
    (project / "shapes.py").rename(project / "src" / "shapes.py")
    # It has a budget, but none of ours.
    (project / "pyproject.toml").write_text("[tool.budget]\nyear = 2030\n", encoding="utf-8")
    done = flopbudget("init", "src/shapes.py:conv", "1x3x8x8", "--name", "first", "--yes")

    assert (done.code, done.err) == (0, "")
    # The default holds its parameters already.
    assert (
        own.read_text(encoding="utf-8")
        == OWN.replace("all of them\n", 'all of them\npythonpath = ["src"]\n')
        + '\n[models.first]\nfactory = "shapes:conv"\ninput = "1x3x8x8"\nmacs = "14.6 k"\n'
    )
    assert flopbudget("check", "-q").code == 0


@pytest.mark.usefixtures("own")
def test_a_name_of_an_included_model_is_taken(flopbudget: Command) -> None:
    done = flopbudget("init", "shapes.py:conv", "1x3x8x8", "--name", "small", "--yes")

    assert (done.code, done.err) == (
        2,
        "flopbudget: budgets/vision.toml declares a model 'small' already: give this one another --name\n",
    )
