"""Models that functions of the project declare: read like those of a table, with the same mistakes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.cases import Declarer, Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.homes import Home, homes_of
from pytest_flopbudget.declaring.objects import ObjectReference
from pytest_flopbudget.declaring.root import read_past_root
from pytest_flopbudget.errors import Place, TableError

Project = Callable[..., Path]

HEAD = "from pytest_flopbudget import declare\n\n\n"
TABLE = '[tool.pytest-flopbudget]\ncases = "budgets:cases"\n'
NET = 'factory = "nets:Net"\ninput = "1x3x8x8"\nmacs = "1 M"\n'


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with a module ``budgets`` that begins with an import of ``declare`` on line 1."""

    def written(code: str, table: str = TABLE, **files: str) -> Path:
        path = tmp_path / "pyproject.toml"
        path.write_text(table, encoding="utf-8")
        (tmp_path / "budgets.py").write_text(HEAD + code, encoding="utf-8")
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        return path

    yield written
    sys.modules.pop("budgets", None)


def read(path: Path, called: str | None = None) -> Table:
    table = read_table(path, called)
    assert table is not None
    return table


def mistakes(path: Path) -> list[str]:
    with pytest.raises(TableError) as raised:
        read_table(path)
    return str(raised.value).splitlines()


REGISTRY = """\
SIZES = {"tiny": 8, "small": 16}


def cases():
    print("of no use to a report")
    for name, width in SIZES.items():
        yield declare(
            f"net.{name}",
            factory="nets:net",
            kwargs={"width": width, "norm": None, "act": {"object": "torch.nn:ReLU"}},
            input=("1x3xRxR", "1x4"),
            at=range(32, 97, 32),
            macs={"R32": "1 M", "R64": "4 M", "R96": "9 M"},
        )
"""


def test_a_registry(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    path = project(REGISTRY)
    table = read(path, "shop/pyproject.toml")

    assert [case.id for case in table.cases] == [
        *(f"net.tiny::R{size}" for size in (32, 64, 96)),
        *(f"net.small::R{size}" for size in (32, 64, 96)),
    ]
    case = table.cases[4]
    assert case.kwargs == {"width": 16, "norm": None, "act": ObjectReference("torch.nn:ReLU")}
    assert [(limit.value, str(limit.place)) for limit in case.limits] == [(4_000_000, "shop/budgets.py:10")]
    assert str(case.place) == "shop/budgets.py:10"
    assert table.declarers == (Declarer("budgets:cases", Place("shop/pyproject.toml", 2)),)
    assert homes_of(path)["net.small"] == Home("budgets.py", ("models", "net.small"), in_python=True)
    assert capsys.readouterr().out == ""


def test_models_of_the_table_stand_before_them_and_lend_their_keys(project: Project) -> None:
    code = """\
def cases():
    return [declare("wide", extends="plain", kwargs={"width": 64}), declare("other", **{"extends": "wide"})]
"""
    table = read(project(code, f"{TABLE}[tool.pytest-flopbudget.models.plain]\n{NET}"))

    assert [(case.id, case.factory, case.kwargs) for case in table.cases] == [
        ("plain::default", "nets:Net", {}),
        ("wide::default", "nets:Net", {"width": 64}),
        ("other::default", "nets:Net", {"width": 64}),
    ]


def test_functions_of_included_files_and_several(project: Project) -> None:
    code = """\
def one(name):
    return declare(name, factory="nets:Net", input="1x3", macs=1_000_000)


def first():
    return [one("a")]


def second():
    return (one("b"),)
"""
    table = '[tool.pytest-flopbudget]\ninclude = ["more.toml"]\ncases = ["budgets:first"]\n'
    path = project(code, table, more=f'cases = "budgets:second"\n[models.c]\n{NET}')

    assert {case.id: str(case.place) for case in read(path).cases} == {
        "c::default": "more.toml:2",
        "a::default": "budgets.py:5",
        "b::default": "budgets.py:5",
    }


def test_mistakes_are_those_of_a_table_at_the_lines_of_the_calls(project: Project) -> None:
    code = """\
def cases():
    yield declare("a", factory="nets.Net", inptu="1x3", input=3, macs="1 GFLOP")
    yield declare("b", factory=cases, input="1x3xR", macs="1 M")
    yield declare("c", factory="nets:Net", input="1x3")
    yield declare("a b", factory="nets:Net", input="1x3", macs="1 M")
    yield declare("net", factory="nets:Net", input="1x3", macs="1 M")
    yield declare("a", factory="nets:Net", input="1x3", macs="1 M")
    yield declare(3)
"""
    assert mistakes(project(code, f"{TABLE}[tool.pytest-flopbudget.models.net]\n{NET}")) == [
        "budgets.py:5: models.a.factory: 'nets.Net' is no factory; did you mean 'nets:Net'?",
        (
            "budgets.py:5: models.a.input: 3 is no input: write [dtype:]dims[ = fill], as in '1x3x224x224', "
            "'1x3xRxR' or "
            "'int64:1xT = 1'"
        ),
        "budgets.py:5: models.a.inptu: unknown key; did you mean 'input'?",
        (
            "budgets.py:5: models.a.macs: '1 GFLOP' is no number of MACs: 1 MAC is 2 FLOPs, so this is '500 "
            "MMACs'; if it "
            "comes from a paper that calls MACs FLOPs, write '1 GMAC'"
        ),
        (
            "budgets.py:6: models.b.factory: the function budgets:cases is no factory: write 'module:name', as in "
            "'shop.models:resnet50'"
        ),
        "budgets.py:6: models.b.input: no size for the dimension 'R': write some, as in at = [{ R = 224 }]",
        "budgets.py:7: models.c: no limit: write one, as in macs = '4.2 G'",
        (
            "budgets.py:8: models.\"a b\": 'a b' is no name: write letters, digits, '.', '_' and '-', a "
            "letter or digit first"
        ),
        "budgets.py:9: models.net: it stands at pyproject.toml:3 already",
        "budgets.py:10: models.a: it stands at budgets.py:5 already",
        "budgets.py:11: models: 3 is no name: write letters, digits, '.', '_' and '-', a letter or digit first",
    ]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("", "function 'budgets:cases': module 'budgets' has no 'cases'"),
        ("def case():\n    pass", "function 'budgets:cases': module 'budgets' has no 'cases'; did you mean 'case'?"),
        ("cases = 3", "function 'budgets:cases' is no callable: it is an object of int"),
        (
            "def cases():\n    return helper()\n\n\ndef helper():\n    raise KeyError('tiny')",
            "budgets:cases raised KeyError: 'tiny' (budgets.py:9 in helper: raise KeyError('tiny'))",
        ),
        (
            "def cases():\n    yield declare('a')\n    1 / 0",
            "budgets:cases raised ZeroDivisionError: division by zero (budgets.py:6 in cases: 1 / 0)",
        ),
        (
            "import nothing_of_the_kind",
            (
                "function 'budgets:cases': importing 'budgets' raised ModuleNotFoundError: No module named "
                "'nothing_of_the_kind' "
                "(budgets.py:4 in <module>: import nothing_of_the_kind)"
            ),
        ),
        (
            "def cases():\n    import pytest\n    pytest.skip('no data')",
            "budgets:cases raised Skipped: no data (budgets.py:6 in cases: pytest.skip('no data'))",
        ),
        (
            "def cases(name):\n    pass",
            "budgets:cases raised TypeError: cases() missing 1 required positional argument: 'name'",
        ),
        ("def cases():\n    pass", "budgets:cases gives None: return a list of declare(...), or yield them"),
        (
            "def cases():\n    return declare('a')",
            "budgets:cases gives an object of Declaration: return a list of declare(...), or yield them",
        ),
        (
            "def cases():\n    return {declare: 1}.keys() and {1, 2}",
            "budgets:cases gives a set, which has no order: return a list of declare(...), or yield them",
        ),
        (
            "def cases():\n    return []",
            "budgets:cases declares no model: return a list of declare(...), or yield them",
        ),
        (
            "def cases():\n    return [{'factory': 'a:b'}]",
            "no. 1 of what budgets:cases gives is a dict, no declare(...)",
        ),
    ],
)
def test_what_a_function_may_do_wrong(
    code: str, told: str, project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    # What refers to a model that may be among those that are lost is no mistake.
    rest = f"[tool.pytest-flopbudget.models.net]\n{NET}extends = 'a'\nparams = '5% of a'\n"
    assert mistakes(project(code, TABLE + rest)) == [f"pyproject.toml:2: cases: {told}"]


def test_what_contains_itself(project: Project) -> None:
    path = project("args: list[object] = []\nargs.append(args)\n\n\ndef cases():\n    yield declare('a', args=args)\n")
    assert mistakes(path) == ["budgets.py:9: models.a: it is nested too deeply to be read"]


def test_an_interruption_is_no_mistake(project: Project) -> None:
    path = project("def cases():\n    raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        read_table(path)


def test_no_function(project: Project) -> None:
    assert mistakes(project("", '[tool.pytest-flopbudget]\ncases = ["budgets.cases", 3]\n')) == [
        "pyproject.toml:1: no model is declared: write one, as in [tool.pytest-flopbudget.models.net]",
        "pyproject.toml:2: cases[0]: 'budgets.cases' is no function; did you mean 'budgets:cases'?",
        "pyproject.toml:2: cases[1]: 3 is no function: write 'module:name', as in 'shop.budgets:cases'",
    ]


def test_a_table_for_another_version_runs_nothing(project: Project) -> None:
    path = project("raise SystemExit", f'{TABLE}requires = ">=9999"\n')

    (told,) = mistakes(path)
    assert told.startswith("pyproject.toml:3: requires: the table is written for pytest-flopbudget >=9999, and ")


def test_a_table_of_the_past_runs_nothing(project: Project) -> None:
    text = f"{TABLE}[tool.pytest-flopbudget.bundles.firmware]\ntarget = 'board'\ncases = ['a', 'b']\n"
    path = project("raise SystemExit")

    past = read_past_root(text, path, "pyproject.toml", lambda _, __: None)

    assert past is not None
    assert past.cases == ()
    assert past.declarers == (Declarer("budgets:cases", Place("pyproject.toml", 2)),)


def test_a_thousand(project: Project) -> None:
    path = project("""\
def cases():
    return [declare(f"net.{n}", factory="nets:net", kwargs={"n": n}, input="1x3", macs="1 M") for n in range(1000)]
""")
    table = read(path)
    assert [case.kwargs for case in table.cases] == [{"n": number} for number in range(1000)]
    assert "torch" not in vars(sys.modules["budgets"])
