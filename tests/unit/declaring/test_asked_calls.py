"""The case of a call of its own, and of one that follows a declared model."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from pytest_flopbudget.declaring.asked import Asked, as_case, of_declared, read_asked
from pytest_flopbudget.declaring.cases import EXECUTE_LIMIT, AskedCase, Table
from pytest_flopbudget.errors import AskedError, Place
from pytest_flopbudget.judge.limits import Limit

PLACE = Place("tests/test_net.py", 12)
CALL = Place("tests/test_net.py", 20)


def asked(place: Place = PLACE, **written: object) -> Asked:
    return read_asked(written, place, "flop_budget")


def test_a_call_of_its_own() -> None:
    case = as_case(asked(macs="1 M"), id="tests/test_net.py::test_net#1", kind="region", place=CALL)
    assert case == AskedCase(
        id="tests/test_net.py::test_net#1",
        kind="region",
        place=CALL,
        limits=(Limit(metric="macs", value=1_000_000, place=PLACE, source="1 M"),),
        backend="auto",
        execute_limit=EXECUTE_LIMIT,
        level="error",
        uncounted="error",
    )


def test_the_options_of_a_call() -> None:
    found = asked(level="warn", uncounted="off", allow_zero=True, warn_at="90%", reason="x", mode="training")
    case = as_case(found, id="id", kind="test", place=CALL)
    assert (case.level, case.uncounted, case.allow_zero, case.warn_at, case.reason, case.mode, case.backend) == (
        "warn",
        "off",
        True,
        Fraction(9, 10),
        "x",
        "training",
        "auto",
    )


def test_a_call_of_its_own_has_no_dimensions() -> None:
    with pytest.raises(AskedError) as caught:
        as_case(asked(macs="82 k per R*R", modules={"a": {"flops": "1 per T"}}), id="id", kind="test", place=CALL)
    hint = "only a declared model's point has any, as in declared='net', at={'R': 96}"
    assert str(caught.value).splitlines() == [
        f"tests/test_net.py:12: macs: '82 k per R*R': there is no dimension 'R': {hint}",
        f"tests/test_net.py:12: flops: '1 per T': there is no dimension 'T': {hint}",
    ]


DECLARED = """\
[tool.pytest-flopbudget.models.net]
factory = "shop:net"
input = "1x3xRxR"
at = [{ R = 96, name = "small" }]
macs = "1 M"
params = "2 M"
modules = { "stem" = { macs = "20%" } }
level = "warn"
allow_zero = true
warn_at = "95%"
reason = "declared"
mode = "training"
backend = "execute"
execute_limit = "1 MiB"
skip = "not yet"
"""


def test_a_call_that_follows_a_declared_model(read: Callable[[str], Table]) -> None:
    (declared,) = read(DECLARED).cases
    case = of_declared(declared, asked(), id="test_net", place=CALL)
    assert case == AskedCase(
        id="test_net",
        kind="test",
        place=CALL,
        model="net",
        point_name="small",
        point={"R": 96},
        limits=declared.limits,
        mode="training",
        backend="execute",
        execute_limit=2**20,
        level="warn",
        allow_zero=True,
        warn_at=Fraction(95, 100),
        reason="declared",
        skip="not yet",
    )


def test_the_calls_own_beats_the_declared(read: Callable[[str], Table]) -> None:
    (declared,) = read(DECLARED).cases
    own = asked(
        params="7 per R",
        flops="50% of net",
        modules={"stem": {"macs": "10%"}, "head": {"macs": 3}},
        level="error",
        allow_zero=False,
        mode="inference",
        backend="shapes",
        execute_limit=7,
        reason="own",
        warn_at="90%",
    )
    case = of_declared(declared, own, id="test_net", place=CALL)
    assert [(limit.subject, limit.metric, limit.source, limit.value) for limit in case.limits] == [
        ("", "macs", "1 M", 1_000_000),
        ("", "flops", "50% of net", 0),
        ("", "params", "7 per R", 7 * 96),
        ("stem", "macs", "10%", 0),
        ("head", "macs", "3", 3),
    ]
    found = (case.level, case.allow_zero, case.mode, case.backend, case.execute_limit, case.reason, case.warn_at)
    assert found == (
        "error",
        False,
        "inference",
        "shapes",
        7,
        "own",
        Fraction(9, 10),
    )


def test_a_dimension_that_the_declared_point_lacks(read: Callable[[str], Table]) -> None:
    (declared,) = read(DECLARED).cases
    with pytest.raises(AskedError) as caught:
        of_declared(declared, asked(macs="7 per T*R"), id="test_net", place=CALL)
    assert str(caught.value) == "tests/test_net.py:12: macs: '7 per T*R': there is no dimension 'T'; there is R"
