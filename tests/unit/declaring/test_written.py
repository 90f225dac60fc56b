"""A table in a file of its own, and a table in several files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.mentions import mentions_table
from pytest_flopbudget.errors import TableError

Write = Callable[[str, str], Path]

NET = 'factory = "nets:Net"\ninput = "1x3x8x8"\nmacs = "1 M"\n'
IN_A_PROJECT = f"[tool.pytest-flopbudget.models.net]\n{NET}"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return written


def mistakes(path: Path, called: str | None = None) -> list[str]:
    with pytest.raises(TableError) as raised:
        read_table(path, called)
    return str(raised.value).splitlines()


def places(path: Path, called: str | None = None) -> dict[str, str]:
    table = read_table(path, called)
    assert table is not None
    return {case.id: str(case.place) for case in table.declared}


def test_a_file_of_its_own_has_the_same_keys_at_its_top(write: Write) -> None:
    own = write("flopbudget.toml", f'lock = "flops.json"\n[models.net]\n{NET}')
    table = read_table(own)

    assert table is not None
    assert table.lock is not None
    assert (table.lock.path, str(table.lock.place)) == (str(own.parent / "flops.json"), "flopbudget.toml:1")
    (case,) = table.cases
    assert (case.id, str(case.place), case.factory) == ("net::default", "flopbudget.toml:2", "nets:Net")
    assert str(case.limits[0].place) == "flopbudget.toml:5"
    assert mentions_table(own)
    assert not mentions_table(own.parent / "elsewhere" / "flopbudget.toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "flopbudget.toml:1: no model is declared: write one, as in [models.net]"),
        (IN_A_PROJECT, "flopbudget.toml:1: tool: write the keys without [tool.pytest-flopbudget] here"),
        (f"[modles.net]\n{NET}", "flopbudget.toml:1: modles: unknown key; did you mean 'models'?"),
        (
            f'new = "warn"\n[models.net]\n{NET}',
            "flopbudget.toml:1: new: no lock is kept: write lock = 'flopbudget.lock.json' at the top of the file",
        ),
    ],
)
def test_mistakes_of_a_file_of_its_own(text: str, told: str, write: Write) -> None:
    assert told in mistakes(write("flopbudget.toml", text))


def test_both_is_an_error(write: Write) -> None:
    project = write("pyproject.toml", f"[project]\nname = 'x'\n{IN_A_PROJECT}")
    own = write("flopbudget.toml", f"[models.net]\n{NET}")

    assert "\n".join(mistakes(project)) == (
        "pyproject.toml:3: flopbudget.toml stands beside it, and one of the two counts: move the keys there, or "
        "remove it"
    )
    assert "\n".join(mistakes(own)) == (
        "flopbudget.toml:1: pyproject.toml beside it has a table [tool.pytest-flopbudget], and one of the two counts: "
        "remove one"
    )


def test_a_project_that_only_depends_on_the_plugin_is_no_second_table(write: Write) -> None:
    write("pyproject.toml", "[project]\nname = 'x'\ndependencies = ['pytest-flopbudget']\n[tool.ruff]\nx = 'flop'\n")

    assert places(write("flopbudget.toml", f"[models.net]\n{NET}")) == {"net::default": "flopbudget.toml:1"}


def test_a_project_that_is_no_toml_is_no_second_table(write: Write) -> None:
    write("pyproject.toml", "[tool.pytest-flopbudget")

    assert places(write("flopbudget.toml", f"[models.net]\n{NET}")) == {"net::default": "flopbudget.toml:1"}


def test_included_files_add_models_targets_and_bundles(write: Write) -> None:
    write("budgets/b.toml", f"# two\n[models.second]\n{NET}")
    write("budgets/a.toml", f"[models.first]\n{NET}targets = ['board']\n[targets.board]\nflash = '1 MiB'\n")
    write("fleet.toml", "[bundles.firmware]\ntarget = 'board'\ncases = ['first', 'net']\n")
    root = write(
        "pyproject.toml", f"[tool.pytest-flopbudget]\ninclude = ['budgets/*.toml', 'fleet.toml']\n{IN_A_PROJECT}"
    )

    assert places(root, "shop/pyproject.toml") == {
        "net::default": "shop/pyproject.toml:3",
        "first::default": "shop/budgets/a.toml:1",
        "second::default": "shop/budgets/b.toml:2",
        "firmware": "shop/fleet.toml:1",
    }
    table = read_table(root)
    assert table is not None
    first = next(case for case in table.cases if case.model == "first")
    assert [str(limit.place) for limit in first.limits] == ["budgets/a.toml:4"]
    assert [str(limit.place) for limit in table.targets[0].limits] == ["budgets/a.toml:7"]


def test_a_file_of_its_own_includes_others(write: Write) -> None:
    write("budgets/a.toml", f"[models.first]\n{NET}")

    own = write("flopbudget.toml", "include = ['budgets/a.toml', 'budgets/*.toml']\n[defaults]\nlevel = 'warn'\n")

    table = read_table(own)
    assert table is not None
    assert [(case.id, case.level) for case in table.cases] == [("first::default", "warn")]


def test_mistakes_of_what_is_included(write: Write) -> None:
    write("a.toml", f"[models.net]\n{NET}\n[models.other]\nfactroy = 'nets:Net'\n{NET}[model.x]\n[lock]\n")
    write("b.toml", f"lock = 'x.json'\nmodels = 3\n[tool.pytest-flopbudget.models.net]\n{NET}")
    write("c.toml", "[models.")
    root = write(
        "pyproject.toml", f"[tool.pytest-flopbudget]\ninclude = ['a.toml', 'b.toml', 'c.toml']\n{IN_A_PROJECT}"
    )

    assert mistakes(root) == [
        "a.toml:1: models.net: it stands at pyproject.toml:3 already",
        "a.toml:7: models.other.factroy: unknown key; did you mean 'factory'?",
        "a.toml:11: model: an included file has models, targets, bundles and cases; did you mean 'models'?",
        (
            "a.toml:12: lock: an included file has models, targets, bundles and cases; any other key "
            "belongs in pyproject.toml"
        ),
        (
            "b.toml:1: lock: an included file has models, targets, bundles and cases; any other key belongs "
            "in pyproject.toml"
        ),
        "b.toml:2: models: 3 stands where a table was expected, as in [models.net]",
        "b.toml:3: tool: write the keys without [tool.pytest-flopbudget] here",
        "c.toml:1: the file is no TOML: Invalid initial character for a key part",
    ]


def test_what_is_included_where_the_tables_own_kind_is_none(write: Write) -> None:
    write("a.toml", f"[models.other]\n{NET}")
    root = write("pyproject.toml", "[tool.pytest-flopbudget]\ninclude = ['a.toml']\nmodels = 3\n")

    assert mistakes(root) == [
        "pyproject.toml:3: models: 3 stands where a table was expected, as in [tool.pytest-flopbudget.models.net]"
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("budgets/*.tml", "there is no file 'budgets/*.tml'; did you mean 'budgets/a.toml'?"),
        ("budgets/aa.toml", "there is no file 'budgets/aa.toml'; did you mean 'budgets/a.toml'?"),
        ("/etc/x.toml", "'/etc/x.toml' is absolute: write it relative to this file's folder"),
    ],
)
def test_what_cannot_be_included(entry: str, told: str, write: Write) -> None:
    write("budgets/a.toml", f"[models.first]\n{NET}")
    root = write("pyproject.toml", f"[tool.pytest-flopbudget]\ninclude = ['{entry}']\n{IN_A_PROJECT}")

    assert mistakes(root) == [f"pyproject.toml:2: include[0]: {told}"]
