"""What declared cases and bundles come to that are not counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.deciding import Deciding, as_failed
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.locking import Locks
from pytest_flopbudget.sharing import Sharing

TABLE = """
[tool.pytest-flopbudget.targets.board]
flash = "1 MiB"

[tool.pytest-flopbudget.defaults]
factory = "no.such:thing"
input   = "1x3"
macs    = "1 M"

[tool.pytest-flopbudget.models.later]
skip = "rev B only"

[tool.pytest-flopbudget.models.camera]

[tool.pytest-flopbudget.models.silent]

[tool.pytest-flopbudget.bundles.firmware]
target = "board"
cases  = ["camera", "silent"]
"""


class Skipping(Sharing):
    """Its models skip by themselves."""

    def measure(self, case: Case, table: Table) -> Measurement:
        pytest.skip("needs a camera" if case.model == "camera" else "")


@pytest.fixture
def table(tmp_path: Path) -> Table:
    path = tmp_path / "pyproject.toml"
    path.write_text(TABLE, encoding="utf-8")
    table = read_table(path)
    assert table is not None
    return table


@pytest.mark.parametrize(
    ("declared", "reasons"),
    [
        ("later::default", ("rev B only",)),
        ("camera::default", ("needs a camera",)),
        ("silent::default", ("skipped by the model's own code",)),
        ("firmware", ("camera::default: needs a camera",)),
    ],
)
def test_what_is_skipped(table: Table, declared: str, reasons: tuple[str, ...]) -> None:
    (one,) = (each for each in table.declared if each.id == declared)
    verdict = Deciding(Skipping(), Locks(str)).verdict(one, table)
    assert (verdict.case, verdict.status, verdict.reasons) == (declared, "skipped", reasons)


def test_a_model_that_cannot_be_built_breaks_its_bundle(table: Table) -> None:
    verdict = Deciding(Sharing(), Locks(str)).verdict(table.bundles[0], table)
    assert (verdict.case, verdict.status) == ("firmware", "error")
    assert verdict.reasons == ("camera::default: factory 'no.such:thing': there is no module 'no'",)


@pytest.mark.parametrize("declared", ["camera::default", "firmware"])
def test_what_fails_before_it_is_judged(table: Table, declared: str) -> None:
    (one,) = (each for each in table.declared if each.id == declared)
    verdict = as_failed(one, "a timeout")
    assert (verdict.case, verdict.status, verdict.fails) == (declared, "error", True)
    assert verdict.reasons == ("a timeout",)
