import difflib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Command, Declare

# The MACs of the models here: R * R * 8 * 3 * 9, 8 * 3 * 9 = 216 parameters.
OF_8 = 8 * 8 * 8 * 3 * 9
OF_16 = 16 * 16 * 8 * 3 * 9

ODD = """\
# the project's own
[build-system]
requires = [ "hatchling" ]   # as it is

[tool.pytest-flopbudget.models.small]
factory="shapes:conv"   # one layer
input = '1x3xRxR'
at = [ {R=8, macs='1 M'},    # the thumbnail

       { R = 16,macs = "2 M", reason = "rev B" },
]
params = 1_000 # all of it

# what comes in from the scanner
[tool.pytest-flopbudget.models."scan.v1"]
factory = "shapes:conv"
input = "1x3x16x16"

[tool.ruff]
line-length=100
"""


def changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:2] not in ("--", "++", "@@")]


def test_limits_are_printed_as_toml_and_nothing_is_written(flopbudget: Command, declare: Declare) -> None:
    path = declare(ODD)
    done = flopbudget("suggest")
    # 13_824 * 1.05 = 14_515.2; 55_296 * 1.05 = 58_060.8; 216 * 1.05 = 226.8
    assert done.out == (
        "[tool.pytest-flopbudget.models.small]\n"
        'macs.R8 = "14.6 k"   # 13,824 counted; now 1 M\n'
        'macs.R16 = "58.1 k"  # 55,296 counted; now 2 M\n'
        'params = "227"       # 216 at most; now 1000\n'
        "\n"
        '[tool.pytest-flopbudget.models."scan.v1"]\n'
        'macs = "58.1 k"  # 55,296 counted\n'
        'params = "227"   # 216 counted\n'
    )
    assert (done.code, done.err) == (0, "")
    assert path.read_text(encoding="utf-8") == ODD


def test_write_changes_only_the_lines_of_the_limits(flopbudget: Command, declare: Declare) -> None:
    path = declare(ODD)
    done = flopbudget("suggest", "--write")
    assert changed(ODD, path.read_text(encoding="utf-8")) == [
        "-at = [ {R=8, macs='1 M'},    # the thumbnail",
        '+at = [ {R=8, macs="14.6 k"},    # the thumbnail',
        '-       { R = 16,macs = "2 M", reason = "rev B" },',
        '+       { R = 16,macs = "58.1 k", reason = "rev B" },',
        "-params = 1_000 # all of it",
        '+params = "227" # all of it',
        '+macs = "58.1 k"',
        '+params = "227"',
    ]
    assert done.out == (
        "models.small.at[0].macs: 1 M becomes 14.6 k (13,824 counted)\n"
        "models.small.at[1].macs: 2 M becomes 58.1 k (55,296 counted)\n"
        "models.small.params: 1000 becomes 227 (216 at most)\n"
        'models."scan.v1".macs: 58.1 k (55,296 counted)\n'
        'models."scan.v1".params: 227 (216 counted)\n'
        "pyproject.toml is written: 5 limits\n"
    )
    again = flopbudget("suggest", "--write")
    assert (again.code, again.out, again.err) == (0, "", "every limit is what it would be\n")


def test_without_headroom_the_limit_is_the_count(flopbudget: Command, declare: Declare) -> None:
    declare(ODD)
    done = flopbudget("suggest", "small::R8", "--metric", "flops", "--headroom", "0%")
    assert done.out == (
        "[tool.pytest-flopbudget.models.small]\n"
        f'flops.R8 = "27_648"    # {2 * OF_8:,} counted\n'
        f'flops.R16 = "110_592"  # {2 * OF_16:,} counted\n'
    )


def test_what_one_limit_holds_is_counted_together(flopbudget: Command, declare: Declare) -> None:
    path = declare(
        """\
        [tool.pytest-flopbudget.defaults]
        macs = "9 M"
        [tool.pytest-flopbudget.models."net{size}"]
        each = { size = [8, 16] }
        factory = "shapes:conv"
        input = "1x3x{size}x{size}"
        params = "1 k"
        """
    )
    done = flopbudget("suggest", "net8", "--write", "--headroom", "0%", "--json")
    assert done.data == {
        "schema_version": 1,
        "file": "pyproject.toml",
        "written": True,
        "limits": [
            {
                "file": "pyproject.toml",
                "key": "defaults.macs",
                "metric": "macs",
                "limit": "55_296",
                "before": "9 M",
                "counts": {"net8::default": OF_8, "net16::default": OF_16},
            },
            {
                "file": "pyproject.toml",
                "key": 'models."net{size}".params',
                "metric": "params",
                "limit": "216",
                "before": "1 k",
                "counts": {"net8::default": 216, "net16::default": 216},
            },
        ],
        "left": [],
        "failed": [],
    }
    assert 'macs = "55_296"\n' in path.read_text(encoding="utf-8")


def test_numbers_that_mean_more_than_a_most_stay(flopbudget: Command, declare: Declare) -> None:
    text = """\
        [tool.pytest-flopbudget.models.small]
        factory = "shapes:conv"
        input = "1x3xRxR"
        at = [8]
        macs = "= 13_824"
        params = "300% of other"
        flops = "1 k per R*R"

        [tool.pytest-flopbudget.models.other]
        factory = "shapes:conv"
        input = "1x3x8x8"
        at = [{ name = "R8", params = "227" }]
        """
    path = declare(text)
    before = path.read_text(encoding="utf-8")
    done = flopbudget("suggest", "--write")
    assert (done.code, done.out) == (0, "")
    assert done.err == (
        "small::R8: macs stays: it is a number that the count must equal\n"
        "small::R8: flops stays: it is a number for each element\n"
        "small::R8: params stays: it is a share of another number\n"
        "every limit is what it would be\n"
    )
    assert path.read_text(encoding="utf-8") == before


def test_a_baseline_is_todays_number_for_what_fails_and_nothing_else(flopbudget: Command, declare: Declare) -> None:
    path = declare(
        """\
        [tool.pytest-flopbudget.models.small]
        factory = "shapes:conv"
        input = "1x3xRxR"
        at = [8, 16]
        macs = "20 k"         # R16 is over it
        params = "1 k"
        modules = { "*" = { flops = "30 k" } }

        [tool.pytest-flopbudget.models.exact]
        factory = "shapes:conv"
        input = "1x3x8x8"
        params = "= 200"
        """
    )
    before = path.read_text(encoding="utf-8")
    done = flopbudget("suggest", "--baseline", "--write")
    assert changed(before, path.read_text(encoding="utf-8")) == [
        '-macs = "20 k"         # R16 is over it',
        '+macs = "55_296"         # R16 is over it',
        '-modules = { "*" = { flops = "30 k" } }',
        '+modules = { "*" = { flops = "110_592" } }',
        '-params = "= 200"',
        '+params = "= 216"',
    ]
    assert (done.code, done.err) == (0, "")
    assert flopbudget("suggest", "--baseline").err == "every limit is what it would be\n"


def test_a_model_that_cannot_be_measured_is_told_beside_the_others(flopbudget: Command, declare: Declare) -> None:
    declare(
        """\
        [tool.pytest-flopbudget.models.lost]
        factory = "shapes:convv"
        input = "1x3x8x8"
        [tool.pytest-flopbudget.models.small]
        factory = "shapes:conv"
        input = "1x3x8x8"
        """
    )
    done = flopbudget("suggest")
    assert done.code == 1
    assert done.out.startswith("[tool.pytest-flopbudget.models.small]\n")
    assert done.err == (
        "lost::default: not measured: factory 'shapes:convv': module 'shapes' has no 'convv'; did you mean 'conv'?\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smal"], "no case of pyproject.toml matches 'smal'; did you mean 'small'?"),
        (["--metric", "mac"], "'mac' is no metric; did you mean 'macs'?"),
        (["--headroom", "5"], "--headroom '5' is no percentage: write a number and the sign, as in '95%'"),
        (
            ["--baseline", "--headroom", "5%"],
            "--baseline writes today's numbers for what fails: leave --headroom and --metric out",
        ),
        (["--config", "setup.toml"], "--config 'setup.toml': there is no such file"),
    ],
)
def test_what_is_asked_wrongly_is_one_message(
    flopbudget: Command, declare: Declare, arguments: list[str], message: str
) -> None:
    declare(ODD)
    done = flopbudget("suggest", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"flopbudget: {message}\n")


def test_mistakes_in_the_table_are_told(flopbudget: Command, declare: Declare) -> None:
    declare('[tool.pytest-flopbudget.models.small]\nfactory = "shapes:conv"\ninput = "1x3x8x8"\nmac = "1 M"\n')
    done = flopbudget("suggest")
    assert (done.code, done.err) == (
        1,
        "flopbudget: pyproject.toml:4: models.small.mac: unknown key; did you mean 'macs'?\n",
    )


def test_it_runs_as_a_module_at_80_columns_without_colour(declare: Declare, project: Path) -> None:
    declare(ODD)
    done = subprocess.run(
        [sys.executable, "-m", "pytest_flopbudget.cli", "suggest", "scan.v1"],
        cwd=project,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "80"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        '[tool.pytest-flopbudget.models."scan.v1"]\nmacs = "58.1 k"  # 55,296 counted\nparams = "227"   # 216 counted\n'
    )
