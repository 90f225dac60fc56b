"""What the page is made with, and how to get it: the extra ``html``."""

from __future__ import annotations

from importlib.util import find_spec

_PACKAGES = ("jinja2", "plotly")


def missing() -> str:
    """One line on what is not installed, with the command that installs it; empty where nothing is missing."""
    absent = [name for name in _PACKAGES if find_spec(name) is None]
    if not absent:
        return ""
    return f"the HTML report needs {' and '.join(absent)}: pip install 'pytest-flopbudget[html]'"
