"""Models that Python declares, as the command has them: 8 * 8 * 8 * 3 * 9 MACs and 8 * 3 * 9 parameters."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import Command, Declare

TABLE = """\
[tool.pytest-flopbudget]
cases = "registry:cases"

[tool.pytest-flopbudget.defaults]
params = "1 k"
"""
CODE = """\
from pytest_flopbudget import declare


def cases():
    print("said by the project")
    return [declare("net", factory="shapes:conv", kwargs={"channels": 3}, input="1x3x8x8", macs="1 M")]
"""


@pytest.fixture
def code(project: Path, declare: Declare) -> Path:
    declare(TABLE)
    path = project / "registry.py"
    path.write_text(CODE, encoding="utf-8")
    return path


@pytest.mark.usefixtures("code")
def test_show_and_check(flopbudget: Command) -> None:
    done = flopbudget("show", "net")
    assert (done.code, done.out) == (
        0,
        """\
# net::default, registry.py:6
factory = "shapes:conv"
input = "1x3x8x8"
kwargs = { channels = 3 }
macs = "1 M"    # 1,000,000 MACs, registry.py:6
params = "1 k"  # 1,000 params, pyproject.toml:5
""",
    )
    checked = flopbudget("check", "-v")
    assert (checked.code, checked.out) == (
        0,
        """\
kept        net::default  13.82 kMACs of 1 MMACs (1%)
                          216 params of 1 k params (21%)
1 case: 1 kept. Traced: 1 shapes; built: 1 meta.
""",
    )


def test_suggestions_are_told_and_not_written_into_python(flopbudget: Command, code: Path) -> None:
    told = flopbudget("suggest")
    assert told.out == (
        '[models.net]  # in registry.py\nmacs = "14.6 k"  # 13,824 counted; now 1 M\n\n'
        '[tool.pytest-flopbudget.defaults]\nparams = "227"  # 216 counted; now 1 k\n'
    )

    done = flopbudget("suggest", "--write")

    assert done.out == ("defaults.params: 1 k becomes 227 (216 counted)\npyproject.toml is written: 1 limit\n")
    assert done.err.splitlines()[-1] == (
        "net::default: macs stays: registry.py is Python, and is not written: put '14.6 k' there"
    )
    assert code.read_text(encoding="utf-8") == CODE
