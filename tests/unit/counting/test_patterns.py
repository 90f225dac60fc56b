"""Which modules a pattern matches, and what is told of one that matches none."""

from __future__ import annotations

import pytest

from pytest_flopbudget.counting.patterns import matching, no_match, why_no_pattern

PATHS = (
    "",
    "stem",
    "blocks",
    "blocks.0",
    "blocks.0.attn",
    "blocks.0.attn.qkv",
    "blocks.0.mlp",
    "blocks.10",
    "blocks.10.attn",
    "head",
    "head_dist",
)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("stem", ["stem"]),
        ("blocks.*", ["blocks.0", "blocks.10"]),
        ("blocks.*.attn", ["blocks.0.attn", "blocks.10.attn"]),
        ("blocks.1*", ["blocks.10"]),
        ("*", ["stem", "blocks", "head", "head_dist"]),
        ("head*", ["head", "head_dist"]),
        ("*.0.*tt*", ["blocks.0.attn"]),
        ("**.attn", ["blocks.0.attn", "blocks.10.attn"]),
        ("blocks.0.**", ["blocks.0", "blocks.0.attn", "blocks.0.attn.qkv", "blocks.0.mlp"]),
        ("blocks.**.qkv", ["blocks.0.attn.qkv"]),
        ("**.stem", ["stem"]),
        ("**", [path for path in PATHS if path]),
        ("blocks", ["blocks"]),
        ("block", []),
        ("blocks.0.attn.*.*", []),
        ("b.ocks", []),
    ],
)
def test_what_a_pattern_matches(pattern: str, paths: list[str]) -> None:
    assert matching(pattern, PATHS) == paths


@pytest.mark.parametrize("pattern", ["stem", "blocks.*.attn", "**.attn", "**", "features.0-1", "a.**.b"])
def test_what_is_a_pattern(pattern: str) -> None:
    assert why_no_pattern(pattern) == ""


EXAMPLE = "write a dotted path, as in 'blocks.*.attn'"


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("", EXAMPLE),
        (" ", EXAMPLE),
        (3, EXAMPLE),
        ("a..b", f"between two dots stands a name; {EXAMPLE}"),
        (".a", f"between two dots stands a name; {EXAMPLE}"),
        ("a b", f"between two dots stands a name; {EXAMPLE}"),
        ("a**", "'**' stands for whole names between dots, as in '**.attn'"),
    ],
)
def test_what_is_no_pattern(pattern: object, why: str) -> None:
    assert why_no_pattern(pattern) == why


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("bloks.*", "; did you mean 'blocks.*'?"),
        ("blocks.*.atn", "; did you mean 'blocks.*.attn'?"),
        ("bloks.*.atn", "; did you mean 'blocks.*.attn'?"),
        ("**.qvk", "; did you mean '**.qkv'?"),
        ("encoder.blocks.*.attn", "; did you mean '**.attn'?"),
        ("attn", "; did you mean '**.attn'?"),
        ("steem", "; did you mean 'stem'?"),
        ("layer1.conv", "; there is stem, blocks, head, head_dist"),
    ],
)
def test_the_nearest_pattern(pattern: str, hint: str) -> None:
    assert matching(pattern, PATHS) == []
    assert no_match(pattern, PATHS) == f"no module matches {pattern!r}{hint}"


def test_many_modules_are_not_all_named() -> None:
    paths = ["", *(f"part_{letter}" for letter in "abcdefg")]
    assert no_match("xyz", paths) == "no module matches 'xyz'; there is part_a, part_b, part_c, part_d, part_e, …"


def test_a_model_without_modules() -> None:
    assert no_match("xyz", [""]) == "no module matches 'xyz'; the model has no modules"


IN_A_REGION = ("", "Net", "Net.head", "Net#2", "Net#2.head", "Net#10.head", "Linear", "Net#2.a#1")


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("Net", ["Net", "Net#2"]),
        ("Net#2", ["Net#2"]),
        ("Net.head", ["Net.head", "Net#2.head", "Net#10.head"]),
        ("Net#2.*", ["Net#2.head", "Net#2.a#1"]),
        ("Ne?", []),
        ("N*t.head", ["Net.head", "Net#2.head", "Net#10.head"]),
        ("**.a", []),
        ("*.a#1", ["Net#2.a#1"]),
        ("Net#3", []),
    ],
)
def test_in_a_region_a_class_is_every_model_of_it(pattern: str, paths: list[str]) -> None:
    assert matching(pattern, IN_A_REGION, in_region=True) == paths


def test_elsewhere_a_number_is_part_of_the_name() -> None:
    assert matching("Net", IN_A_REGION) == ["Net"]


def test_a_region_without_a_module() -> None:
    assert no_match("Net", [""], in_region=True) == "no module matches 'Net'; no module was called"
