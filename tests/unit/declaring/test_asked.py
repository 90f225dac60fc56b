"""What marks and calls ask for."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pytest

from pytest_flopbudget.declaring.asked import Asked, merged, read_asked
from pytest_flopbudget.declaring.keys import names_in
from pytest_flopbudget.errors import AskedError, Place
from pytest_flopbudget.judge.limits import Limit
from pytest_flopbudget.quantities import Rate

PLACE = Place("tests/test_net.py", 12)
CALL = Place("tests/test_net.py", 20)


def asked(place: Place = PLACE, **written: object) -> Asked:
    return read_asked(written, place, "flop_budget")


def sources(limits: tuple[Limit, ...]) -> list[tuple[str, str, str]]:
    return [(limit.subject, limit.metric, limit.source) for limit in limits]


def test_limits_and_options() -> None:
    assert asked(
        macs="4.2 G",
        params=26_000_000,
        flops="25% of teacher",
        activations="2 per R",
        modules={"**.attn": {"macs": "20%", "reason": "dear"}},
        level="warn",
        uncounted="off",
        allow_zero=True,
        warn_at="95%",
        reason="rev B",
        backend="shapes",
        execute_limit="1 GiB",
    ) == Asked(
        limits=(
            Limit(metric="macs", value=4_200_000_000, place=PLACE, source="4.2 G", reason="rev B"),
            Limit(
                metric="flops",
                value=0,
                place=PLACE,
                source="25% of teacher",
                reason="rev B",
                share=Fraction(1, 4),
                of="teacher",
            ),
            Limit(metric="params", value=26_000_000, place=PLACE, source="26000000", reason="rev B"),
            Limit(
                metric="activations",
                value=0,
                place=PLACE,
                source="2 per R",
                reason="rev B",
                rate=Rate(Fraction(2), Fraction(1), "<=", ("R",)),
            ),
            Limit(
                metric="macs",
                value=0,
                place=PLACE,
                source="20%",
                subject="**.attn",
                reason="dear",
                share=Fraction(1, 5),
            ),
        ),
        level="warn",
        uncounted="off",
        allow_zero=True,
        warn_at=Fraction(95, 100),
        reason="rev B",
        backend="shapes",
        execute_limit=2**30,
    )


def test_nothing() -> None:
    assert asked() == Asked()


def test_which_keys_a_mark_may_have() -> None:
    assert names_in("asked") == (
        "mode",
        "backend",
        "execute_limit",
        "targets",
        "level",
        "until",
        "uncounted",
        "allow_zero",
        "warn_at",
        "max_growth",
        "reason",
        "macs",
        "flops",
        "total_flops",
        "params",
        "activations",
        "weight_bytes",
        "peak_activation_bytes",
        "arena_bytes",
        "largest_tensor_bytes",
        "io_bytes",
        "traffic_bytes",
        "run_flops",
        "artifact_bytes",
        "modules",
    )


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ({"mac": 1}, "mac: unknown key; did you mean 'macs'?"),
        ({"lable": "x"}, "lable: unknown key; did you mean 'label'?"),
        ({"quux": 1}, f"quux: unknown key; a mark or a call may have {', '.join(names_in('asked'))}"),
        (
            {"factory": "a:b"},
            "factory: 'factory' belongs in the defaults, a model or a point, not in a mark or a call",
        ),
        (
            {"R": 96},
            "R: the size of a dimension stands in a declared model's point: at={'R': …}, beside declared=",
        ),
        (
            {"macs": "4 Bananas"},
            (
                "macs: '4 Bananas' is no number of MACs: 'Bananas' is neither a prefix nor the unit; "
                "write a number, with a prefix (k M G T P) and the unit if need be, as in '4.2 GMACs'"
            ),
        ),
        (
            {"macs": None},
            (
                "macs: None is no number of MACs: "
                "write a number, with a prefix (k M G T P) and the unit if need be, as in '4.2 GMACs'"
            ),
        ),
        ({"macs": "20%"}, "macs: '20%' needs a declared model to be a share of, as in '25% of teacher'"),
        (
            {"macs": {"R96": 1}},
            "macs: a table of limits by point belongs in a model, not here; write one limit",
        ),
        ({"until": "2027-03-01"}, "until: nothing warns until then: write level='warn' beside it"),
        ({"level": "eror"}, "level: 'eror' is none of 'error', 'warn', 'off'; did you mean 'error'?"),
        ({"level": np.array([1, 2])}, "level: [1 2] is none of 'error', 'warn', 'off'"),
        ({"mode": "train"}, "mode: 'train' is none of 'inference', 'training'; did you mean 'training'?"),
        (
            {"backend": "shape"},
            "backend: 'shape' is none of 'auto', 'shapes', 'execute', 'thop'; did you mean 'shapes'?",
        ),
        ({"modules": {"a": {"mac": 1, "macs": 1}}}, "modules.a.mac: unknown key; did you mean 'macs'?"),
        (
            {"modules": {3: {"macs": 1}}},
            "modules.3: 3 is no module pattern: write a dotted path, as in 'blocks.*.attn'",
        ),
        (
            {"modules": ["a"]},
            'modules: a list is no table of modules: write modules={"blocks.*.attn": {"macs": "20%"}}',
        ),
        ({"modules": {"a": {"mac": "20%"}}}, "modules.a.mac: unknown key; did you mean 'macs'?"),
        (
            {"modules": {"a": {"reason": "dear"}}},
            'modules.a: no limit: write one, as in modules={"blocks.*.attn": {"macs": "20%"}}',
        ),
        (
            {"modules": {"a": 3}},
            'modules.a: 3 is no table of limits: write one, as in modules={"blocks.*.attn": {"macs": "20%"}}',
        ),
        (
            {"modules": {"a": {"macs": {"R96": 1}}}},
            "modules.a.macs: limits by point do not go into modules: write one limit",
        ),
    ],
)
def test_a_mistake(written: Mapping[str, object], text: str) -> None:
    with pytest.raises(AskedError) as caught:
        read_asked(written, PLACE, "flop_budget", beside=("label", "declared", "at"))
    assert str(caught.value) == f"tests/test_net.py:12: flop_budget: {text}"


def test_every_mistake_is_told() -> None:
    with pytest.raises(AskedError) as caught:
        asked(mac=1, level="eror", warn_at="120%")
    assert str(caught.value).splitlines() == [
        "tests/test_net.py:12: flop_budget: level: 'eror' is none of 'error', 'warn', 'off'; did you mean 'error'?",
        (
            "tests/test_net.py:12: flop_budget: warn_at: "
            "'120%' is no share of a limit: write more than '0%' and at most '100%'"
        ),
        "tests/test_net.py:12: flop_budget: mac: unknown key; did you mean 'macs'?",
    ]


def test_the_nearest_wins_limit_by_limit_and_option_by_option() -> None:
    of_function = asked(macs=1, level="off", modules={"a": {"macs": 2}}, allow_zero=False)
    of_class = asked(CALL, macs=3, params=4, modules={"a": {"macs": 5, "params": 6}}, level="warn", backend="execute")
    of_module = asked(allow_zero=True, reason="all of them")
    found = merged([of_function, of_class, of_module])
    assert sources(found.limits) == [
        ("", "macs", "1"),
        ("", "params", "4"),
        ("a", "macs", "2"),
        ("a", "params", "6"),
    ]
    assert [limit.place for limit in found.limits] == [PLACE, CALL, PLACE, CALL]
    assert (found.level, found.backend, found.allow_zero, found.reason, found.uncounted) == (
        "off",
        "execute",
        False,
        "all of them",
        None,
    )


def test_merging_nothing() -> None:
    assert merged([]) == Asked()
