from __future__ import annotations

import base64
import gzip
import json
import sys
import warnings
from pathlib import Path

import pytest

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
    # Not before: the oldest plotly that is asked for changes how all other tests' warnings are shown.
    from plotly.offline import get_plotlyjs

    assert gzip.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()
    assert named == fingerprint(get_plotlyjs())


def test_a_plotly_that_shows_all_warnings_in_its_own_form_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plotly").mkdir()
    (tmp_path / "plotly" / "offline.py").write_text(
        "import warnings\nwarnings.formatwarning = None\ndef get_plotlyjs():\n    return 'let a = 1;'\n", "utf-8"
    )
    (tmp_path / "plotly" / "__init__.py").touch()
    for name in [name for name in sys.modules if name.partition(".")[0] == "plotly"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    before = warnings.formatwarning

    _, named = charts_library.__wrapped__()

    for name in ("plotly", "plotly.offline"):
        del sys.modules[name]
    assert named == fingerprint("let a = 1;")
    assert warnings.formatwarning is before
