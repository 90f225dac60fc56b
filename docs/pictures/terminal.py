"""Takes the picture of a terminal that the docs show: the README's first example, run by pytest, as SVG."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COLUMNS = 80
# What pytest says of the machine and of the plugins there.
_SURROUNDINGS = re.compile(r"^(platform|cachedir|rootdir|configfile|plugins|hypothesis|collected).*\n", re.MULTILINE)
_TIME = re.compile(r"in \d+\.\d\ds")
# The picture brings no font from elsewhere.
_FONTS = re.compile(r"@font-face \{\{.*?\}\}", re.DOTALL)


def main() -> None:
    """Run the example, which fails on purpose, and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        text = re.sub(_TIME, "in 0.52s", _SURROUNDINGS.sub("", run(Path(folder))))
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text("$ pytest", style="bold"))
    console.print(Text.from_ansi(text))
    picture = console.export_svg(title="", code_format=_FONTS.sub("", CONSOLE_SVG_FORMAT), unique_id="terminal")
    (HERE / "terminal.svg").write_text(picture, encoding="utf-8")


def run(folder: Path) -> str:
    """What pytest prints in colours of the README's first example."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for file in ("detector.py", "pyproject.toml"):
        block = re.search(rf"^```\w+ {re.escape(file)}\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
        assert block is not None
        (folder / file).write_text(block[1], encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--color=yes",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "-p",
            "no:asyncio",
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": str(COLUMNS), "PYTEST_ADDOPTS": ""},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


if __name__ == "__main__":
    main()
