"""Verdicts against a lock: one row a policy and a number."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from locked_net import AS_LOCKED, NET, PLACE, limit, locked, terms, told
from pytest_flopbudget.counting.conventions import CONVENTIONS
from pytest_flopbudget.errors import LockError
from pytest_flopbudget.judge.by_lock import Subject, by_lock, entry_of
from pytest_flopbudget.judge.changes import Change
from pytest_flopbudget.judge.locks import Entry, Lock, LockedModule, LockPolicy, NewPolicy
from pytest_flopbudget.judge.on_targets import Account
from pytest_flopbudget.judge.verdicts import Finding, Level, Verdict
from pytest_flopbudget.quantities import Growth

ONE_PERCENT = Growth(share=Fraction(1, 100), source="1%")
AT = "the lock is x.json, named at pyproject.toml:2"
MEANT = f"{AT}; if the change is meant, pytest --flopbudget-update renews it"


@pytest.mark.parametrize(
    ("macs", "policy", "growth", "change", "findings"),
    [
        (1000, "no_growth", {}, "same", []),
        (999, "no_growth", {}, "grown", [("grown", "error", "1 kMACs > 999 MACs locked (+0.1%)")]),
        (1001, "no_growth", {}, "shrunk", []),
        # 991 + 9.91, rounded down, is 1,000; 990 + 9.9 is 999
        (991, "no_growth", {"": ONE_PERCENT}, "grown", []),
        (
            990,
            "no_growth",
            {"": ONE_PERCENT},
            "grown",
            [("grown", "error", "1 kMACs > 990 MACs locked (+1%, 1% allowed)")],
        ),
        (990, "no_growth", {"macs": Growth(amount=10, source="10")}, "grown", []),
        (
            989,
            "no_growth",
            {"macs": Growth(amount=10, source="10")},
            "grown",
            [("grown", "error", "1 kMACs > 989 MACs locked (+1.1%, 10 allowed)")],
        ),
        # What is said of one metric says nothing of the others.
        (990, "no_growth", {"params": ONE_PERCENT}, "grown", [("grown", "error", "1 kMACs > 990 MACs locked (+1%)")]),
        (
            990,
            "no_growth",
            {"macs": Growth(), "": ONE_PERCENT},
            "grown",
            [("grown", "error", "1 kMACs > 990 MACs locked (+1%)")],
        ),
        (1000, "exact", {}, "same", []),
        (1250, "exact", {}, "shrunk", [("differs", "error", "1 kMACs, not 1.25 kMACs as locked (-20%)")]),
        (991, "exact", {"": ONE_PERCENT}, "grown", [("differs", "error", "1 kMACs, not 991 MACs as locked (+0.91%)")]),
        (500, "report", {}, "grown", []),
        (2000, "report", {}, "shrunk", []),
    ],
)
def test_macs(
    macs: int,
    policy: LockPolicy,
    growth: dict[str, Growth],
    change: Change,
    findings: list[tuple[str, str, str]],
) -> None:
    verdict = by_lock(NET, Subject(growth=growth), terms(locked(macs=macs), policy))
    assert told(verdict) == findings
    assert verdict.change == change
    assert verdict.locked == {"macs": macs, "params": 60, "activations": 30}
    assert verdict.details == ((MEANT,) if findings else ())


def test_one_metric_that_grew_is_growth_whatever_became_of_the_others() -> None:
    verdict = by_lock(NET, Subject(), terms(locked(macs=2000, params=59)))
    assert verdict.change == "grown"
    assert told(verdict) == [("grown", "error", "60 params > 59 params locked (+1.7%)")]


@pytest.mark.parametrize(
    ("level", "findings"),
    [
        ("warn", [("grown", "warn", "1 kMACs > 500 MACs locked (+100%)")]),
        ("off", []),
    ],
)
def test_the_level_touches_growth(level: Level, findings: list[tuple[str, str, str]]) -> None:
    assert told(by_lock(replace(NET, level=level), Subject(), terms(locked(macs=500)))) == findings


NOT_IN = "not in x.json: pytest --flopbudget-update takes it in"


@pytest.mark.parametrize(
    ("new", "level", "findings"),
    [
        ("error", "error", [("unlocked", "error", NOT_IN)]),
        ("error", "warn", [("unlocked", "warn", NOT_IN)]),
        ("error", "off", []),
        ("warn", "error", [("unlocked", "warn", NOT_IN)]),
        ("accept", "error", []),
    ],
)
def test_a_case_without_an_entry(new: NewPolicy, level: Level, findings: list[tuple[str, str, str]]) -> None:
    verdict = by_lock(replace(NET, level=level), Subject(), terms(None, new=new))
    assert told(verdict) == findings
    assert (verdict.change, verdict.locked) == ("new", {})
    none = by_lock(replace(NET, level=level), Subject(), replace(terms(new=new), lock=None))
    assert none == verdict


def test_a_limited_metric_that_the_lock_does_not_have() -> None:
    flash = Account({"weight_bytes": 64}, {})
    verdict = replace(NET, targets={"board": flash})
    limits = [limit("weight_bytes", target="board"), limit("total_flops")]
    found = by_lock(verdict, Subject(limits), terms(locked(total_flops=2000), new="error"))
    assert told(found) == [
        ("grown", "error", "2.1 kFLOPs (total) > 2 kFLOPs locked (+5%)"),
        ("unlocked", "error", "weight_bytes@board is not in x.json: pytest --flopbudget-update takes it in"),
    ]
    known = by_lock(verdict, Subject(limits[:1]), terms(locked(**{"weight_bytes@board": 63})))
    assert told(known) == [("grown", "error", "64 B (weights) > 63 B locked (+1.6%) on board")]


def test_modules_by_the_lock() -> None:
    smaller = {**AS_LOCKED.modules, "a": LockedModule(500, 40, 20, 1), "a.b.c": LockedModule(499, 30, 10, 2)}
    entry = replace(AS_LOCKED, modules=smaller)
    found = by_lock(
        NET, Subject([limit("macs", "**.c"), limit("macs", "a", growth=Growth(amount=99, source="99"))]), terms(entry)
    )
    assert told(found) == [
        ("grown", "error", "a.b.c: 500 MACs > 499 MACs locked (+0.2%)"),
        ("grown", "error", "a: 600 MACs > 500 MACs locked (+20%, 99 allowed)"),
    ]
    assert (
        told(by_lock(NET, Subject([limit("macs", "a", growth=Growth(amount=100, source="100"))]), terms(entry))) == []
    )
    without = replace(AS_LOCKED, modules={})
    assert told(by_lock(NET, Subject([limit("params", "a")]), terms(without))) == [
        ("unlocked", "warn", "a: params is not in x.json: pytest --flopbudget-update takes it in")
    ]


@pytest.mark.parametrize(
    ("lock", "text"),
    [
        (LockError("x.json:1: it is damaged: …"), "x.json:1: it is damaged: …"),
        (
            Lock({"net::default": locked(macs=1)}, conventions=CONVENTIONS + 1),
            (
                f"x.json was counted by conventions {CONVENTIONS + 1}, and this version has {CONVENTIONS}: bring "
                "pytest-flopbudget up to date"
            ),
        ),
        (
            Lock({"net::default": locked(macs=1)}, conventions=CONVENTIONS - 1),
            (
                f"x.json was counted by conventions {CONVENTIONS - 1}, and this version has {CONVENTIONS}: have it "
                "written anew by a run of all cases: pytest --flopbudget-update"
            ),
        ),
        (
            Lock({"net::default": replace(locked(macs=1), backend="thop")}),
            (
                "x.json has what thop counted, and pytest-flopbudget counted now: the two are not compared; pytest "
                "--flopbudget-update renews it"
            ),
        ),
        (
            Lock({"net::default": replace(locked(macs=1), mode="training")}),
            "x.json has mode 'training', and this is 'inference': not compared; pytest --flopbudget-update renews it",
        ),
    ],
)
@pytest.mark.parametrize("policy", ["no_growth", "exact", "report"])
def test_what_cannot_be_compared_is_named_and_no_number_is(
    lock: Lock | LockError, text: str, policy: LockPolicy
) -> None:
    verdict = by_lock(NET, Subject(), replace(terms(policy=policy), lock=lock))
    assert told(verdict) == [("error", "error", text)]
    assert (verdict.locked, verdict.changes, verdict.details) == ({}, (), (AT,))


def test_shapes_and_executing_count_alike() -> None:
    assert told(by_lock(replace(NET, backend="execute"), Subject(), terms(replace(AS_LOCKED, backend="auto")))) == []


@pytest.mark.parametrize(
    ("policy", "findings"),
    [
        ("no_growth", []),
        ("report", []),
        (
            "exact",
            [
                (
                    "error",
                    "error",
                    (
                        "its counts depend on data, and x.json is exact: write data_dependent = 'worst', level = "
                        "'off', or another lock_policy"
                    ),
                )
            ],
        ),
    ],
)
def test_data_and_an_exact_lock(policy: LockPolicy, findings: list[tuple[str, str, str]]) -> None:
    verdict = by_lock(replace(NET, data_dependent=True), Subject(), terms(policy=policy))
    assert told(verdict) == findings


@pytest.mark.parametrize(
    "entry", [None, locked(macs=1), replace(AS_LOCKED, backend="thop"), replace(AS_LOCKED, mode="training")]
)
@pytest.mark.parametrize("policy", ["no_growth", "exact"])
def test_under_update_the_lock_fails_nothing(entry: Entry | None, policy: LockPolicy) -> None:
    verdict = by_lock(NET, Subject(), terms(entry, policy, "error", is_update=True))
    assert told(verdict) == []
    assert verdict.entry == replace(AS_LOCKED, modules=entry_of(NET, Subject(), 2).modules)


def test_what_failed_by_itself_fails_under_update_too() -> None:
    over = Finding("exceeded", "error", "1 kMACs > 900 MACs (+11%)")
    verdict = by_lock(replace(NET, findings=(over,)), Subject(), terms(locked(macs=1), is_update=True))
    assert verdict.findings == (over,)


def test_a_limit_stands_before_the_lock() -> None:
    over = Finding("exceeded", "error", "1 kMACs > 900 MACs (+11%)")
    near = Finding("near", "warn", "60 params is 99% of 60 params")
    verdict = by_lock(replace(NET, findings=(over, near)), Subject(), terms(locked(macs=500)))
    assert [each.status for each in verdict.findings] == ["exceeded", "grown", "near"]


def test_what_was_not_counted_is_as_it_was() -> None:
    broken = Verdict(case="net::default", model="net", place=PLACE, findings=(Finding("error", "error", "no"),))
    assert by_lock(broken, Subject(), terms(is_update=True)) == broken


def test_a_bundle_has_what_its_models_share() -> None:
    bundle = Verdict(
        case="kit", model="", kind="bundle", place=PLACE, targets={"board": Account({"weight_bytes": 9}, {})}
    )
    subject = Subject([limit("weight_bytes", target="board")])
    assert entry_of(bundle, subject, 2) == Entry(metrics={"weight_bytes@board": 9})
    lock = Lock({"kit": Entry(metrics={"weight_bytes@board": 8})})
    found = by_lock(bundle, subject, replace(terms(), lock=lock))
    assert told(found) == [("grown", "error", "9 B (weights) > 8 B locked (+13%) on board")]


@pytest.mark.parametrize("entry", [None, replace(AS_LOCKED, mode="training")])
@pytest.mark.parametrize("conventions", [CONVENTIONS, CONVENTIONS - 1])
def test_what_depends_on_data_is_never_taken_into_an_exact_lock(entry: Entry | None, conventions: int) -> None:
    asked = terms(entry, "exact", "accept", is_update=True)
    assert isinstance(asked.lock, Lock)
    asked = replace(asked, lock=replace(asked.lock, conventions=conventions))
    verdict = by_lock(replace(NET, data_dependent=True), Subject(), asked)
    (finding,) = verdict.findings
    assert (finding.status, finding.text[:26], verdict.fails) == ("error", "its counts depend on data,", True)
    assert by_lock(NET, Subject(), asked).findings == ()


def test_what_depends_on_data_is_refused_by_an_exact_lock_without_an_entry_too() -> None:
    verdict = by_lock(replace(NET, data_dependent=True), Subject(), terms(None, "exact", "accept"))
    assert [each.status for each in verdict.findings] == ["error"]
