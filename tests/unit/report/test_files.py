from __future__ import annotations

import json
from pathlib import Path

from pytest_flopbudget.report.files import why_not, write_report
from pytest_flopbudget.report.results import Results


def test_a_report_is_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    path = tmp_path / "out" / "flops.json"

    assert why_not(path, f"--report: {path}") is None
    assert write_report(path, Results()) == ""
    assert json.loads(path.read_text(encoding="utf-8"))["cases"] == []


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken.md").mkdir()
    (tmp_path / "file").touch()

    assert why_not(tmp_path / "flops.txt", "--report: flops.txt") == (
        "--report: 'flops.txt' ends in none of .json, .md, .html"
    )
    assert why_not(tmp_path / "taken.md", "--report: taken.md") == "--report: taken.md is a folder, not a file"
    blocked = tmp_path / "file" / "flops.md"
    assert why_not(blocked, "--report: file/flops.md") == ("--report: file/flops.md cannot be written: File exists")
    assert write_report(blocked, Results()) == "File exists"
