"""Pages in a real browser that has no network: Debian's Chromium, or whatever of its family is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.judge.verdicts import Check, Finding, ModuleRow, Verdict
from pytest_flopbudget.report.html.page import page
from pytest_flopbudget.report.record import CaseRecord
from pytest_flopbudget.report.results import Reached, results

ROOT = Path(__file__).parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root, Chromium has no sandbox; the others keep it from asking for anything by itself.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Open = Callable[..., Page]

# The charts' library is unpacked and compiled first, on a machine that may have much else to do.
_PATIENCE = 60_000
expect.set_options(timeout=_PATIENCE)


# Not for a session: while it is there an event loop runs, and a test of asyncio beside it has none of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser; without one these tests are skipped, but where FLOPBUDGET_BROWSER is "required" they fail."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        why = f"no browser: none of {', '.join(NAMES)} is installed (as root, `make browser` installs Debian's)"
        if os.environ.get("FLOPBUDGET_BROWSER") == "required":
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=found, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a page from disk; afterwards it has complained of nothing and asked for nothing but itself."""
    told: list[str] = []
    asked: list[str] = []
    contexts = []

    def opened(html: str, *, narrow: bool = False, dark: bool = False) -> Page:
        file = tmp_path / "report.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": 390, "height": 844} if narrow else {"width": 1280, "height": 900},
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: told.append(message.text))
        shown.on("pageerror", lambda error: told.append(str(error)))
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(file.as_uri())
        return shown

    yield opened
    for context in contexts:
        context.close()
    assert told == []
    assert asked == [(tmp_path / "report.html").as_uri()] * len(contexts)


@dataclass(frozen=True, slots=True)
class Reports:
    """The same run as a page and as data."""

    html: str
    cases: dict[str, CaseRecord]


@pytest.fixture(scope="session")
def microcontroller(tmp_path_factory: pytest.TempPathFactory, interpreter: str) -> Reports:
    """The reports of the examples for microcontrollers, as a user has them."""
    folder = tmp_path_factory.mktemp("reports")
    done = subprocess.run(
        [interpreter, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"]
        + [f"--flopbudget-report={folder / name}" for name in ("run.html", "run.json")],
        cwd=ROOT / "examples" / "microcontroller",
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    cases = json.loads((folder / "run.json").read_text(encoding="utf-8"))["cases"]
    return Reports((folder / "run.html").read_text(encoding="utf-8"), {case["id"]: case for case in cases})


@pytest.fixture
def verdict() -> Callable[..., Verdict]:
    """A case with a limit on its MACs, and three modules below its root."""

    def make(case: str, macs: int, limit: int) -> Verdict:
        place = Place("pyproject.toml", 7)
        over = (Finding("exceeded", "error", f"{macs:,} MACs > {limit:,} MACs"),) if macs > limit else ()
        rows = [ModuleRow(path, 1, macs // 3, 0, 10, 5) for path in ("stem", "body", "head")]
        return Verdict(
            case=case,
            model=case.partition("::")[0],
            place=place,
            findings=over,
            checks=(Check(Limit(metric="macs", value=limit, place=place, source=str(limit)), macs),),
            metrics={"macs": macs, "flops": 2 * macs, "params": 30 + macs % 7},
            modules=(ModuleRow("", 1, macs, 0, 30, 15), *rows),
            traced="shapes",
            built="meta",
        )

    return make


@pytest.fixture
def html_of() -> Callable[..., str]:
    """The page of some verdicts, all of one table."""

    def make(*verdicts: Verdict) -> str:
        return page(results(Reached("pyproject.toml", each) for each in verdicts))

    return make
