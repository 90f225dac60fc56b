"""The workflows and hooks in docs/ci.md are valid, use options that exist, and give away no rights."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml

from pytest_flopbudget.report.formats import FORMATS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = {
    file: yaml.safe_load(text)
    for file, text in re.findall(r"^```yaml (\S+)\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
}
WORKFLOWS = [file for file in BLOCKS if file.startswith(".github/workflows/")]
HOOKS = BLOCKS[".pre-commit-config.yaml"]["repos"]
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"

Job: TypeAlias = dict[str, object]


def jobs(file: str) -> list[Job]:
    found = list(BLOCKS[file]["jobs"].values())
    assert found
    return found


def steps(job: Job) -> list[dict[str, object]]:
    found = job["steps"]
    assert isinstance(found, list)
    assert found
    return found


def commands() -> list[list[str]]:
    """Every command line that runs pytest."""
    runs = [str(step.get("run", "")) for file in WORKFLOWS for job in jobs(file) for step in steps(job)]
    runs += [hook["entry"] for repository in HOOKS for hook in repository["hooks"]]
    lines = [shlex.split(line) for run in runs for line in run.splitlines()]
    return [line for line in lines if line[0] == "pytest" or line[:3] == ["python", "-m", "pytest"]]


def test_there_are_two_workflows_and_a_hook() -> None:
    assert WORKFLOWS == [".github/workflows/flopbudget.yml", ".github/workflows/flopbudget-update.yml"]
    assert [[hook["id"] for hook in repository["hooks"]] for repository in HOOKS] == [["flopbudget"]]
    assert len(commands()) == 3


@pytest.mark.parametrize("file", WORKFLOWS)
def test_a_workflow_is_well_formed(file: str) -> None:
    workflow = BLOCKS[file]
    # What is no text in YAML 1.1: the key `on`.
    assert set(workflow) == {"name", True, "permissions", "jobs"}
    assert set(workflow[True]) <= {"push", "pull_request"}
    for job in jobs(file):
        assert job["runs-on"] == "ubuntu-latest"
        for step in steps(job):
            assert ("run" in step) != ("uses" in step)
            assert re.fullmatch(r"actions/[\w-]+@v\d+", str(step.get("uses", "actions/checkout@v4")))


@pytest.mark.parametrize("file", WORKFLOWS)
def test_rights_are_few_and_what_a_pull_request_names_is_no_code(file: str) -> None:
    assert BLOCKS[file]["permissions"] == {"contents": "read"}
    for job in jobs(file):
        writing = [step for step in steps(job) if "GH_TOKEN" in str(step.get("env", ""))]
        assert writing
        guards = [str(job.get("if", ""))] if "if" in job else [str(step.get("if", "")) for step in writing]
        assert all(SAME_REPOSITORY in " ".join(guard.split()) for guard in guards)
        assert not any("${{" in str(step.get("run", "")) for step in steps(job))


def test_every_option_exists(pytestconfig: pytest.Config) -> None:
    words = [word.partition("=") for line in commands() for word in line if word.startswith("--")]

    assert words
    for option, _, value in words:
        pytestconfig.getoption(option)
        if option == "--flopbudget-report":
            assert Path(value).suffix in FORMATS
