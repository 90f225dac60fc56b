import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Command, Declare

OF_8 = 8 * 8 * 8 * 3 * 9
OF_16 = 16 * 16 * 8 * 3 * 9


def test_from_nothing_to_a_passing_case_and_to_a_failing_one(flopbudget: Command, project: Path) -> None:
    done = flopbudget("init", "shapes.py:conv", "1x3x8x8", "--yes")
    # 13_824 * 1.05 = 14_515.2 and 216 * 1.05 = 226.8
    assert (project / "pyproject.toml").read_text(encoding="utf-8") == (
        "[tool.pytest-flopbudget.models.conv]\n"
        'factory = "shapes:conv"\n'
        'input = "1x3x8x8"\n'
        'macs = "14.6 k"\n'
        'params = "227"\n'
    )
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "conv::default: 13.82 kMACs, 216 params\n"
        "\n"
        "[tool.pytest-flopbudget.models.conv]\n"
        'factory = "shapes:conv"\n'
        'input = "1x3x8x8"\n'
        'macs = "14.6 k"\n'
        'params = "227"\n'
        "\n"
        "pyproject.toml is written. Run pytest: it fails when the model outgrows a limit.\n"
    )
    assert run_pytest(project) == 0
    model = project / "shapes.py"
    model.write_text(model.read_text(encoding="utf-8").replace("channels, 8", "channels, 9"), encoding="utf-8")
    assert run_pytest(project) == 1


def run_pytest(folder: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
    return subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False).returncode


def test_what_stands_in_the_file_stays(flopbudget: Command, declare: Declare) -> None:
    before = '# mine\n[project]\nname = "shop"   # a name\n'
    path = declare(before)
    path.write_text(before.rstrip("\n").replace("\n", "\r\n"), encoding="utf-8", newline="")
    done = flopbudget("init", "shapes:conv", "1xCx8x8", "C=3", "--kwargs", "channels=3", "--name", "net", "--yes")
    assert done.code == 0
    assert path.read_bytes().decode() == (
        before
        + "\n[tool.pytest-flopbudget.models.net]\n"
        + 'factory = "shapes:conv"\nkwargs = { channels = 3 }\ninput = "1xCx8x8"\nat = [3]\n'
        + 'macs = "14.6 k"\nparams = "227"\n'
    ).replace("\n", "\r\n")


def test_several_points_and_a_folder_to_import_from(flopbudget: Command, declare: Declare, project: Path) -> None:
    (project / "src").mkdir()
    (project / "shapes.py").rename(project / "src" / "shapes.py")
    path = declare('[tool.pytest-flopbudget.models.old]\nfactory = "a:b"\ninput = "1x3"\nmacs = "1 M"\n')
    done = flopbudget("init", "src/shapes.py:conv", "1x3xRxR", "R=8,16", "--headroom", "0%", "--yes", "--json")
    assert path.read_text(encoding="utf-8") == (
        "[tool.pytest-flopbudget]\n"
        'pythonpath = ["src"]\n'
        "\n"
        "[tool.pytest-flopbudget.models.old]\n"
        'factory = "a:b"\n'
        'input = "1x3"\n'
        'macs = "1 M"\n'
        "\n"
        "[tool.pytest-flopbudget.models.conv]\n"
        'factory = "shapes:conv"\n'
        'input = "1x3xRxR"\n'
        "at = [8, 16]\n"
        f'macs = {{ R8 = "{OF_8:_}", R16 = "{OF_16:_}" }}\n'
        'params = "216"\n'
    )
    assert done.code == 0
    data = json.loads(done.out)
    assert data["file"] == "pyproject.toml"
    assert [(each["id"], each["status"], each["metrics"]["macs"]) for each in data["cases"]] == [
        ("conv::R8", "kept", OF_8),
        ("conv::R16", "kept", OF_16),
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "say which model, and its input: flopbudget init model.py:Net 1x3x224x224"),
        (["shapes.py:conv"], 2, "say which model, and its input: flopbudget init model.py:Net 1x3x224x224"),
        (["shape.py:conv", "1x3x8x8"], 2, "there is no file shape.py; did you mean 'shapes.py'?"),
        (["shapes.py:conv", "1x3xRxR"], 2, "no size for the dimension 'R': write one behind the input, as R=224"),
        (
            ["shapes.py:conv", "1x3x8x8", "--name", "old"],
            2,
            "pyproject.toml declares a model 'old' already: give this one another --name",
        ),
    ],
)
def test_what_is_asked_wrongly_writes_nothing(
    flopbudget: Command, declare: Declare, arguments: list[str], code: int, message: str
) -> None:
    path = declare('[tool.pytest-flopbudget.models.old]\nfactory = "a:b"\ninput = "1x3"\nmacs = "1 M"\n')
    before = path.read_text(encoding="utf-8")
    done = flopbudget("init", *arguments, "--yes")
    assert (done.code, done.out, done.err) == (code, "", f"flopbudget: {message}\n")
    assert path.read_text(encoding="utf-8") == before


def test_a_model_that_cannot_run_writes_nothing(flopbudget: Command, project: Path) -> None:
    done = flopbudget("init", "shapes.py:conv", "1x4x8x8", "--yes")
    assert done.code == 1
    assert done.err.startswith("flopbudget: ")
    assert "Traceback" not in done.err
    assert not (project / "pyproject.toml").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of this kind is Unix's")
def test_on_a_terminal_it_asks_for_what_is_not_said(project: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest_flopbudget.cli", "init"],
        cwd=project,
        env=os.environ | {"COLUMNS": "80", "TERM": "xterm"},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    os.close(theirs)
    # The model, its input, the name, the headroom, and whether to write: the last three by a bare return.
    os.write(ours, b"shapes.py:conv\n1x3x8x8\nfirst\n\n\n")
    out, _ = process.communicate(timeout=120)
    os.close(ours)
    assert process.returncode == 0, out
    assert "What it is to be called [conv]: " in out
    assert "Write this into pyproject.toml? [Y/n]: " in out
    assert "[tool.pytest-flopbudget.models.first]" in (project / "pyproject.toml").read_text(encoding="utf-8")


def test_a_name_that_is_none(flopbudget: Command, project: Path) -> None:
    ran = flopbudget("init", "shapes.py:conv", "1x3x8x8", "--yes", "--name", "my net")

    told = "--name 'my net' is no name: write letters, digits, '.', '_' and '-', a letter or digit first"
    assert (ran.code, ran.out, ran.err) == (2, "", f"flopbudget: {told}\n")
    assert not (project / "pyproject.toml").exists()


class Terminal(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


def test_on_second_thoughts_nothing_is_written(
    flopbudget: Command, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("net\n\nn\n"))
    done = flopbudget("init", "shapes.py:conv", "1x3x8x8")

    assert done.code == 0
    assert "[tool.pytest-flopbudget.models.net]\n" in done.out
    assert not (project / "pyproject.toml").exists()


def test_two_dimensions_make_a_grid(flopbudget: Command, project: Path) -> None:
    done = flopbudget("init", "shapes:conv", "1x3xHxW", "H=8", "W=8,16", "--headroom", "0%", "--yes")

    # H * W * 8 * 3 * 9
    assert done.code == 0
    assert (project / "pyproject.toml").read_text(encoding="utf-8") == (
        "[tool.pytest-flopbudget.models.conv]\n"
        'factory = "shapes:conv"\n'
        'input = "1x3xHxW"\n'
        "at = { H = [8], W = [8, 16] }\n"
        f'macs = {{ H8-W8 = "{OF_8:_}", H8-W16 = "{2 * OF_8:_}" }}\n'
        'params = "216"\n'
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[tool.pytest-flopbudget]\npythonpath = ["src"]\n'),
        ("[tool.pytest-flopbudget]\npythonpath = ['src']\n", "[tool.pytest-flopbudget]\npythonpath = ['src']\n"),
    ],
    ids=["no table", "known already"],
)
def test_a_folder_is_named_once(flopbudget: Command, project: Path, before: str, after: str) -> None:
    (project / "src").mkdir()
    (project / "shapes.py").rename(project / "src" / "shapes.py")
    if before:
        (project / "pyproject.toml").write_text(before, encoding="utf-8")
    done = flopbudget("init", "src/shapes.py:conv", "1x3x8x8", "--yes")

    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    assert (done.code, text.partition("\n[tool.pytest-flopbudget.models.conv]\n")[0]) == (0, after)
