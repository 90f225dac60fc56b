"""Every code block of the README and the docs is run.

A document is read from top to bottom; each ``<!-- new project -->`` starts a fresh folder. In it

- a block whose fence names a file (```` ```toml pyproject.toml ````) is written to that file,
- a ``toml`` block with the plugin's table is read by the plugin, with or without a file's name,
- a ``python`` block without a file's name is run,
- a ``console`` block's ``$ pytest …`` or ``$ flopbudget …`` is run, and all that it prints is compared with the lines
  below it: a line ``...`` stands for any lines; times, commits and the width of rules do not matter. ``$ git …`` is
  run too, by one author on one day. Of ``$ make …`` the target must exist; ``$ pip install …`` is not run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.published import published_schema

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
DOCUMENTS = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if path.is_file()]
PROGRAMS = {"pytest": "pytest", "flopbudget": "pytest_flopbudget.cli"}
_WHO = {"NAME": "Ada", "EMAIL": "ada@example.org", "DATE": "2026-05-04T12:00:00Z"}
AUTHOR = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in _WHO.items()}
SCHEMA = jsonschema.Draft7Validator(published_schema())
NEW_PROJECT = "<!-- new project -->"


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the file that its fence names, its text, and where it starts."""

    language: str
    file: str
    text: str
    place: str


def projects(document: str, name: str) -> Iterator[list[Block]]:
    """The document's blocks, a list for each project that has any."""
    blocks: list[Block] = []
    lines = iter(enumerate(document.splitlines(), start=1))
    for number, line in lines:
        if line.strip() == NEW_PROJECT and blocks:
            yield blocks
            blocks = []
        assert not re.match(r"\s+```", line), f"{name}:{number}: an indented block is not run"
        if line.startswith("```"):
            language, _, file = line.removeprefix("```").strip().partition(" ")
            body = []
            for _, inner in lines:
                if inner.rstrip() == "```":
                    break
                body.append(inner)
            blocks.append(Block(language, file, "".join(f"{inner}\n" for inner in body), f"{name}:{number}"))
    if blocks:
        yield blocks


def commands(block: Block) -> list[tuple[str, str]]:
    """The commands of a console block, each with the output that is expected of it."""
    parts = re.split(r"^\$ (.*)\n", block.text, flags=re.MULTILINE)
    assert not parts[0].strip(), f"{block.place}: text before the first '$ '"
    return list(zip(parts[1::2], parts[2::2], strict=True))


def normalised(output: str) -> str:
    """Without what differs from run to run: times, commits, the width of rules, blanks at an end."""
    output = re.sub(r"\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{9}\b", "0a0a0a0a0", output)
    output = re.sub(r"\b\d+\.\d\ds\b( \(\d+:\d\d:\d\d\))?", "0.00s", output)
    output = re.sub(r"([=_!-])\1+", r"\1\1", output)
    return "\n".join(line.rstrip() for line in output.split("\n")).strip("\n") + "\n"


def matches(expected: str, output: str) -> bool:
    """Whether the output is the expected one, line by line, where ``...`` stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in normalised(expected).splitlines()
    )
    return re.fullmatch(pattern, normalised(output)) is not None


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    ours = ("PYTEST_", "COLUMNS", "CI", "BUILD_NUMBER", "GITHUB_ACTIONS", "FORCE_COLOR", "NO_COLOR", "PY_COLORS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    # Plugins that only the project's own tests need would change what is printed.
    environment["PYTEST_ADDOPTS"] = "-p no:randomly -p no:asyncio"
    return subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=environment | {"COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )


def check_console(block: Block, folder: Path) -> None:
    for command, expected in commands(block):
        program, *arguments = shlex.split(command)
        if program == "make":
            targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
            assert set(arguments) <= set(targets), f"{block.place}: the Makefile has no target for '$ {command}'"
        elif program in PROGRAMS:
            output = run(["-m", PROGRAMS[program], *arguments], folder).stdout
            assert matches(expected, output), f"{block.place}: '$ {command}' prints\n{output}\nexpected\n{expected}"
        elif program == "git":
            subprocess.run(["git", *arguments], cwd=folder, env=os.environ | AUTHOR, check=True)
        else:
            assert [program, *arguments[:1]] == ["pip", "install"], f"{block.place}: unexpected command '$ {command}'"


def check_toml(block: Block, folder: Path) -> None:
    path = folder / (block.file or "unnamed/pyproject.toml")
    write(block, path)
    if "[tool.pytest-flopbudget" in block.text:
        table = read_table(path)
        assert table is not None, f"{block.place}: has no table"
        assert table.cases or table.members or table.targets, f"{block.place}: declares nothing"
        SCHEMA.validate(tomllib.loads(block.text)["tool"]["pytest-flopbudget"])


def check_python(block: Block, folder: Path) -> None:
    if block.file:
        write(block, folder / block.file)
        return
    done = run(["-W", "error", "-c", block.text], folder)
    assert done.returncode == 0, f"{block.place}: failed\n{done.stdout}"


def write(block: Block, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


CHECKS = {"toml": check_toml, "python": check_python, "console": check_console}


def check(blocks: list[Block], folder: Path) -> None:
    for block in blocks:
        if block.language in CHECKS:
            CHECKS[block.language](block, folder)
        else:
            assert block.file, f"{block.place}: a block of {block.language!r} is neither run nor written to a file"
            write(block, folder / block.file)


PROJECTS = {
    blocks[0].place: blocks
    for path in DOCUMENTS
    for blocks in projects(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
}


@pytest.mark.parametrize("place", PROJECTS)
def test_the_documents_blocks(place: str, tmp_path: Path, warm: None) -> None:
    check(PROJECTS[place], tmp_path)


SAMPLE = """\
```toml pyproject.toml
[tool.pytest.ini_options]
addopts = "-q"
```
and
```python test_sample.py
def test_sample(): pass
```
<!-- new project -->
```console
$ make test
$ pytest -q

no tests ran in 12.34s
```
"""


def test_a_document_becomes_projects() -> None:
    assert list(projects(SAMPLE, "sample.md")) == [
        [
            Block("toml", "pyproject.toml", '[tool.pytest.ini_options]\naddopts = "-q"\n', "sample.md:1"),
            Block("python", "test_sample.py", "def test_sample(): pass\n", "sample.md:6"),
        ],
        [Block("console", "", "$ make test\n$ pytest -q\n\nno tests ran in 12.34s\n", "sample.md:10")],
    ]


def test_a_sample_runs(tmp_path: Path) -> None:
    first, second = projects(SAMPLE, "sample.md")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    check([*first, Block("console", "", "$ pytest\n...\n1 passed in 0.00s\n", "sample.md:9")], tmp_path / "a")
    check(second, tmp_path / "b")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (Block("python", "", "raise SystemExit(3)", "a.md:1"), "a.md:1: failed"),
        (Block("console", "", "$ pytest -q\n1 passed in 0.01s\n", "a.md:2"), "a.md:2: '$ pytest -q' prints"),
        (Block("console", "", "$ make tset\n", "a.md:3"), "a.md:3: the Makefile has no target for '$ make tset'"),
        (Block("console", "", "$ rm -r .\n", "a.md:4"), "a.md:4: unexpected command '$ rm -r .'"),
        (Block("console", "", "1 passed\n", "a.md:5"), "a.md:5: text before the first '$ '"),
        (Block("sh", "", "ls\n", "a.md:6"), "a.md:6: a block of 'sh' is neither run nor written to a file"),
    ],
    ids=lambda value: value.place if isinstance(value, Block) else "",
)
def test_a_wrong_block_fails(block: Block, message: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=f"^{re.escape(message)}"):
        check([block], tmp_path)


@pytest.mark.parametrize(
    ("expected", "same"),
    [
        ("== one ==\na\nb\n== 1 passed in 3.21s ==\n", True),
        ("...\nb\n== 1 passed in 3.21s ==\n", True),
        ("== one ==\n...\n", True),
        ("...\na\n...\n== 1 passed in 3.21s ==\n", True),
        ("== one ==\na\n== 1 passed in 3.21s ==\n", False),
        ("a\nb\n...\n", False),
        ("...\nb\na\n...\n", False),
        ("...\n== 2 passed in 3.21s ==\n", False),
    ],
)
def test_matching(expected: str, same: bool) -> None:
    output = "======= one =======\na\nb\n======= 1 passed in 0.12s =======\n"

    assert matches(expected, output) == same


def test_an_indented_block_is_refused() -> None:
    with pytest.raises(AssertionError, match=r"^a\.md:2: an indented block is not run"):
        list(projects("- a list\n  ```python\n", "a.md"))
