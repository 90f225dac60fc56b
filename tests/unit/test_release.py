"""What a release needs: the changelog and its fragments, and workflows that nobody can turn to something else."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
TOWNCRIER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
# What a job may beside what its workflow may.
RIGHTS = {"test.yml": {}, "release.yml": {"build": {"contents": "read"}, "publish": {"id-token": "write"}}}


def test_the_changelog_has_a_place_for_the_next_release() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    before, _, after = changelog.partition(TOWNCRIER["start_string"])
    assert "\n## " not in before
    assert after.startswith("\n## ")


@pytest.mark.parametrize("path", sorted((ROOT / ".changes").iterdir()), ids=lambda path: path.name)
def test_a_change_is_told_in_sentences_and_under_its_kind(path: Path) -> None:
    kinds = {kind["directory"] for kind in TOWNCRIER["type"]}

    assert path.name == "README.md" or re.fullmatch(rf"\+[a-z0-9-]+\.({'|'.join(kinds)})\.md", path.name)
    assert path.name == "README.md" or path.read_text(encoding="utf-8").endswith(".\n")
    assert {"numbers", "removed", "added", "fixed"} == kinds


@pytest.mark.parametrize("path", sorted(WORKFLOWS.iterdir()), ids=lambda path: path.name)
def test_a_workflow_names_its_actions_by_commit_and_asks_for_few_rights(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)

    assert re.findall(r"uses: (?!\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$).*", text, re.MULTILINE) == []
    assert workflow["permissions"] in ({}, {"contents": "read"})
    asked = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    assert asked == (
        {} if path.name == "test.yml" else {"build": {"contents": "read"}, "publish": {"id-token": "write"}}
    )


def test_only_the_job_that_uploads_may_and_it_runs_no_code_of_ours() -> None:
    jobs = yaml.safe_load((WORKFLOWS / "release.yml").read_text(encoding="utf-8"))["jobs"]

    assert [step["uses"].partition("@")[0] for step in jobs["publish"]["steps"]] == [
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert (jobs["publish"]["needs"], jobs["publish"]["environment"]) == ("build", "pypi")
