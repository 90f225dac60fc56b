"""A limit is written only into the file that it stands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.cli.editing import find_file
from pytest_flopbudget.declaring.lines import Path as Keys
from pytest_flopbudget.declaring.proposing import Proposal
from pytest_flopbudget.errors import FlopBudgetError

NET = 'factory = "shapes:conv"\ninput = "1x3x8x8"\nmacs = "1 M"\n'
LIMIT: Keys = ("models", "seen", "macs")


@pytest.fixture
def files(project: Path) -> tuple[Path, Path]:
    """A table, and a file that it includes."""
    own, seen = project / "flopbudget.toml", project / "seen.toml"
    own.write_text(f'include = ["seen.toml"]\n[models.own]\n{NET}', encoding="utf-8")
    seen.write_text(f"[models.seen]\n{NET}", encoding="utf-8")
    return own, seen


def to_write(file: str, path: Keys, before: str | None) -> Proposal:
    return Proposal(file=file, path=path, metric="macs", text="2 M", before=before)


@pytest.mark.usefixtures("files")
def test_only_the_texts_of_the_files_that_limits_stand_in_are_made() -> None:
    written = find_file(None).written([to_write("seen.toml", LIMIT, "1 M")])

    assert written == {"seen.toml": f"[models.seen]\n{NET}".replace("1 M", "2 M")}


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("file", "path", "before", "message"),
    [
        # It stands in the other file.
        ("flopbudget.toml", LIMIT, "1 M", "flopbudget.toml: models.seen.macs has no place in it: nothing is written"),
        ("flopbudget.toml", LIMIT, None, "flopbudget.toml: models.seen.macs has no place in it: nothing is written"),
        # It was taken out meanwhile.
        (
            "seen.toml",
            ("models", "seen", "params"),
            "1 k",
            "seen.toml: models.seen.params has no place in it: nothing is written",
        ),
        (
            "seen.toml",
            ("models", "seen", "at", 0, "macs"),
            "1 M",
            "seen.toml: models.seen.at[0].macs has no place in it: nothing is written",
        ),
        ("gone.toml", LIMIT, "1 M", "gone.toml cannot be read: No such file or directory"),
    ],
)
def test_what_does_not_stand_there_is_not_written(file: str, path: Keys, before: str | None, message: str) -> None:
    first = to_write("seen.toml", LIMIT, "1 M")
    with pytest.raises(FlopBudgetError) as caught:
        find_file(None).written([first, to_write(file, path, before)])

    assert str(caught.value) == message


def test_a_new_limit_needs_its_model_alone(files: tuple[Path, Path]) -> None:
    file = find_file(None)
    file.save(file.written([to_write("seen.toml", ("models", "seen", "flops", "default"), None)]))

    assert files[1].read_text(encoding="utf-8") == f'[models.seen]\n{NET}flops = {{ default = "2 M" }}\n'
    assert files[0].read_text(encoding="utf-8") == f'include = ["seen.toml"]\n[models.own]\n{NET}'
