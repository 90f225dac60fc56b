from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from pytest_flopbudget.counting.deployment import Deployment
from pytest_flopbudget.declaring.cases import Table
from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.targets import AllowedOperators, MaxBatch

HEAD = "[tool.pytest-flopbudget.targets.board]\n"
NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\n'
LIMITED = f'{NET}macs = "1 M"\n'

EVERYTHING = f"""\
{HEAD}ram = "320 KiB"
reserve_ram = "64 KiB"
flash = "1 MiB"
reserve_flash = "256 KiB"
weight_dtype = {{ default = "int8", "head.*" = "float32" }}
activation_dtype = "int8"
bias_dtype = "int32"
io_dtype = "float32"
fusion = "conv-bn-act"
planner = "tflm-greedy"
inplace = ["depthwise"]
explicit_padding = true
arena_overhead = "12 KiB"
weights_in = "ram"
max_batch = 1
allowed_operators = ["aten::conv2d", "FULLY_CONNECTED"]
inferences_per_second = 2.5
clock_hz = "480 MHz"
cycles_per_mac = 4.5
reason = "rev B"
macs = "40 M"
mac_rate = "50 MMAC/s"
latency_us = "20 ms"
{LIMITED}"""


def test_every_key_of_a_target(read: Callable[[str], Table]) -> None:
    (target,) = read(EVERYTHING).targets
    assert (target.name, str(target.place)) == ("board", "pyproject.toml:1")
    assert target.deployment == Deployment(
        weight_dtype="int8",
        weight_dtypes={"head.*": "float32"},
        activation_dtype="int8",
        bias_dtype="int32",
        io_dtype="float32",
        fusion="conv-bn-act",
        planner="tflm-greedy",
        inplace=("depthwise",),
        explicit_padding=True,
        arena_overhead=12 * 1024,
        weights_in="ram",
        inferences_per_second=Fraction(5, 2),
        clock_hz=Fraction(480_000_000),
        cycles_per_mac=Fraction(9, 2),
    )
    assert target.max_batch == MaxBatch(1, Place("pyproject.toml", 16))
    assert target.allowed == AllowedOperators(("aten::conv2d", "FULLY_CONNECTED"), Place("pyproject.toml", 17))
    told = [(each.name, each.value, each.place.line, each.source, each.is_derived) for each in target.limits]
    assert told == [
        ("arena_bytes@board", 256 * 1024, 2, "ram 320 KiB less reserve_ram 64 KiB", True),
        ("weight_bytes@board", 768 * 1024, 4, "flash 1 MiB less reserve_flash 256 KiB", True),
        ("macs@board", 40_000_000, 22, "40 M", False),
        ("mac_rate@board", 50_000_000, 23, "50 MMAC/s", False),
        ("latency_us@board", 20_000, 24, "20 ms", False),
    ]
    assert {each.reason for each in target.limits} == {"rev B"}


def test_a_target_of_nothing_is_the_model_as_it_is(read: Callable[[str], Table]) -> None:
    (target,) = read(f"{HEAD}{LIMITED}").targets
    assert (target.deployment, target.limits, target.max_batch, target.allowed) == (Deployment(), (), None, None)
    assert not target.asks_something


@pytest.mark.parametrize(
    ("keys", "metric"),
    [
        ("", "peak_activation_bytes"),
        ('planner = "liveness"', "peak_activation_bytes"),
        ('planner = "tflm-greedy"', "arena_bytes"),
        # There is more in RAM than what is alive at once.
        ('weights_in = "ram"', "arena_bytes"),
        ('arena_overhead = "1 KiB"', "arena_bytes"),
    ],
)
def test_what_ram_limits(read: Callable[[str], Table], keys: str, metric: str) -> None:
    (target,) = read(f'{HEAD}ram = "64 KiB"\n{keys}\n{LIMITED}').targets
    assert [(each.metric, each.value, each.source) for each in target.limits] == [(metric, 64 * 1024, "ram 64 KiB")]


def test_a_target_extends_another(read: Callable[[str], Table]) -> None:
    text = """\
[tool.pytest-flopbudget.targets.base]
activation_dtype = "int8"
ram = "64 KiB"
macs = "1 M"
[tool.pytest-flopbudget.targets.large]
extends = "base"
ram = "128 KiB"
reserve_ram = "28 KiB"
"""
    base, large = read(text + LIMITED).targets
    assert large.deployment == base.deployment == Deployment(activation_dtype="int8")
    told = [(each.name, each.value, each.place.line, each.source) for each in large.limits]
    assert told == [
        ("peak_activation_bytes@large", 100 * 1024, 7, "ram 128 KiB less reserve_ram 28 KiB"),
        ("macs@large", 1_000_000, 4, "1 M"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('ramm = "1 MiB"', "ramm: unknown key; did you mean 'ram'?"),
        ('factory = "a:b"', "factory: 'factory' belongs in the defaults, a model or a point, not in a target"),
        ('ram = "320 KB"', ("ram: '320 KB' is no number of bytes: 'KB' is ambiguous; write 'kB' for 1,000 or 'KiB' for "
         "1,024 bytes")),
        ('reserve_ram = "1 KiB"', "reserve_ram: reserve_ram is kept back from ram: write that beside it"),
        ('ram = "1 KiB"\nreserve_ram = "1 KiB"', "reserve_ram: nothing is left of ram, 1 KiB"),
        ('weight_dtype = "in8"', "weight_dtype: 'in8' is no element type; did you mean 'int8'?"),
        ("weight_dtype = 8", "weight_dtype: 8 is no element type: write its name, as in int8"),
        ("weight_dtype = {}", "weight_dtype: the table is empty: write { default = 'int8', 'head' = 'float32' }"),
        (
            'weight_dtype = { "a..b" = "int8" }',
            ("weight_dtype.\"a..b\": 'a..b' is no module pattern: between two dots stands a name; write a dotted path, "
            "as in 'blocks.*.attn'"),
        ),
        ('fusion = "conv"', "fusion: 'conv' is none of 'none', 'conv-bn', 'conv-bn-act'; did you mean 'conv-bn'?"),
        ('planner = "greedy"', "planner: 'greedy' is none of 'liveness', 'tflm-greedy'; did you mean 'tflm-greedy'?"),
        ('inplace = "depthwise"', "inplace: 'depthwise' is no list of texts: write ['depthwise']"),
        ('inplace = ["depth"]', "inplace[0]: 'depth' is not 'depthwise', the only choice"),
        ('weights_in = "rom"', "weights_in: 'rom' is none of 'flash', 'ram'; did you mean 'ram'?"),
        ("max_batch = 0", "max_batch: 0 is no batch: write a whole number from 1 up"),
        ("max_batch = true", "max_batch: true is no batch: write a whole number from 1 up"),
        (
            'allowed_operators = ["CONV2D"]',
            "allowed_operators[0]: 'CONV2D' is no operator; did you mean 'CONV_2D'?",
        ),
        (
            'allowed_operators = ["aten::add.Tensor"]',
            "allowed_operators[0]: 'aten::add.Tensor' is no operator; did you mean 'aten::add'?",
        ),
        (
            "allowed_operators = [3]",
            "allowed_operators[0]: 3 is no operator: write its name, as in aten::conv2d or CONV_2D",
        ),
        ("allowed_operators = []", "allowed_operators: the list is empty, and allows no operator: leave it out"),
        (
            "inferences_per_second = 0",
            "inferences_per_second: 0 is no number of inferences a second: write one above 0, as in 2.5",
        ),
        (
            'clock_hz = "80 MB"',
            "clock_hz: '80 MB' is no number of cycles a second: it is a number of bytes",
        ),
        ("clock_hz = 0", "clock_hz: 0 is no clock: write its cycles a second, as in '80 MHz'"),
        ('cycles_per_mac = "9"', "cycles_per_mac: '9' is no number of cycles: write one above 0, as in 4.5"),
        (
            'mac_rate = "50 MMAC/s"',
            "mac_rate: mac_rate needs inferences_per_second: write it beside it, as in inferences_per_second = 10",
        ),
        (
            'latency_us = "20 ms"\nclock_hz = "80 MHz"',
            "latency_us: latency_us needs cycles_per_mac: write it beside it, as in cycles_per_mac = 4.5",
        ),
        ('latency_us = "20"\nclock_hz = 1\ncycles_per_mac = 1', ("latency_us: '20' is no number of microseconds: write "
         "a number and its unit (µs ms s us μs), as in '20 ms'")),
        ('macs = "1 MB"', "macs: '1 MB' is no number of MACs: it is a number of bytes"),
        ('extends = "bord"', "extends: no target 'bord' is declared; did you mean 'board'?"),
        ('extends = "board"', "extends: extends goes in a circle: board, board"),
    ],
)  # fmt: skip
def test_mistakes_in_a_target(mistakes: Callable[[str], list[str]], line: str, told: str) -> None:
    (mistake,) = mistakes(f"{HEAD}{line}\n{LIMITED}")
    where, _, text = mistake.partition(": targets.board.")
    assert (where.rpartition(":")[0], text) == ("pyproject.toml", told)


def test_all_mistakes_at_once_with_their_lines(mistakes: Callable[[str], list[str]]) -> None:
    text = f"""\
{HEAD}ram = "320"
planer = "liveness"
[tool.pytest-flopbudget.targets."a b"]
[tool.pytest-flopbudget.targets]
number = 3
{NET}targets = ["board", "bord", "number"]
"""
    assert mistakes(text) == [
        "pyproject.toml:2: targets.board.ram: '320' is no number of bytes: write the unit as well, as in '320 B'",
        "pyproject.toml:3: targets.board.planer: unknown key; did you mean 'planner'?",
        (
            "pyproject.toml:4: targets.\"a b\": 'a b' is no name: write letters, digits, '.', '_' and '-', a letter or "
            "digit first"
        ),
        (
            "pyproject.toml:6: targets.number: 3 stands where a table was expected, as in "
            "[tool.pytest-flopbudget.targets.number]"
        ),
        "pyproject.toml:10: models.net.targets[1]: no target 'bord' is declared; did you mean 'board'?",
    ]


def test_a_name_with_a_dot_that_is_not_quoted(mistakes: Callable[[str], list[str]]) -> None:
    text = f'[tool.pytest-flopbudget.targets.stm32.f4]\nram = "64 KiB"\n{LIMITED}'
    told = 'a name with a dot must be quoted: [tool.pytest-flopbudget.targets."stm32.f4"]'
    assert mistakes(text) == [f"pyproject.toml:1: targets.stm32.f4: {told}"]


def test_targets_that_are_no_tables(mistakes: Callable[[str], list[str]]) -> None:
    text = f'[tool.pytest-flopbudget]\ntargets = ["board"]\n{NET}targets = ["board"]\n'
    assert mistakes(text) == [
        (
            "pyproject.toml:2: targets: a list stands where a table was expected, as in "
            "[tool.pytest-flopbudget.targets.board]"
        )
    ]
