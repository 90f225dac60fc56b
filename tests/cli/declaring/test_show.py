from pathlib import Path

import pytest

from command_line import Command, Declare

TEMPLATE = """\
    [tool.pytest-flopbudget.defaults]
    max_growth = "1%"
    warn_at = "95%"
    params = "1 k"

    [tool.pytest-flopbudget.targets.board]
    ram = "64 KiB"

    [tool.pytest-flopbudget.models."net{width}"]
    each = { width = [3, 4] }
    factory = "shapes:conv"
    kwargs = { channels = "{width}", norm = { object = "torch.nn:GroupNorm" }, act = { none = true } }
    input = "1x3xRxR"
    at = [{ R = 8, macs = "20 k", reason = "rev B" }, { R = 16, flops = "1 k per R*R" }]
    modules = { "*" = { macs = "100%" } }
    targets = ["board"]
    """

FIRST = """\
# net3::R8, pyproject.toml:14
factory = "shapes:conv"
input = "1x3x8x8"
kwargs = { channels = "3", norm = { object = "torch.nn:GroupNorm" }, act = { none = true } }
reason = "rev B"
targets = ["board"]
warn_at = "95%"
max_growth = "1%"
macs = "20 k"              # 20,000 MACs, pyproject.toml:14
params = "1 k"             # 1,000 params, pyproject.toml:4
modules."*".macs = "100%"  # pyproject.toml:15
# on board: peak_activation_bytes 65,536 B, pyproject.toml:7
"""


def test_a_case_is_told_whole_with_the_place_of_each_limit(flopbudget: Command, declare: Declare) -> None:
    declare(TEMPLATE)
    done = flopbudget("show", "net3")
    first, second = done.out.split("\n\n")
    assert f"{first}\n" == FIRST
    # 1000 * 16 * 16
    assert 'flops = "256_000"          # 1 k per R*R, pyproject.toml:14' in second
    assert (done.code, done.err) == (0, "")


def test_what_is_shown_is_a_declaration(flopbudget: Command, declare: Declare) -> None:
    declare(TEMPLATE)
    shown = flopbudget("show", "net4::R16").out
    board = '[tool.pytest-flopbudget.targets.board]\nram = "64 KiB"\n'
    declare(f"{board}[tool.pytest-flopbudget.models.net]\n{shown}")
    again = flopbudget("show", "net").out
    assert [line.partition("#")[0] for line in again.splitlines()] == [
        line.partition("#")[0] for line in shown.splitlines()
    ]


def test_as_json(flopbudget: Command, declare: Declare) -> None:
    declare(
        """\
        [tool.pytest-flopbudget.models.net]
        factory = "shapes:conv"
        input = { x = "float16:1x3x8x8", mask = ["bool:8 = true"] }
        mode = "training"
        macs = "= 20 k"
        """
    )
    assert flopbudget("show", "net", "--json").data == {
        "schema_version": 1,
        "file": "pyproject.toml",
        "cases": [
            {
                "id": "net::default",
                "point": {},
                "place": {"path": "pyproject.toml", "line": 1},
                "declaration": {
                    "factory": "shapes:conv",
                    "input": {"x": "float16:1x3x8x8", "mask": ["bool:8 = true"]},
                    "mode": "training",
                },
                "limits": [
                    {
                        "metric": "macs",
                        "subject": "",
                        "relation": "=",
                        "limit": 20_000,
                        "source": "= 20 k",
                        "place": {"path": "pyproject.toml", "line": 5},
                        "reason": None,
                    }
                ],
                "targets": {},
            }
        ],
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nte3", "no case of pyproject.toml matches 'nte3'; did you mean 'net3'?"),
        ("net3::R9", "no case of pyproject.toml matches 'net3::R9'; there is net3::R8, net3::R16"),
    ],
)
def test_a_model_that_is_not_there(flopbudget: Command, declare: Declare, name: str, message: str) -> None:
    declare(TEMPLATE)
    done = flopbudget("show", name)
    assert (done.code, done.out, done.err) == (2, "", f"flopbudget: {message}\n")


def test_without_a_table(flopbudget: Command, project: Path) -> None:
    done = flopbudget("show", "net")
    assert done.code == 2
    assert done.err == (
        f"flopbudget: no pyproject.toml in {project} or above has a table [tool.pytest-flopbudget]: "
        "flopbudget init writes one\n"
    )
