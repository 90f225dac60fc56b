"""Every link of the documentation leads somewhere: to a file that is there, and to a heading in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BESIDE = ("README.md", "CONTRIBUTING.md", "examples/README.md")
DOCUMENTS = [path for path in (*map(ROOT.joinpath, _BESIDE), *sorted((ROOT / "docs").glob("*.md"))) if path.is_file()]
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The names that GitHub and the site give to the headings."""
    heads = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", head) for head in re.findall(r"^#+ (.*)$", text, re.MULTILINE))
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def dead(path: Path) -> Iterator[str]:
    """The links that lead nowhere."""
    for link in re.findall(r"\]\(([^)\s]+)\)", _CODE.sub("", path.read_text(encoding="utf-8"))):
        file, _, anchor = link.partition("#")
        there = path.parent / file if file else path
        if ":" in file:
            continue
        if not there.exists() or (anchor and anchor not in anchors(_CODE.sub("", there.read_text(encoding="utf-8")))):
            yield link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    assert list(dead(path)) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# One `two` [three](c.md)\n", encoding="utf-8")
    page = tmp_path / "a.md"
    page.write_text(
        "# Here\n[1](b.md) [2](b.md#one-two-three) [3](#here) [4](https://example.org/x)\n```md\n[5](no.md)\n```\n"
        "[6](no.md) [7](b.md#four) [8](#there)\n",
        encoding="utf-8",
    )

    assert list(dead(page)) == ["no.md", "b.md#four", "#there"]
