"""Runs against a lock: what grew, what became cheaper, what the lock does not know, and a lock that is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Net = Callable[..., Path]
Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Rows = Callable[[pytest.RunResult], list[str]]
Section = Callable[[pytest.RunResult, str], list[str]]
Told = Callable[[pytest.RunResult], list[str]]

# At width 8 and 16x16, 16 * 16 * (3 * 8 * 9 + 8 * 4) = 63,488 MACs and 3 * 8 * 9 + 8 + 8 * 4 + 4 = 260 parameters;
# at width 10, 16 * 16 * (3 * 10 * 9 + 10 * 4) = 79,360 MACs and 324 parameters.
AT_16 = ("--flopbudget-only", "net::R16")
NOT_IN = "not in flopbudget.lock.json: pytest --flopbudget-update takes it in"


def test_growth_fails_and_says_where(net: Net, run: Run, rows: Rows, section: Section) -> None:
    net()
    assert run("--flopbudget-update").ret == 0
    run().assert_outcomes(passed=3)
    net(width=10)
    result = run(*AT_16)
    result.assert_outcomes(failed=1, passed=1, deselected=1)
    assert rows(result) == [
        (
            "grown net::R16 79.36 kMACs > 63.49 kMACs locked (+25%) 324 params > 260 params locked (+25%) 3.584 k "
            "elements > 3.072 k elements locked (+17%)"
        )
    ]
    assert section(result, "flop budget of net::R16")[:9] == [
        "79.36 kMACs > 63.49 kMACs locked (+25%)",
        "324 params > 260 params locked (+25%)",
        "3.584 k elements > 3.072 k elements locked (+17%)",
        (
            "the lock is flopbudget.lock.json, named at pyproject.toml:2; if the change is meant, pytest "
            "--flopbudget-update renews it"
        ),
        "",
        "Since the lock:",
        "  macs         63,488 to 79,360 MACs (+25%)",
        "  params          260 to    324 params (+25%)",
        "  activations   3,072 to  3,584 elements (+17%)",
    ]
    result.stdout.fnmatch_lines(
        [
            "What grew since the lock, in MACs:",
            "  0  +13,824  from 55,296 (+25%)",
            "FAILED pyproject.toml::net::R16 - 79.36 kMACs > 63.49 kMACs locked (+25%) (+2*",
        ]
    )


def test_what_is_cheaper_is_told(net: Net, run: Run, rows: Rows) -> None:
    net(width=10)
    run("--flopbudget-update")
    net(width=8)
    result = run("-v", *AT_16)
    result.assert_outcomes(passed=2, deselected=1)
    assert rows(result) == [
        "kept net::R16 -20% 63.49 kMACs, 260 params",
        "note 1 case is cheaper than locked: net::R16 (-20%); --flopbudget-update keeps the lower numbers",
    ]


@pytest.mark.parametrize(
    ("root", "model", "row"),
    [
        ('lock_policy = "exact"', "", ("differs net::R16 63.49 kMACs, not 79.36 kMACs as locked (-20%) 260 params, not "
         "324 params as locked (-20%) 3.072 k elements, not 3.584 k elements as locked (-14%)")),
        ('lock_policy = "report"', 'macs = "60 k"', "exceeded net::R16 63.49 kMACs > 60 kMACs (+5.8%)"),
    ],
)  # fmt: skip
def test_policies(net: Net, run: Run, rows: Rows, root: str, model: str, row: str) -> None:
    net(width=10)
    run("--flopbudget-update")
    net(root=root, model=model)
    assert rows(run(*AT_16))[0] == row


def test_growth_that_is_allowed(net: Net, run: Run, rows: Rows) -> None:
    net()
    run("--flopbudget-update")
    net(width=10, model='max_growth = "25%"\nmodules = { "2" = { macs = "lock", max_growth = { params = 8 } } }')
    result = run("-v", *AT_16)
    # 63,488 * 1.25 = 79,360; the second convolution has 10 * 4 + 4 = 44 of 8 * 4 + 4 = 36 parameters.
    result.assert_outcomes(passed=2, deselected=1)
    assert rows(result) == [
        "kept net::R16 +25% 79.36 kMACs, 324 params",
        "note 1 case is dearer than locked, by no more than is allowed: net::R16 (+25%)",
    ]
    net(width=10, model='max_growth = "25%"\nmodules = { "2" = { max_growth = 7 } }'.replace("= 7", "= { params = 7 }"))
    assert rows(run(*AT_16)) == ["grown net::R16 2: 44 params > 36 params locked (+22%, 7 allowed)"]


@pytest.mark.parametrize(
    ("root", "arguments", "ci", "row"),
    [
        ("", (), "", f"unlocked net::R16 {NOT_IN} (warning)"),
        ("", (), "true", f"unlocked net::R16 {NOT_IN}"),
        ("", ("--flopbudget-frozen",), "", f"unlocked net::R16 {NOT_IN}"),
        ('new = "error"', (), "", f"unlocked net::R16 {NOT_IN}"),
        ('new = "warn"', (), "true", f"unlocked net::R16 {NOT_IN} (warning)"),
        ('new = "accept"', (), "true", None),
        ('new = "accept"', ("--flopbudget-frozen",), "", f"unlocked net::R16 {NOT_IN}"),
        ('lock_policy = "report"', (), "true", None),
    ],
)
def test_a_case_without_an_entry(
    net: Net,
    run: Run,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    root: str,
    arguments: tuple[str, ...],
    ci: str,
    row: str | None,
) -> None:
    net(root=root)
    monkeypatch.setenv("CI", ci)
    result = run(*AT_16, *arguments)
    fails = row is not None and not row.endswith("(warning)")
    assert result.ret == (1 if fails else 0)
    assert rows(result) == ([] if row is None else [row])


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_tests_and_regions_are_locked_too(
    net: Net, run_alone: Run, rows: Rows, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    net()
    path = pytester.path / "test_it.py"
    text = """
        import pytest
        import torch
        from toy import net

        @pytest.mark.flop_budget(macs="1 M")
        def test_marked(flop_budget):
            flop_budget(net(WIDTH), "1x3x16x16")

        def test_by_the_lock_alone(flop_budget):
            flop_budget(net(WIDTH), "1x3x16x16", label="small")
            with flop_budget.region(label="run"):
                net(WIDTH)(torch.ones(1, 3, 16, 16))
    """
    path.write_text("WIDTH = 8\n" + "\n".join(line[8:] for line in text.splitlines()), encoding="utf-8")
    assert run_alone("--flopbudget-update", *workers).ret == 0
    path.write_text(path.read_text(encoding="utf-8").replace("WIDTH = 8", "WIDTH = 10"), encoding="utf-8")
    result = run_alone("test_it.py", *workers)
    result.assert_outcomes(failed=2)
    assert sorted(row.partition(" 324")[0] for row in rows(result)) == [
        "grown test_it.py::test_by_the_lock_alone::small 79.36 kMACs > 63.49 kMACs locked (+25%)",
        "grown test_it.py::test_marked::#1 79.36 kMACs > 63.49 kMACs locked (+25%)",
    ]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ('macs="lock"', "it is to be held against a lock, and the nearest table keeps none"),
        ('macs="1 M", max_growth="1%"', "it is to be held against a lock, and the nearest table keeps none"),
    ],
)
def test_a_call_that_asks_for_a_lock_where_none_is(
    declare: Declare, run: Run, pytester: pytest.Pytester, call: str, text: str
) -> None:
    declare("")
    test = f"from toy import net\n\ndef test_it(flop_budget):\n    flop_budget(net(), '1x3x16x16', {call})\n"
    (pytester.path / "test_it.py").write_text(test, encoding="utf-8")
    result = run("test_it.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"E   *test_it.py:4: flop_budget: {text}: write lock = 'flopbudget.lock.json' in [[]tool.pytest-flopbudget]"]
    )


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        ("{", "flopbudget.lock.json:1: it is damaged: *; restore it, as by git checkout HEAD flopbudget.lock.json"),
        (
            "<<<<<<< HEAD\n{}\n=======\n[]\n>>>>>>> other\n",
            (
                "flopbudget.lock.json:1: it has the markers of a merge conflict: take one side whole, as by git "
                "checkout --ours flopbudget.lock.json, then pytest --flopbudget-update"
            ),
        ),
        (
            '{"schema_version": 1, "conventions": 99, "cases": {}}',
            "flopbudget.lock.json was counted by conventions 99, and this version has *: bring *",
        ),
    ],
)
def test_a_broken_lock_is_named_and_never_overwritten(
    net: Net, run: Run, section: Section, broken: str, text: str
) -> None:
    lock = net()
    lock.write_text(broken, encoding="utf-8")
    for arguments in ((), ("--flopbudget-update=prune",)):
        result = run(*AT_16, *arguments)
        result.assert_outcomes(failed=1, passed=1, deselected=1)
        result.stdout.fnmatch_lines(
            ["*_ flop budget of net::R16 _*", text, "the lock is flopbudget.lock.json, named at pyproject.toml:2"]
        )
        assert lock.read_text(encoding="utf-8") == broken


def test_what_thop_counted_is_not_compared(net: Net, run: Run, rows: Rows) -> None:
    net()
    run("--flopbudget-update")
    assert rows(run(*AT_16, "--flopbudget-backend=thop")) == [
        (
            "error net::R16 flopbudget.lock.json has what pytest-flopbudget counted, and thop counted now: the two are "
            "not compared; pytest --flopbudget-update renews it"
        )
    ]


def test_one_lock_beside_each_table(net: Net, run: Run, told_of_locks: Told, pytester: pytest.Pytester) -> None:
    net(root='members = ["services/a"]')
    inner = net(width=10, root='pythonpath = ["../.."]', file="services/a/pyproject.toml")
    result = run("--flopbudget-update")
    assert result.ret == 0
    assert told_of_locks(result) == [
        "flopbudget.lock.json is written: 2 cases",
        "  net::R16: new",
        "  net::R32: new",
        "services/a/flopbudget.lock.json is written: 2 cases",
        "  net::R16: new",
        "  net::R32: new",
    ]
    outer = pytester.path / "flopbudget.lock.json"
    assert '"macs": 63488' in outer.read_text(encoding="utf-8")
    assert '"macs": 79360' in inner.read_text(encoding="utf-8")
    assert run().ret == 0
