"""The paragraph on what grew, whole."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from pytest_flopbudget.judge.changes import ModuleChange
from pytest_flopbudget.judge.verdicts import Verdict
from pytest_flopbudget.report.failure import body
from pytest_flopbudget.report.grew import change_rows, grown_first, what_grew

CHANGES = (
    ModuleChange(
        "a",
        "grown",
        "macs",
        9_000_000,
        9_720_000,
        operator="aten::conv2d 1x64x56x56, 128x64x3x3 gives 1x128x56x56, was aten::conv2d 1x64x56x56, 120x64x3x3 gives "
        "1x120x56x56",
    ),
    ModuleChange("neck", "new", "macs", 0, 600_000),
    ModuleChange("stage.1", "moved", "macs", 2_000_000, 2_000_000, was="layer.1"),
    ModuleChange("", "shrunk", "macs", 400, 300),
    ModuleChange("stem", "removed", "macs", 500, 0),
    ModuleChange("tail", "removed", "macs", 600, 0),
    ModuleChange("a", "grown", "params", 8, 10),
)


@pytest.fixture
def grown(exceeded: Verdict) -> Verdict:
    return replace(exceeded, changes=CHANGES, locked={"macs": 28_400_800, "params": 60}, change="grown")


def test_the_first_five(grown: Verdict) -> None:
    (told,) = what_grew(grown, grown.checks)
    assert "\n".join(told) == dedent("""\
        What grew since the lock, in MACs, the first 5 of 6 changes:
          a                   +720,000  from 9,000,000 (+8%)
              aten::conv2d 1x64x56x56, 128x64x3x3 gives 1x128x56x56, was aten::conv2d
              1x64x56x56, 120x64x3x3 gives 1x120x56x56
          neck                +600,000  new
          stage.1                    0  moved from layer.1
          (the model itself)      -100  from 400 (-25%)
          stem                    -500  removed""")


def test_in_the_body_it_stands_where_else_it_is_told_where_it_goes(grown: Verdict) -> None:
    assert "Where the MACs go" not in body(grown)
    assert "What grew since the lock, in MACs, the first 5 of 6 changes:\n" in body(grown)


def test_what_grew_over_the_lock_is_told_without_a_limit(grown: Verdict) -> None:
    told = what_grew(replace(grown, checks=(), locked={"params": 58}), ())
    assert told == [["What grew since the lock, in params:", "  a  +2  from 8 (+25%)"]]


def test_where_nothing_grew_it_is_told_where_it_goes(grown: Verdict) -> None:
    shrunk = replace(grown, changes=CHANGES[3:5], locked={"macs": 29_720_600})
    assert what_grew(shrunk, shrunk.checks) == []
    assert "Where the MACs go, the 5 dearest of 6 modules:" in body(shrunk)


def test_floating_point_operations_of_all_kinds_are_told_by_macs(grown: Verdict) -> None:
    limited = replace(grown.checks[0], limit=replace(grown.checks[0].limit, metric="total_flops"))
    (told,) = what_grew(grown, [limited])
    assert told[0] == "What grew since the lock, in MACs, the first 5 of 6 changes:"


def test_bytes_are_told_by_no_module(grown: Verdict) -> None:
    limited = replace(grown.checks[0], limit=replace(grown.checks[0].limit, metric="arena_bytes"))
    assert what_grew(replace(grown, locked={"arena_bytes@nucleo": 3}), [limited]) == []


def test_long_paths_keep_both_ends() -> None:
    path = f"model.{'blocks.' * 20}attn.qkv"
    told = change_rows([ModuleChange(path, "new", "macs", 0, 5)], "What grew", "the model itself", width=40)
    assert told == ["What grew:", "  model.blo...s.blocks.attn.qkv  +5  new"]
    assert len(told[1]) <= 40


def test_what_only_moved_stands_last() -> None:
    assert [each.path for each in grown_first(CHANGES, "flops")] == ["a", "neck", "", "stem", "tail", "stage.1"]


def test_where_nothing_grew_the_largest_loss_stands_first() -> None:
    losses = [ModuleChange("a", "shrunk", "macs", 5, 4), ModuleChange("b", "removed", "macs", 9, 0)]
    assert [each.path for each in grown_first(losses, "macs")] == ["b", "a"]
