"""A project's life with a lock, in a real git repository: what grew is named, and what was raised is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Declare = Callable[..., Path]
Run = Callable[..., pytest.RunResult]
Git = Callable[..., str]

LOCK = "flopbudget.lock.json"
TABLE = f"""
[tool.pytest-flopbudget]
lock = "{LOCK}"

[tool.pytest-flopbudget.models.net]
factory = "story:net"
input   = "1x3xRxR"
macs    = "30 k"
at      = [8, 16]
"""
MODEL = '''
"""A stem, a body and a head."""

from torch import nn


class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.body = nn.Sequential(nn.Conv2d(8, width, 1), nn.ReLU())
        self.head = nn.Conv2d(width, 4, 1)

    def forward(self, x):
        return self.head(self.body(self.stem(x)))


def net():
    return Net()
'''
# The stem halves the size: at R = 16, 8 * 8 * (8 * 3 * 9 + 8 * 8 + 4 * 8) = 19,968 MACs.
BODY_BEFORE, BODY_AFTER = 8 * 8 * 8 * 8, 8 * 8 * 8 * 12
HEAD_BEFORE, HEAD_AFTER = 8 * 8 * 4 * 8, 8 * 8 * 4 * 12


@pytest.fixture(params=[(), ("-n", "2")], ids=["alone", "xdist"])
def tested(request: pytest.FixtureRequest, run: Run) -> Callable[..., pytest.RunResult]:
    """Run pytest by itself, or with two workers."""
    return lambda *args: run(*request.param, *args)


@pytest.fixture
def project(declare: Declare, git: Git) -> Path:
    """A repository with the table and the model, and no lock yet."""
    folder = declare(TABLE).parent
    (folder / "story.py").write_text(MODEL, encoding="utf-8")
    (folder / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n", encoding="utf-8")
    git(folder, "init", "--initial-branch=main")
    return folder


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def commit(git: Git, folder: Path, subject: str) -> None:
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--message", subject)


def widen(folder: Path) -> None:
    rewrite(folder / "story.py", "return Net()", "return Net(width=12)")


def test_from_a_lock_to_a_raised_limit(project: Path, git: Git, tested: Callable[..., pytest.RunResult]) -> None:
    # Lock.
    tested("--flopbudget-update").assert_outcomes(passed=3)
    first = (project / LOCK).read_bytes()
    commit(git, project, "Lock what the net costs")
    assert tested().ret == pytest.ExitCode.OK

    # Change a layer: red, and the layer is named.
    widen(project)
    red = tested()
    assert red.ret == pytest.ExitCode.TESTS_FAILED
    red.assert_outcomes(passed=1, failed=2)
    red.stdout.fnmatch_lines(
        [
            "*What grew since the lock, in MACs:",
            f"  body.0  +{BODY_AFTER - BODY_BEFORE:,}  from {BODY_BEFORE:,} (+50%)",
            "      aten::conv2d 1x8x8x8, 12x8x1x1 gives 1x12x8x8, was aten::conv2d 1x8x8x8,",
            "      8x8x1x1 gives 1x8x8x8",
            f"  head    +{HEAD_AFTER - HEAD_BEFORE:,}  from {HEAD_BEFORE:,} (+50%)",
        ],
        consecutive=False,
    )
    assert "stem" not in red.stdout.str().partition("What grew since the lock, in MACs")[2].partition("\n\n")[0]
    assert (project / LOCK).read_bytes() == first

    # Update: green, and the change is in the lock.
    assert tested("--flopbudget-update").ret == pytest.ExitCode.OK
    assert (project / LOCK).read_bytes() != first
    assert tested().ret == pytest.ExitCode.OK
    commit(git, project, "A wider body")

    # Revert.
    git(project, "revert", "--no-edit", "HEAD")
    assert (project / LOCK).read_bytes() == first
    assert tested().ret == pytest.ExitCode.OK

    # Compare with the earlier revision: what was reverted is told.
    compared = tested("--flopbudget-compare=HEAD~1")
    assert compared.ret == pytest.ExitCode.OK
    compared.stdout.fnmatch_lines(
        [
            "net::R16  23.04 kMACs → 19.97 kMACs (-13%), *",
            "*what changed, in MACs:",
            f"*body.0  -{BODY_AFTER - BODY_BEFORE:,}  from {BODY_AFTER:,} (-33%)",
            "2 cases beside HEAD~1 (*): 2 changed.",
        ]
    )

    # Raise a limit: told before all else.
    rewrite(project / "pyproject.toml", '"30 k"', '"90 k"')
    raised = tested("--flopbudget-compare=HEAD")
    assert raised.ret == pytest.ExitCode.OK
    raised.stdout.fnmatch_lines(
        [
            "*= flop budgets compared =*",
            "budget raised: net::R8 macs 30 k → 90 k, without a new reason*",
            "budget raised: net::R16 macs 30 k → 90 k, without a new reason*",
            "2 cases beside HEAD (*): 2 as before.",
            "*= flop budgets =*",
        ]
    )


def test_a_raise_may_need_a_reason(project: Path, git: Git, run: Run) -> None:
    table = project / "pyproject.toml"
    rewrite(table, f'lock = "{LOCK}"', f'lock = "{LOCK}"\nraise_needs_reason = true')
    run("--flopbudget-update").assert_outcomes(passed=3)
    commit(git, project, "Lock what the net costs")
    rewrite(table, '"30 k"', '"90 k"')
    red = run("--flopbudget-compare=HEAD")
    assert red.ret == pytest.ExitCode.TESTS_FAILED
    red.assert_outcomes(passed=3)
    red.stdout.fnmatch_lines(["budget raised: net::R8 macs 30 k → 90 k, without a new reason*"])
    rewrite(table, '"90 k"', '"90 k"\nreason = "the new camera"')
    green = run("--flopbudget-compare=HEAD")
    assert green.ret == pytest.ExitCode.OK
    green.stdout.fnmatch_lines(["budget raised: net::R8 macs 30 k → 90 k, reason: the new camera*"])


def test_the_history_of_a_case(project: Path, git: Git, run: Run, tested: Callable[..., pytest.RunResult]) -> None:
    run("--flopbudget-update").assert_outcomes(passed=3)
    commit(git, project, "Lock what the net costs")
    widen(project)
    assert run("--flopbudget-update").ret == pytest.ExitCode.OK
    commit(git, project, "A wider body")
    names = git(project, "log", "--format=%H").split()
    # 8 * 8 * (8 * 3 * 9 + 12 * 8 + 4 * 12) = 23,040 MACs.
    told = tested("--flopbudget-history=net::R16")
    assert told.ret == pytest.ExitCode.OK
    assert told.outlines == [
        "net::R16 (macs)",
        f"  {names[0][:9]}  2026-05-04   23.04 kMACs  +15%  A wider body (Ada)",
        f"  {names[1][:9]}  2026-05-04  19.968 kMACs        Lock what the net costs (Ada)",
    ]
    both = tested("--flopbudget-history")
    assert [line for line in both.outlines if not line.startswith(" ")] == ["net::R16 (macs)", "net::R8 (macs)"]


def test_the_history_is_in_the_page(project: Path, git: Git, run: Run) -> None:
    run("--flopbudget-update").assert_outcomes(passed=3)
    commit(git, project, "Lock what the net costs")
    widen(project)
    assert run("--flopbudget-update").ret == pytest.ExitCode.OK
    commit(git, project, "A wider body")
    assert run("--flopbudget-report=flops.html").ret == pytest.ExitCode.OK
    names = [name[:9] for name in git(project, "log", "--format=%H").split()]
    # The stem halves the size: 19,968 and 23,040 MACs at R = 16, a quarter of each at R = 8.
    subjects = ["Lock what the net costs", "A wider body"]
    assert _histories(project / "flops.html") == [
        {"commits": names[::-1], "subjects": subjects, "macs": ["19,968", "23,040"]},
        {"commits": names[::-1], "subjects": subjects, "macs": ["4,992", "5,760"]},
    ]


def test_without_a_repository_the_page_has_no_history(
    declare: Declare, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = declare(TABLE).parent
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
    (folder / "story.py").write_text(MODEL, encoding="utf-8")
    assert run("--flopbudget-update", "--flopbudget-report=flops.html").ret == pytest.ExitCode.OK
    nothing: dict[str, list[str]] = {"commits": [], "subjects": [], "macs": []}
    assert _histories(folder / "flops.html") == [nothing, nothing]


def _histories(page: Path) -> list[object]:
    """What a page has of the history of each of its cases."""
    details = re.findall(r'<script type="application/json" id="detail-\d+">(.*?)</script>', page.read_text("utf-8"))
    return [json.loads(each)["history"] for each in details]
