"""``flopbudget check``. A pixel of ``Net`` costs 3 * 8 * 9 MACs in the body and 8 * 4 in the head."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Command, Git, Ran, Write
from pytest_flopbudget.judge.locks import Entry, Lock
from pytest_flopbudget.report.json_report import Report
from pytest_flopbudget.store.locks import write_lock

MACS_16 = 16 * 16 * (3 * 8 * 9 + 8 * 4)

TABLE = """\
[tool.pytest-flopbudget.models.net]
factory = "nets:Net"
input = "1x3xRxR"
at = [{ R = 16, macs = "64 k" }, { R = 32, macs = "250 k" }]
"""

FAILURE = """\
net::R32  exceeded  pyproject.toml:4
  254 kMACs > 250 kMACs (+1.6%)

  macs:
    counted  253,952 MACs
    limit    250,000 MACs, written '250 k' at pyproject.toml:4
    over       3,952 MACs (+1.6%)

  Where the MACs go, by module:
    body  221,184 MACs   87.1%
    head   32,768 MACs   12.9%

  Traced: shapes. Built: meta.
  To change the limit, edit macs at pyproject.toml:4.

"""
SUMMARY = """\
exceeded    net::R32  254 kMACs > 250 kMACs (+1.6%)
2 cases: 1 exceeded, 1 kept. Traced: 2 shapes; built: 2 meta.
"""


def reported(ended: Ran) -> Report:
    found: Report = json.loads(ended.out)
    return found


def test_a_verdict_that_fails(flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", TABLE)

    ended = flopbudget("check")

    assert (ended.code, ended.out) == (1, FAILURE + SUMMARY)
    assert ended.err == "the model's own words\n"


def test_what_is_kept(flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", TABLE)

    ended = flopbudget("check", "net::R16", "-v")

    assert ended.out == (
        "kept        net::R16  63.49 kMACs of 64 kMACs (99%)\n1 case: 1 kept. Traced: 1 shapes; built: 1 meta.\n"
    )
    assert ended.code == 0
    assert flopbudget("check", "net::R16", "-q").out == ""


def test_as_a_program_and_as_pytest(alone: Command, write: Write, project: Path) -> None:
    write("pyproject.toml", TABLE)

    ended = alone(sys.executable, "-m", "pytest_flopbudget.cli", "check", "--json", "--report", "ours.json")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--flopbudget-report=pytests.json"],
        check=False,
        capture_output=True,
    )

    assert ended.code == 1
    assert (
        ended.out == Path("ours.json").read_text(encoding="utf-8") == Path("pytests.json").read_text(encoding="utf-8")
    )


def test_json_has_what_is_left_out(flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", TABLE)

    ended = flopbudget("check", "net", "--skip", "net::R32", "--json")

    data = reported(ended)
    assert [case["metrics"]["macs"] for case in data["cases"]] == [MACS_16]
    place = {"path": "pyproject.toml", "line": 4}
    assert data["not_run"] == [{"id": "net::R32", "table": "pyproject.toml", "place": place, "why": "--skip"}]
    assert reported(flopbudget("check", "net::R16", "--json"))["not_run"] == [
        {"id": "net::R32", "table": "pyproject.toml", "place": place, "why": "not asked for"}
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nte"], "CASE: no case of pyproject.toml matches 'nte'; did you mean 'net'?"),
        (["--skip", "net::R33"], "--skip: no case of pyproject.toml matches 'net::R33'; did you mean 'net::R32'?"),
        (["--report", "a.txt"], "--report: 'a.txt' ends in none of .json, .md, .html"),
        (
            ["--config", "othr.toml"],
            "--config 'othr.toml': there is no such file; did you mean 'other.toml'?",
        ),
        (["--config", "other.toml"], "--config 'other.toml': the file has no table [tool.pytest-flopbudget]"),
    ],
)
def test_usage(arguments: list[str], told: str, flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", TABLE)
    write("other.toml", "")

    ended = flopbudget("check", *arguments)

    assert (ended.code, ended.out, ended.err) == (2, "", f"flopbudget: {told}\n")


def test_no_table(flopbudget: Command, project: Path) -> None:
    ended = flopbudget("check", "--config", "pyproject.toml")

    assert (ended.code, ended.err) == (2, "flopbudget: --config 'pyproject.toml': there is no such file\n")


def test_a_table_with_mistakes_fails_and_the_members_are_judged(flopbudget: Command, write: Write) -> None:
    root = '[tool.pytest-flopbudget]\nmembers = ["a", "b"]\n'
    write("pyproject.toml", root)
    write("a/nets.py", Path("nets.py").read_text(encoding="utf-8"))
    write("a/pyproject.toml", TABLE.replace("250 k", "254 k"))
    write("b/pyproject.toml", TABLE.replace("factory", "factroy"))

    ended = flopbudget("check")

    assert ended.code == 1
    assert ended.out == (
        "b/pyproject.toml has mistakes:\n"
        "  b/pyproject.toml:2: models.net.factroy: unknown key; did you mean 'factory'?\n"
        "\n"
        "2 cases: 2 kept. Traced: 2 shapes; built: 2 meta.\n"
    )


def test_options_beat_the_table(flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", TABLE)

    assert flopbudget("check", "--level", "warn").code == 0
    assert reported(flopbudget("check", "--level", "off", "--json"))["cases"][0]["status"] == "unjudged"
    by_thop = reported(flopbudget("check", "net::R16", "--backend", "thop", "--json"))
    assert [case["traced"] for case in by_thop["cases"]] == ["thop"]


def test_the_lock(flopbudget: Command, write: Write) -> None:
    write("pyproject.toml", '[tool.pytest-flopbudget]\nlock = "flops.lock.json"\n' + TABLE.replace("250 k", "254 k"))

    assert flopbudget("check").code == 0
    ended = flopbudget("check", "--frozen")

    assert ended.code == 1
    assert ended.out.endswith("2 cases: 2 unlocked. Traced: 2 shapes; built: 2 meta.\n")


def test_a_model_that_skips_itself_and_one_that_cannot_be_built(flopbudget: Command, write: Write) -> None:
    skipping = '[tool.pytest-flopbudget.models.camera]\nfactory = "nets:missing"\ninput = "1x3x8x8"\nmacs = "1 k"\n'
    write("pyproject.toml", skipping + skipping.replace("camera", "lost").replace("missing", "Nett"))

    ended = flopbudget("check")

    assert ended.code == 1
    assert "skipped     camera::default  needs a camera\n" in ended.out
    assert "error       lost::default    factory 'nets:Nett': module 'nets' has no 'Nett';\n" in ended.out


def test_a_report_of_the_table_and_the_jobs_summary(
    flopbudget: Command, write: Write, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("pyproject.toml", '[tool.pytest-flopbudget]\nreport = ["out/flops.md"]\n' + TABLE)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project / "summary.md"))
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))

    ended = flopbudget("check")

    assert "::error file=pyproject.toml,line=6,title=exceeded" in ended.out
    assert "net::R32" in (project / "summary.md").read_text(encoding="utf-8")
    assert "net::R32" in (project / "out/flops.md").read_text(encoding="utf-8")
    assert "::error" not in flopbudget("check", "--json").out


def test_the_page_tells_what_a_case_cost_before(flopbudget: Command, write: Write, git: Git) -> None:
    pytest.importorskip("jinja2", reason="the page needs jinja2")
    write("pyproject.toml", '[tool.pytest-flopbudget]\nlock = "flops.lock.json"\n' + TABLE.replace("250 k", "254 k"))
    for subject, macs in (("first", 2 * MACS_16), ("cheaper", MACS_16)):
        write_lock(Path("flops.lock.json"), Lock({"net::R16": Entry(metrics={"macs": macs})}))
        git("add", "--all")
        git("commit", "-m", subject)

    flopbudget("check", "net::R16", "--report", "page.html", "--report", "flops.json")

    page = Path("page.html").read_text(encoding="utf-8")
    (detail,) = re.findall(r'<script type="application/json" id="detail-0">(.*?)</script>', page)
    history = json.loads(detail)["history"]
    assert history["subjects"] == ["first", "cheaper"]
    assert history["macs"] == [f"{2 * MACS_16:,}", f"{MACS_16:,}"]


def test_a_bundle_is_judged(flopbudget: Command, write: Write) -> None:
    write(
        "pyproject.toml",
        TABLE.replace("250 k", "254 k")
        + '[tool.pytest-flopbudget.targets.board]\nflash = "1 kB"\n'
        + '[tool.pytest-flopbudget.bundles.firmware]\ntarget = "board"\ncases = ["net::R16", "net::R32"]\n',
    )

    ended = flopbudget("check", "firmware", "--json")

    (case,) = reported(ended)["cases"]
    assert (case["id"], case["kind"], case["status"]) == ("firmware", "bundle", "exceeded")
    assert ended.code == 1


def test_colours_are_for_terminals(flopbudget: Command, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("pyproject.toml", TABLE)

    assert "\x1b[" not in flopbudget("check").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31mnet::R32" in flopbudget("check").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in flopbudget("check").out
    assert all(len(line) <= 80 for line in flopbudget("check").out.splitlines())
