"""What a table says of thop: which limits it can be held to, and rules for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.cases import Table

KNOWS = "thop knows macs and params only: limit those, or let another backend count"
NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3xRxR"\nbackend = "thop"\n'


def test_macs_and_params_may_be_limited(read: Callable[[str], Table]) -> None:
    limits = 'at = [8, 16]\nmacs = "1 M"\nparams = 7\nmodules = { a = { macs = "20%", params = 3 } }'
    table = read(f'[tool.pytest-flopbudget]\nthop_rules = "shop.flops:RULES"\n{NET}{limits}')
    assert [case.backend for case in table.cases] == ["thop", "thop"]
    assert [len(case.limits) for case in table.cases] == [4, 4]
    assert table.thop_rules == "shop.flops:RULES"


def test_other_limits_are_mistakes(mistakes: Callable[[str], list[str]]) -> None:
    limits = 'at = [8, { R = 16, activations = 5 }]\nmacs = "1 M"\nflops = "2 M"\nmodules = { a = { flops = "20%" } }'
    assert mistakes(f"{NET}{limits}") == [
        f"pyproject.toml:5: models.net.at[1].activations: {KNOWS}",
        f"pyproject.toml:7: models.net.flops: {KNOWS}",
        f"pyproject.toml:8: models.net.modules.a.flops: {KNOWS}",
    ]


def test_the_limit_and_the_backend_may_stand_apart(mistakes: Callable[[str], list[str]]) -> None:
    defaults = '[tool.pytest-flopbudget.defaults]\nflops = "2 M"\n'
    other = '[tool.pytest-flopbudget.models.other]\nfactory = "shop:net"\ninput = "1x3"\n'
    assert mistakes(f"{defaults}{other}{NET}at = [8, 16]\n") == [f"pyproject.toml:2: defaults.flops: {KNOWS}"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"shop.flops.RULES"', "'shop.flops.RULES' is no dict of rules; did you mean 'shop.flops:RULES'?"),
        ("7", "7 is no dict of rules: write 'module:name', as in 'shop.flops:RULES'"),
    ],
)
def test_rules_that_are_none(mistakes: Callable[[str], list[str]], written: str, told: str) -> None:
    text = f'[tool.pytest-flopbudget]\nthop_rules = {written}\n{NET}at = [8]\nmacs = "1 M"\n'
    assert mistakes(text) == [f"pyproject.toml:2: thop_rules: {told}"]
