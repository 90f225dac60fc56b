"""Judging a declared case from anywhere: ``check("net", model)``."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_flopbudget import FlopBudgetError, check
from pytest_flopbudget.errors import TableError

TABLE = """
[tool.pytest-flopbudget]
free = ["check_tests::shuffle"]

[tool.pytest-flopbudget.models.net]
factory = "no.such:thing"
input   = "1x3xRxR"
modules = { body = { macs = "90%" } }
at = [
  { R = 8,  macs = "14 k" },
  { R = 16, macs = "50 k", reason = "30 fps" },
  { R = 32, macs = "1 M", skip = "later" },
]

[tool.pytest-flopbudget.models.body]
factory = "no.such:thing"
part    = "body"
call    = "twice"
input   = "1x3x8x8"
macs    = "= 27_648"
backend = "execute"

[tool.pytest-flopbudget.models.shared]
factory = "no.such:thing"
input   = "1x3x8x8"
macs    = "50% of net::R8"
"""


class Body(nn.Conv2d):
    def twice(self, x: torch.Tensor) -> object:
        out: object = self(x) + self(x)
        return out


class Net(nn.Module):
    """R * R * 3 * 8 * 9 MACs in the body, R * R * 8 * 4 in the head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Body(3, 8, 3, padding=1)
        self.head = nn.Conv2d(8, 4, 1)

    def forward(self, x: torch.Tensor) -> object:
        out: object = self.head(self.body(x))
        return out


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    below = tmp_path / "scripts" / "deep"
    below.mkdir(parents=True)
    (tmp_path / "scripts" / "pyproject.toml").write_text('[project]\nname = "scripts"\n', encoding="utf-8")
    monkeypatch.chdir(below)
    return tmp_path


def test_a_verdict(project: Path) -> None:
    net = Net().train()
    verdict = check("net", net, at={"R": 8})
    macs = 8 * 8 * (3 * 8 * 9 + 8 * 4)
    assert (verdict.case, verdict.kind, verdict.status, verdict.fails) == ("net::R8", "declared", "exceeded", True)
    assert verdict.metrics["macs"] == macs == 15_872
    assert verdict.reasons == ("15.87 kMACs > 14 kMACs (+13%)",)
    assert net.training


def test_the_lock_of_the_table(project: Path) -> None:
    table = project / "pyproject.toml"
    table.write_text(TABLE.replace("free =", 'lock = "x.json"\nfree ='), encoding="utf-8")
    lock = project / "x.json"
    assert [(each.status, each.level) for each in check("net", Net(), at="R16").findings][1:] == [("unlocked", "warn")]
    entry = '{"metrics": {"macs": 63487}}'
    lock.write_text(f'{{"schema_version": 1, "conventions": 1, "cases": {{"net::R16": {entry}}}}}', encoding="utf-8")
    verdict = check("net", Net(), at="R16")
    # 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488
    assert verdict.reasons[1] == "63.488 kMACs > 63.487 kMACs locked (+0.0016%)"
    assert (verdict.change, verdict.locked) == ("grown", {"macs": 63_487})
    lock.write_text("{", encoding="utf-8")
    assert check("net", Net(), at="R16").reasons[0].startswith("x.json:1: it is damaged: ")


def test_a_points_name_and_reason(project: Path) -> None:
    verdict = check("net", Net(), at="R16")
    assert verdict.reasons == ("63.49 kMACs > 50 kMACs (+27%)",)
    assert [each.limit.reason for each in verdict.checks if not each.kept] == ["30 fps"]


def test_part_call_and_backend_are_the_declared_ones(project: Path) -> None:
    verdict = check("body", Net())
    assert (verdict.status, verdict.traced, verdict.metrics["macs"]) == ("kept", "executed", 2 * 8 * 8 * 3 * 8 * 9)


def test_a_bound_method_is_the_model(project: Path) -> None:
    assert check("body", Net().body.twice).status == "kept"


def test_what_ends_in_a_verdict(project: Path) -> None:
    assert (check("net", Net(), at="R32").status, check("net", Net(), at="R32").reasons) == ("skipped", ("later",))
    broken = check("net", nn.Conv2d(4, 8, 3), at="R8")
    assert (broken.status, broken.fails) == ("error", True)
    assert broken.reasons[0].startswith("cannot run at 1x3x8x8: Conv2d: Given groups=1")
    refers = check("shared", Net())
    assert refers.status == "error"
    assert refers.reasons[0].startswith("macs '50% of net::R8' at pyproject.toml:26: net::R8: factory 'no.such:thing'")


@pytest.mark.parametrize(
    ("name", "model", "at", "message"),
    [
        ("nett", Net, None, "'nett' is no declared model of ../../pyproject.toml; did you mean 'net'?"),
        ("net", Net, None, "net has 3 points, R8, R16, R32: say which, as in at={'R': 8}"),
        ("net", lambda: 3, "R8", "an object of int is no model: give a torch.nn.Module, or a bound method of one"),
    ],
)
def test_what_cannot_be_asked(
    project: Path,
    name: str,
    model: Callable[[], Callable[..., object]],
    at: Mapping[str, int] | str | None,
    message: str,
) -> None:
    with pytest.raises(FlopBudgetError) as error:
        check(name, model(), at=at)
    assert str(error.value) == message


def test_a_table_with_mistakes(project: Path) -> None:
    (project / "pyproject.toml").write_text(TABLE.replace("free =", "fre ="), encoding="utf-8")
    with pytest.raises(TableError) as error:
        check("net", Net(), at="R8")
    assert str(error.value) == "pyproject.toml:3: fre: unknown key; did you mean 'free'?"


def test_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FlopBudgetError) as error:
        check("net", Net())
    assert str(error.value) == (
        f"no pyproject.toml in {Path(__file__).parent} or {tmp_path}, or above, has a table [tool.pytest-flopbudget]"
    )


def test_the_table_is_that_of_the_file_that_asks(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "asking.py").write_text(
        "from pytest_flopbudget import check\n\ndef ask(model):\n    return check('net', model, at='R16')\n",
        encoding="utf-8",
    )
    elsewhere = project / "scripts"
    (elsewhere / "pyproject.toml").write_text(TABLE.replace('"50 k"', '"60 k"'), encoding="utf-8")
    monkeypatch.syspath_prepend(project)
    monkeypatch.chdir(elsewhere)
    asking = importlib.import_module("asking")
    assert asking.ask(Net()).reasons == ("63.49 kMACs > 50 kMACs (+27%)",)
    assert check("net", Net(), at="R16").reasons == ("63.49 kMACs > 60 kMACs (+5.8%)",)


def test_what_an_assert_shows(project: Path) -> None:
    assert repr(check("net", Net(), at="R16")) == "<Verdict net::R16: exceeded; 63.49 kMACs > 50 kMACs (+27%)>"
    assert repr(check("body", Net())) == "<Verdict body::default: kept>"


@pytest.mark.parametrize("given", ["", "input = '1x3x8x8'\n"])
def test_a_file_that_is_not_there_is_told_before_the_model_runs(project: Path, given: str) -> None:
    table = "[tool.pytest-flopbudget.models.file]\nfactory = 'net.pt2'\nmacs = '1 M'\n"
    (project / "pyproject.toml").write_text(table + given, encoding="utf-8")
    verdict = check("file", Net())
    assert (verdict.status, verdict.reasons) == ("error", ("factory 'net.pt2' is not there: export it first",))
