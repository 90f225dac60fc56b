from pathlib import Path

import pytest

from command_line import Command, Declare

# R * R * 8 * C * 9 MACs and 8 * C * 9 parameters, C channels
MODELS = """\
    [tool.pytest-flopbudget.models.small]
    factory = "shapes:conv"
    input = "1x3xRxR"
    at = [8, 16]
    macs = "1 M"

    [tool.pytest-flopbudget.models.wide_one]
    factory = "shapes:conv"
    kwargs = { channels = 30 }
    input = "1x30xRxR"
    at = [16]
    macs = "1 M"

    [tool.pytest-flopbudget.tables.main]
    models = ["wide*", "small"]
    columns = ["params", "macs@R8", "macs@R16"]
    into = ["README.md#main", "paper.tex#main", "costs.csv"]
    """
CAPTION = (
    "Counted by pytest-flopbudget, conventions 1; MACs are multiply–accumulates; "
    "inputs: 1x30x16x16, 1x3x16x16 (R16); 1x3x8x8 (R8)."
)
MARKDOWN = f"""\
| model | params (k) | MACs at R8 (k) | MACs at R16 (k) |
| --- | ---: | ---: | ---: |
| wide_one | 2.16 | – | 553 |
| small | 0.216 | 13.8 | 55.3 |

{CAPTION}
"""
LATEX = rf"""\begin{{table}}
\caption{{{CAPTION.replace("–", "--")}}}
\begin{{tabular}}{{lrrr}}
model & params (k) & MACs at R8 (k) & MACs at R16 (k) \\
\hline
wide\_one & 2.16 & -- & 553 \\
small & 0.216 & 13.8 & 55.3 \\
\end{{tabular}}
\end{{table}}
"""
CSV = """\
model,params (params),macs@R8 (MACs),macs@R16 (MACs)
wide_one,2160,,552960
small,216,13824,55296
"""


@pytest.mark.parametrize(("form", "text"), [("markdown", MARKDOWN), ("latex", LATEX), ("csv", CSV)])
def test_it_is_printed_in_three_forms(flopbudget: Command, declare: Declare, form: str, text: str) -> None:
    declare(MODELS)
    done = flopbudget("table", "main", "--format", form)
    assert (done.code, done.out, done.err) == (0, text, "")


def test_as_json(flopbudget: Command, declare: Declare) -> None:
    declare(MODELS)
    assert flopbudget("table", "--json").data == {
        "schema_version": 1,
        "tables": {
            "main": {
                "caption": CAPTION,
                "rows": {
                    "wide_one": {"params": 2_160, "macs@R8": None, "macs@R16": 552_960},
                    "small": {"params": 216, "macs@R8": 13_824, "macs@R16": 55_296},
                },
            }
        },
        "stale": [],
    }


def test_units_and_digits_are_those_that_are_asked_for(flopbudget: Command, declare: Declare) -> None:
    declare(f'{MODELS}digits = 2\n    units = {{ macs = "M", params = "" }}\n')
    rows = flopbudget("table").out.splitlines()
    assert rows[0] == "| model | params | MACs at R8 (M) | MACs at R16 (M) |"
    assert rows[2:4] == ["| wide_one | 2,160 | – | 0.55 |", "| small | 216 | 0.014 | 0.055 |"]


def test_it_is_written_between_its_marks_and_checked(flopbudget: Command, declare: Declare, project: Path) -> None:
    declare(MODELS)
    readme, paper = project / "README.md", project / "paper.tex"
    readme.write_bytes(b"# Mine\r\n<!-- flopbudget: main -->\r\nold\r\n  <!-- /flopbudget: main -->\r\nlast")
    paper.write_text("% flopbudget: main\n% /flopbudget: main\n", encoding="utf-8")
    before = readme.read_bytes()
    stale = "".join(
        f"{each} is stale: flopbudget table main --write\n"
        for each in ("README.md#main", "paper.tex#main", "costs.csv")
    )
    checked = flopbudget("table", "--check")
    assert (checked.code, checked.out) == (1, stale)
    assert readme.read_bytes() == before
    assert flopbudget("table", "--write").code == 0
    part = MARKDOWN.replace("\n", "\r\n").encode()
    assert readme.read_bytes() == (
        b"# Mine\r\n<!-- flopbudget: main -->\r\n" + part + b"  <!-- /flopbudget: main -->\r\nlast"
    )
    assert paper.read_text(encoding="utf-8") == f"% flopbudget: main\n{LATEX}% /flopbudget: main\n"
    assert (project / "costs.csv").read_text(encoding="utf-8") == CSV
    again = flopbudget("table", "--check")
    assert (again.code, again.out, again.err) == (0, "", "")


def test_a_file_without_the_marks_is_told_where_to_put_them(
    flopbudget: Command, declare: Declare, project: Path
) -> None:
    declare(MODELS)
    (project / "README.md").write_text("# Mine\n", encoding="utf-8")
    done = flopbudget("table", "--write")
    assert (done.code, done.err) == (
        1,
        (
            "flopbudget: README.md: write <!-- flopbudget: main --> and <!-- /flopbudget: main --> once, on lines of "
            "their own, where the table goes\n"
        ),
    )
    assert (project / "README.md").read_text(encoding="utf-8") == "# Mine\n"


def test_a_column_without_a_point_needs_one_number(flopbudget: Command, declare: Declare) -> None:
    declare(MODELS.replace("macs@R8", "macs"))
    done = flopbudget("table")
    assert (done.code, done.err) == (
        1,
        (
            "flopbudget: macs is 13,824 at small::R8 and 55,296 at small::R16: "
            "name the point in the column, as in macs@R8\n"
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["man"], "'man' is no declared table; did you mean 'main'?"),
        (["--write", "--check"], "--write and --check: write the files, or check them"),
        (
            ["--check", "--format", "csv"],
            "--format is for what is printed: a file's own form is told by its suffix",
        ),
    ],
)
def test_what_is_asked_wrongly(flopbudget: Command, declare: Declare, arguments: list[str], message: str) -> None:
    declare(MODELS)
    done = flopbudget("table", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"flopbudget: {message}\n")


def test_without_a_declared_table(flopbudget: Command, declare: Declare) -> None:
    declare(MODELS.partition("    [tool.pytest-flopbudget.tables")[0])
    assert flopbudget("table").err == (
        "flopbudget: no table is declared: write one, as in [tool.pytest-flopbudget.tables.main]\n"
    )


def test_two_tables_in_one_file_are_written_together(flopbudget: Command, declare: Declare, project: Path) -> None:
    both = MODELS.replace(', "paper.tex#main", "costs.csv"', "")
    declare(both + both[both.index("    [tool.pytest-flopbudget.tables") :].replace("main", "other"))
    marks = "<!-- flopbudget: {0} -->\n{1}<!-- /flopbudget: {0} -->\n"
    readme = project / "README.md"
    readme.write_text(marks.format("main", "") + marks.format("other", ""), encoding="utf-8")
    done = flopbudget("table", "--write")

    assert (done.code, done.out) == (0, "README.md#main is written\nREADME.md#other is written\n")
    assert readme.read_text(encoding="utf-8") == marks.format("main", MARKDOWN) + marks.format("other", MARKDOWN)


def test_a_check_of_the_project_tells_stale_tables(flopbudget: Command, declare: Declare, project: Path) -> None:
    declare(MODELS.replace('"README.md#main", "paper.tex#main", ', ""))
    stale = flopbudget("check", "-q")
    as_json = flopbudget("check", "--json")
    one = flopbudget("check", "-q", "small")
    flopbudget("table", "--write")
    written = flopbudget("check", "-q", "tables::main")

    assert (stale.code, stale.out) == (1, "costs.csv is stale: flopbudget table main --write\n")
    assert (as_json.code, as_json.err) == (1, "flopbudget: costs.csv is stale: flopbudget table main --write\n")
    assert (one.code, one.out) == (0, "")
    assert (written.code, written.err) == (0, "")


def test_a_check_of_a_table_that_cannot_be_filled(flopbudget: Command, declare: Declare) -> None:
    declare(MODELS.replace("macs@R8", "macs"))
    done = flopbudget("check", "tables", "-q")

    assert (done.code, done.out.splitlines()[-1]) == (
        1,
        (
            "tables::main: macs is 13,824 at small::R8 and 55,296 at small::R16: name the point in the column, "
            "as in macs@R8"
        ),
    )
