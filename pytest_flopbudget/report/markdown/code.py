"""Texts that users had a say in, as code: nothing in them is markup, a mention, or a reference to an issue."""

from __future__ import annotations

import html

from pytest_flopbudget.report.harmless import visible
from pytest_flopbudget.report.text import shortened

_LONGEST = 200
_ENTITIES = {ord(each): f"&#{ord(each)};" for each in r"""\`*_~[]<>&|#@$!{}"'"""}


def code(text: str, longest: int = _LONGEST) -> str:
    """A text in its own font, fit for a table's cell; cut in its middle to so many characters."""
    return f"<code>{entities(text, longest)}</code>"


def entities(text: str, longest: int = _LONGEST) -> str:
    """A text in which whatever could be markup is written as an entity."""
    return shortened(visible(text), longest).translate(_ENTITIES)


def block(text: str) -> str:
    """Lines, each visible and cut in its middle where it is very long, in a block that only its own end closes."""
    lines = (shortened(visible(line), _LONGEST) for line in text.splitlines())
    return "\n".join(["<pre>", *(html.escape(line, quote=False) for line in lines), "</pre>"])
