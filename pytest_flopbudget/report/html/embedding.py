"""What stands in the page besides its text: data that no name can break out of, and the charts' library."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import warnings
from functools import lru_cache

from pytest_flopbudget.report.harmless import visible

# Within a <script> nothing but its end tag ends it; escaped, no name can write one. All that is not ASCII, such as
# U+2028, is escaped by the encoder.
_ESCAPES = {each: f"\\u{ord(each):04x}" for each in "<>&"}


def as_json(data: object) -> str:
    """Data as JSON that is safe within ``<script type="application/json">``, the same for the same data.

    Every character of its texts can be seen in the page: marks of direction and their like are written out.
    """
    text = _encoded(data)
    # What cannot be seen is not ASCII, or is a control character: either is escaped by now.
    text = _encoded(_visible(data)) if "\\" in text else text
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def _encoded(data: object) -> str:
    return json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _visible(data: object) -> object:
    if isinstance(data, str):
        return visible(data)
    if isinstance(data, dict):
        return {name: _visible(value) for name, value in data.items()}
    return [_visible(each) for each in data] if isinstance(data, list | tuple) else data


def fingerprint(script: str) -> str:
    """A script's hash as a content security policy names it: no other script runs in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@lru_cache(maxsize=1)
def charts_library() -> tuple[str, str]:
    """Plotly's script, packed for the page, and its fingerprint.

    It is a third as long when packed, and is unpacked when the first chart is drawn.
    """
    # Plotly 5 has every warning of the process shown in a form of its own.
    shown_by = warnings.formatwarning
    try:
        # Imported here: without the extra, all other reports can still be written.
        from plotly.offline import get_plotlyjs
    finally:
        warnings.formatwarning = shown_by

    script = get_plotlyjs()
    packed = gzip.compress(script.encode(), compresslevel=9, mtime=0)
    return base64.b64encode(packed).decode(), fingerprint(script)
