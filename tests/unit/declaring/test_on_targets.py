from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from pytest_flopbudget.declaring.asked import as_case, of_declared, read_asked
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import AskedError, Place

TARGETS = """\
[tool.pytest-flopbudget.targets.small]
ram = "64 KiB"
[tool.pytest-flopbudget.targets.large]
ram = "256 KiB"
macs = "100 per R*R"
"""
NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3xRxR"\n'
TEACHER = '[tool.pytest-flopbudget.models.teacher]\nfactory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n'
PLACE = Place("test_net.py", 7)


def of(table: Table) -> list[tuple[str, list[tuple[str, int]]]]:
    """Each case's point and its targets' limits."""
    return [
        (case.point_name, [(each.name, each.value) for target in case.targets for each in target.limits])
        for case in table.cases
    ]


def test_the_nearest_targets_count(read: Callable[[str], Table]) -> None:
    text = f"""\
[tool.pytest-flopbudget.defaults]
targets = ["small"]
{TARGETS}{NET}at = [{{ R = 2 }}, {{ R = 10, targets = ["large", "small"] }}, {{ R = 3, macs = "1 k", targets = [] }}]
"""
    assert of(read(text)) == [
        ("R2", [("peak_activation_bytes@small", 65_536)]),
        (
            "R10",
            [
                ("peak_activation_bytes@large", 262_144),
                # 100 * 10 * 10
                ("macs@large", 10_000),
                ("peak_activation_bytes@small", 65_536),
            ],
        ),
        ("R3", []),
    ]


def test_targets_of_one_point_are_no_limit_of_another(mistakes: Callable[[str], list[str]]) -> None:
    (told,) = mistakes(f'{TARGETS}{NET}at = [\n{{ R = 2, targets = ["small"] }},\n{{ R = 3 }},\n]\n')
    assert told.partition(": ")[2] == "models.net.at[1]: the point R3 has no limit: write one, as in macs = '4.2 G'"


def test_a_target_adds_to_the_limits_of_a_case(read: Callable[[str], Table]) -> None:
    (case,) = read(f'{TARGETS}{NET}at = [2]\nmacs = "5 M"\ntargets = ["large"]\n').cases
    assert [limit.name for limit in case.limits] == ["macs"]
    assert [limit.name for limit in case.targets[0].limits] == ["peak_activation_bytes@large", "macs@large"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('targets = "small"', ["7: models.net.targets: 'small' is no list of texts: write ['small']"]),
        ('targets = ["smal"]', ["7: models.net.targets[0]: no target 'smal' is declared; did you mean 'small'?"]),
        ('targets = ["nano"]', ["7: models.net.targets[0]: no target 'nano' is declared; there is small, large"]),
        ('targets = ["small", "small"]', ["7: models.net.targets[1]: the target 'small' stands twice"]),
        ("targets = []", ["6: models.net: the point default has no limit: write one, as in macs = '4.2 G'"]),
        (
            'targets = ["large"]',
            ["5: targets.large.macs: no size for the dimension 'R' of models.net"],
        ),
        (
            'targets = ["small"]\nbackend = "thop"',
            ["6: models.net: targets ask for bytes, and thop knows macs and params only: let another backend count"],
        ),
        (
            'targets = ["small"]\nmode = "training"',
            [
                ("6: models.net: targets run an inference, and mode = 'training' counts a step of training: leave one "
                "out")
            ],
        ),
        (
            'arena_bytes = "1 KiB"\nmode = "training"',
            [
                ("7: models.net.arena_bytes: mode = 'training' counts a step of training, whose memory is not told: "
                "leave one out")
            ],
        ),
        (
            'io_bytes = "1 KiB"\nbackend = "thop"',
            [
                "7: models.net.io_bytes: thop knows macs and params only: limit those, or let another backend count"
            ],
        ),
    ],
)  # fmt: skip
def test_mistakes(mistakes: Callable[[str], list[str]], lines: str, told: list[str]) -> None:
    text = TARGETS + NET.replace("1x3xRxR", "1x3").replace('input = "1x3"\n', f'{lines}\ninput = "1x3"\n').replace(
        'factory = "shop:net"\n', ""
    )
    text = text.replace('input = "1x3"\n', 'input = "1x3"\nfactory = "shop:net"\n')
    assert mistakes(text) == [f"pyproject.toml:{line}" for line in told]


def test_no_limit_is_missing_where_a_target_has_mistakes(mistakes: Callable[[str], list[str]]) -> None:
    text = '[tool.pytest-flopbudget.targets.small]\nram = "64"\n' + NET.replace("xRxR", "") + 'targets = ["small"]\n'
    assert mistakes(text) == [
        "pyproject.toml:2: targets.small.ram: '64' is no number of bytes: write the unit as well, as in '64 B'"
    ]


def test_a_share_of_another_model_on_a_target(read: Callable[[str], Table]) -> None:
    text = f'{TARGETS}weight_bytes = "50% of teacher"\n{NET}at = [2]\ntargets = ["large"]\n{TEACHER}'
    limit = read(text).cases[0].targets[0].limits[-1]
    assert (limit.name, limit.of, limit.share) == ("weight_bytes@large", "teacher", Fraction(1, 2))


def test_an_unknown_reference_on_a_target(mistakes: Callable[[str], list[str]]) -> None:
    text = f'{TARGETS}weight_bytes = "50% of techer"\n{NET}at = [2, 3]\ntargets = ["large"]\n{TEACHER}'
    assert mistakes(text) == [
        (
            "pyproject.toml:6: targets.large.weight_bytes: '50% of techer': no model 'techer' is declared; did you "
            "mean 'teacher'?"
        )
    ]


def test_a_call_names_targets_of_the_table(read: Callable[[str], Table]) -> None:
    table = read(f'{TARGETS}{NET}at = [2]\ntargets = ["small"]\n')
    (declared,) = table.cases
    asked, silent = read_asked({"targets": ["large"]}, PLACE, "flop_budget"), read_asked({}, PLACE, "flop_budget")
    named = of_declared(declared, asked, id="t", place=PLACE, targets=table.targets)
    assert [limit.value for limit in named.targets[0].limits] == [262_144, 400]
    assert of_declared(declared, silent, id="t", place=PLACE, targets=table.targets).targets == declared.targets
    small = read_asked({"targets": ["small", "small"]}, PLACE, "flop_budget")
    assert as_case(small, id="t", kind="test", place=PLACE, targets=table.targets).targets == (table.targets[0],)


def test_mistakes_of_a_call(read: Callable[[str], Table]) -> None:
    targets = read(f'{TARGETS}{NET}at = [2]\ntargets = ["small"]\n').targets
    for names, known, told in (
        (["lareg"], targets, "test_net.py:7: targets: no target 'lareg' is declared; did you mean 'large'?"),
        (["large"], None, "test_net.py:7: targets: no table declares 'large'"),
        (
            ["large"],
            targets,
            (
                "pyproject.toml:5: macs@large: '100 per R*R': there is no dimension 'R': only a declared model's point "
                "has any, as in declared='net', at={'R': 96}"
            ),
        ),
    ):
        asked = read_asked({"targets": names}, PLACE, "flop_budget")
        with pytest.raises(AskedError) as caught:
            as_case(asked, id="t", kind="test", place=PLACE, targets=known)
        assert str(caught.value) == told
