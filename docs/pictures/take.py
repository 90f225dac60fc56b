"""Takes the pictures of the HTML report that the docs show: the examples for microcontrollers, in a real browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "microcontroller" / "over_memory"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Run the example, which fails on purpose, and write a picture of its report wide and light, narrow and dark."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit(f"none of {', '.join(BROWSERS)} is installed")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        report = Path(folder) / "report.html"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--flopbudget-report={report}"],
            cwd=EXAMPLE,
            env=os.environ | {"PYTHONPATH": str(HERE.parents[1])},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        take(browser, report, HERE / "html-report-wide.png", 1180, 1480, dark=False)
        take(browser, report, HERE / "html-report-narrow.png", 400, 1240, dark=True)
        browser.close()


def take(browser: Browser, report: Path, picture: Path, width: int, height: int, *, dark: bool) -> None:
    """Unfold the worst case, wait until its charts are drawn, and write what is seen then."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(report.as_uri())
    page.locator("#cases .fold").first.click()
    for chart in page.locator(".detail .chart").all():
        chart.scroll_into_view_if_needed()
        chart.locator("svg.main-svg").first.wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1000)
    page.screenshot(path=picture)
    context.close()


if __name__ == "__main__":
    main()
