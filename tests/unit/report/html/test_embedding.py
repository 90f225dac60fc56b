from __future__ import annotations

import base64
import gzip
import json

import pytest
from plotly.offline import get_plotlyjs

from pytest_flopbudget.report.html.embedding import as_json, charts_library, fingerprint


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"a": [1, None, True, 2.5]}, '{"a":[1,null,true,2.5]}'),
        (("</script>", "<!--", "a&b"), '["\\u003c/script\\u003e","\\u003c!--","a\\u0026b"]'),
        ("\u2028 שלום", '"\\\\u2028 \\u05e9\\u05dc\\u05d5\\u05dd"'),
        ({"a": ["x\u202ey\n\x1b", '"\\']}, '{"a":["x\\\\u202ey\\\\n\\\\x1b","\\"\\\\"]}'),
        ("\ud800", '"\\\\ud800"'),
    ],
)
def test_data_is_ascii_that_ends_no_script(data: object, text: str) -> None:
    assert as_json(data) == text


def test_a_name_that_looks_like_an_escape_stays_what_it_is() -> None:
    assert json.loads(as_json("\\u003c")) == "\\u003c"


def test_a_scripts_fingerprint() -> None:
    # printf 'let a = 1;' | openssl dgst -sha256 -binary | base64
    assert fingerprint("let a = 1;") == "'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck='"


def test_the_charts_library_is_plotlys_own() -> None:
    packed, named = charts_library()
    assert gzip.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()
    assert named == fingerprint(get_plotlyjs())
