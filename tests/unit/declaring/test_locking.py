"""What a table says of its lock, and what needs one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.asked import Asked, as_case, read_asked
from pytest_flopbudget.declaring.cases import Bundle, Locking, Table
from pytest_flopbudget.declaring.locking import subject_of
from pytest_flopbudget.errors import AskedError, Place
from pytest_flopbudget.judge.by_lock import Subject
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.targets import Target
from pytest_flopbudget.quantities import Growth

Read = Callable[[str], Table]
Mistakes = Callable[[str], list[str]]
LOCK = '[tool.pytest-flopbudget]\nlock = "flopbudget.lock.json"\n'
NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3xRxR"\nat = [96, 160]\n'
NO_LOCK = "no lock is kept: write lock = 'flopbudget.lock.json' in [tool.pytest-flopbudget]"


def test_a_lock_and_a_model_without_limits(read: Read, tmp_path: Path) -> None:
    table = read(LOCK + NET)
    assert table.lock == Locking(path=str(tmp_path / "flopbudget.lock.json"), place=Place("pyproject.toml", 2))
    assert [case.limits for case in table.cases] == [(), ()]


def test_every_key(read: Read) -> None:
    keys = 'lock_policy = "exact"\nlock_depth = 0\nnew = "accept"\n'
    lock = read(f"{LOCK}{keys}{NET}").lock
    assert lock is not None
    assert (lock.policy, lock.depth, lock.new) == ("exact", 0, "accept")


def test_no_lock(read: Read) -> None:
    assert read(f'{NET}macs = "1 M"\n').lock is None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('lock = "../x.json"', ("lock: '../x.json' is not below this file's folder: write a name, as in "
         "'flopbudget.lock.json'")),
        ('lock = "/x.json"', ("lock: '/x.json' is not below this file's folder: write a name, as in "
         "'flopbudget.lock.json'")),
        ('lock = "C:/x.json"', ("lock: 'C:/x.json' is not below this file's folder: write a name, as in "
         "'flopbudget.lock.json'")),
        ('lock = "pyproject.toml"', ("lock: 'pyproject.toml' is no name of a JSON file: write one, as in "
         "'flopbudget.lock.json'")),
        ("lock = true", "lock: true is no text"),
        ('lock_policy = "exact"', f"lock_policy: {NO_LOCK}"),
        ("lock_depth = 3", f"lock_depth: {NO_LOCK}"),
        ('new = "error"', f"new: {NO_LOCK}"),
    ],
)  # fmt: skip
def test_mistakes_of_the_root(mistakes: Mistakes, line: str, text: str) -> None:
    told = mistakes(f'[tool.pytest-flopbudget]\n{line}\n{NET}macs = "1 M"\n')
    assert told == [f"pyproject.toml:2: {text}"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('lock_policy = "strict"', "lock_policy: 'strict' is none of 'no_growth', 'exact', 'report'"),
        ("lock_depth = -1", "lock_depth: -1 is no depth: write a whole number from 0 up"),
        ('new = "fail"', "new: 'fail' is none of 'error', 'warn', 'accept'"),
    ],
)
def test_mistakes_beside_a_lock(mistakes: Mistakes, line: str, text: str) -> None:
    assert mistakes(f"{LOCK}{line}\n{NET}") == [f"pyproject.toml:3: {text}"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('macs = "lock"', f"models.net.macs: {NO_LOCK}"),
        ('macs = "1 M"\nmax_growth = "1%"', f"models.net.max_growth: {NO_LOCK}"),
        ('modules = { a = { max_growth = "1%" } }', f"models.net.modules.a.max_growth: {NO_LOCK}"),
        ('modules = { a = { params = "lock" } }', f"models.net.modules.a.params: {NO_LOCK}"),
    ],
)
def test_what_needs_a_lock(mistakes: Mistakes, line: str, text: str) -> None:
    (told,) = mistakes(f"{NET}{line}\n")
    assert told.partition(": ")[2] == text


def test_a_target_that_needs_a_lock(mistakes: Mistakes) -> None:
    target = '[tool.pytest-flopbudget.targets.board]\nweight_bytes = "lock"\n'
    told = mistakes(f'{target}{NET}macs = "1 M"\ntargets = ["board"]\n')
    assert told == [f"pyproject.toml:2: targets.board.weight_bytes: {NO_LOCK}"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('flops = "lock"', "models.net.flops: flops are 2 × macs, and macs are locked: write macs"),
        (
            'modules = { a = { total_flops = "lock" } }',
            "models.net.modules.a.total_flops: of modules the lock has macs, params, activations",
        ),
        (
            "max_growth = { mac = 3 }",
            "models.net.max_growth.mac: no metric that is locked here; did you mean 'macs'?",
        ),
        (
            "max_growth = { flops = 3 }",
            "models.net.max_growth.flops: flops are 2 × macs, and macs are locked: write macs",
        ),
        (
            "max_growth = {}",
            (
                "models.net.max_growth: the table is empty: write max_growth = '1%', or one by metric, as in "
                "{ macs = '5 M' }"
            ),
        ),
        (
            'max_growth = "5 M"',
            (
                "models.net.max_growth: '5 M' is no growth of several metrics: write a percentage, as in '1%', or a "
                "table by metric, as in { macs = '5 M' }"
            ),
        ),
        (
            "modules = { a = { max_growth = { weight_bytes = 1 } } }",
            (
                "models.net.modules.a.max_growth.weight_bytes: no metric that is locked here; there is macs, params, "
                "activations"
            ),
        ),
    ],
)
def test_mistakes_of_a_model(mistakes: Mistakes, line: str, text: str) -> None:
    (told,) = mistakes(f"{LOCK}{NET}{line}\n")
    assert told.partition(": ")[2] == text


def test_how_growth_is_inherited(read: Read) -> None:
    defaults = '[tool.pytest-flopbudget.defaults]\nmax_growth = "2%"\n'
    points = 'at = [{ R = 96 }, { R = 160, max_growth = { macs = "5 k", params = "1%" } }]\n'
    table = read(LOCK + defaults + NET.replace("at = [96, 160]\n", points))
    assert [case.growth for case in table.cases] == [
        {"": Growth(share=Fraction(2, 100), source="2%")},
        {"macs": Growth(amount=5000, source="5 k"), "params": Growth(share=Fraction(1, 100), source="1%")},
    ]


def test_the_locks_limits(read: Read) -> None:
    modules = 'modules = { "a.*" = { macs = "lock", max_growth = { params = 5 }, reason = "x" } }'
    lines = f'macs = "1 M"\nparams = "lock"\n{modules}\n'
    (case, _) = read(f"{LOCK}{NET}{lines}").cases
    place, inside = Place("pyproject.toml", 8), Place("pyproject.toml", 9)
    assert case.limits[1:] == (
        Limit(metric="params", value=0, relation="lock", place=place, source="lock"),
        Limit(metric="macs", subject="a.*", value=0, relation="lock", place=inside, source="lock", reason="x"),
        Limit(
            metric="params",
            subject="a.*",
            value=0,
            relation="lock",
            place=inside,
            source="5",
            reason="x",
            growth=Growth(amount=5, source="5"),
        ),
    )


def test_a_points_lock_replaces_its_models_limit(read: Read) -> None:
    points = 'at = [{ R = 96 }, { R = 160, macs = "lock" }]\nmacs = "1 M"\n'
    table = read(LOCK + NET.replace("at = [96, 160]\n", points))
    assert [[(limit.metric, limit.relation) for limit in case.limits] for case in table.cases] == [
        [("macs", "<=")],
        [("macs", "lock")],
    ]


PLACE = Place("tests/test_net.py", 12)


def test_a_mark_or_a_call() -> None:
    asked = read_asked({"macs": "lock", "max_growth": "1%"}, PLACE, "flop_budget")
    growth = {"": Growth(share=Fraction(1, 100), source="1%")}
    assert asked == Asked(
        limits=(Limit(metric="macs", value=0, relation="lock", place=PLACE, source="lock"),), growth=growth
    )
    assert as_case(asked, id="x", kind="test", place=PLACE).growth == growth


def test_a_mistake_in_a_call() -> None:
    with pytest.raises(AskedError) as caught:
        read_asked({"max_growth": {"mac": 1}}, PLACE, "flop_budget")
    assert str(caught.value) == (
        "tests/test_net.py:12: flop_budget: max_growth.mac: no metric that is locked here; did you mean 'macs'?"
    )


def test_a_bundles_lock_is_about_what_adds_up_on_its_target() -> None:
    flash, macs = (
        Limit(metric=metric, value=9, place=PLACE, source="9", target="board") for metric in ("weight_bytes", "macs")
    )
    target = Target(name="board", place=PLACE, limits=(flash, macs))
    growth = {"": Growth(source="5%", share=Fraction(1, 20))}
    bundle = Bundle(id="door", place=PLACE, target=target, cases=(), growth=growth)
    assert subject_of(bundle) == Subject((flash,), growth)
