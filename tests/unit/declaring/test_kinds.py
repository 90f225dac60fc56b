from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from pytest_flopbudget.declaring.cases import Table

MODEL = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n'


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        ('build = "meta"', "build", "meta"),
        ('level = "warn"', "level", "warn"),
        ('uncounted = "off"', "uncounted", "off"),
        ("allow_zero = true", "allow_zero", True),
        ('warn_at = "95%"', "warn_at", Fraction(95, 100)),
        ('warn_at = "100%"', "warn_at", Fraction(1)),
        ('reason = "30 fps"', "reason", "30 fps"),
        ('skip = "not yet"', "skip", "not yet"),
        ("skip = true", "skip", "skip = true"),
        ("skip = false", "skip", None),
        ('backend = "execute"', "backend", "execute"),
        ('execute_limit = "512 MiB"', "execute_limit", 512 * 2**20),
        ("execute_limit = 0", "execute_limit", 0),
        ('data_dependent = "execute"', "data_dependent", "execute"),
        ('data_dependent = "worst"', "data_dependent", "worst"),
        ("", "build", "auto"),
        ("", "backend", "auto"),
        ("", "execute_limit", 2 * 2**30),
        ("", "data_dependent", "execute"),
        ("", "level", "error"),
        ("", "uncounted", "error"),
        ("", "allow_zero", False),
        ("", "warn_at", None),
        ("", "reason", None),
        ("", "skip", None),
    ],
)
def test_good_values(read: Callable[[str], Table], line: str, attribute: str, value: object) -> None:
    (case,) = read(f"{MODEL}{line}\n").cases
    assert getattr(case, attribute) == value


SHARE = "is no share of a limit: write more than '0%' and at most '100%'"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('build = "mta"', "'mta' is none of 'auto', 'meta', 'real'; did you mean 'meta'?"),
        ("build = 3", "3 is none of 'auto', 'meta', 'real'"),
        ('backend = "shape"', "'shape' is none of 'auto', 'shapes', 'execute', 'thop'; did you mean 'shapes'?"),
        (
            'execute_limit = "2 GB/s"',
            "'2 GB/s' is no number of bytes: it is a rate, and a limit is on a count",
        ),
        (
            'execute_limit = "2 G"',
            (
                "'2 G' is no number of bytes: 'G' is ambiguous; "
                "write 'GB' for 1,000,000,000 or 'GiB' for 1,073,741,824 bytes"
            ),
        ),
        ('execute_limit = "= 2 GiB"', "'= 2 GiB' is no number of bytes: leave the '=' out"),
        ('data_dependent = "exec"', "'exec' is none of 'execute', 'worst'; did you mean 'execute'?"),
        ('level = "wran"', "'wran' is none of 'error', 'warn', 'off'; did you mean 'warn'?"),
        ('until = "2027-3-1"', "'2027-3-1' is no day: write year, month and day, as in '2027-03-01'"),
        ('until = "2027-02-30"', "'2027-02-30' is no day: write year, month and day, as in '2027-03-01'"),
        ("until = 2027", "2027 is no day: write year, month and day, as in '2027-03-01'"),
        (
            "until = 2027-03-01T09:00:00",
            "2027-03-01 09:00:00 is no day: write year, month and day, as in '2027-03-01'",
        ),
        ("uncounted = false", "false is none of 'error', 'warn', 'off'"),
        ('allow_zero = "yes"', "'yes' is neither true nor false"),
        ("allow_zero = 1", "1 is neither true nor false"),
        ("warn_at = 0.95", "0.95 is no percentage: write a number and the sign, as in '95%'"),
        ('warn_at = "101%"', f"'101%' {SHARE}"),
        ('warn_at = "0%"', f"'0%' {SHARE}"),
        ("reason = 3", "3 is no text"),
        ('reason = " "', "the text is empty"),
        ('reason = "a\\u0000"', "'a\\x00' has a NUL, which no name and no path may have"),
        ("skip = 1", "1 is no reason: write true, or why it is skipped"),
        ('skip = ""', "'' is no reason: write true, or why it is skipped"),
    ],
)
def test_bad_values(model_mistakes: Callable[[str], list[str]], line: str, text: str) -> None:
    key = line.split(" ", maxsplit=1)[0]
    assert model_mistakes(f"{line}\n") == [f"pyproject.toml:5: models.net.{key}: {text}"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('collect = "alway"', "collect: 'alway' is none of 'auto', 'always', 'never'; did you mean 'always'?"),
        ('pythonpath = "src"', "pythonpath: 'src' is no list of texts: write ['src']"),
        ("pythonpath = 3", "pythonpath: 3 is no list of texts"),
        ('pythonpath = ["src", 3]', "pythonpath[1]: 3 is no text"),
        (
            'formulas = ["shop/flops.py"]',
            "formulas[0]: 'shop/flops.py' is no module: write its dotted name, as in 'shop.flops'",
        ),
        (
            'free = ["shop.shuffle"]',
            (
                "free[0]: 'shop.shuffle' is no operator: a name is written 'namespace::name', "
                "without overload; did you mean 'shop::shuffle'?"
            ),
        ),
        ("free = [true]", "free[0]: true is no text"),
        ("requires = 3", "requires: 3 is no text"),
        ("defaults = 3", "defaults: 3 stands where a table was expected, as in [tool.pytest-flopbudget.defaults]"),
    ],
)
def test_bad_values_in_the_root(mistakes: Callable[[str], list[str]], line: str, message: str) -> None:
    assert mistakes(f"[tool.pytest-flopbudget]\n{line}\n{MODEL}") == [f"pyproject.toml:2: {message}"]


def test_good_values_in_the_root(read: Callable[[str], Table]) -> None:
    table = read(
        '[tool.pytest-flopbudget]\ncollect = "never"\nformulas = ["shop.flops", "more"]\n'
        f'free = ["shop::shuffle"]\n{MODEL}'
    )
    assert (table.collect, table.formulas, table.free) == ("never", ("shop.flops", "more"), ("shop::shuffle",))
