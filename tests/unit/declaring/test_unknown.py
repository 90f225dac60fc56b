from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_flopbudget.declaring.keys import KEYS, names_in

CASE = (
    "factory, args, kwargs, input, input_factory, call, part, prepare, mode, loss, repeat, build, backend, "
    "execute_limit, data_dependent, assume, {}artifact, targets, level, until, uncounted, allow_zero, warn_at, "
    "max_growth, reason, skip, macs, flops, total_flops, params, activations, weight_bytes, peak_activation_bytes, "
    "arena_bytes, largest_tensor_bytes, io_bytes, traffic_bytes, run_flops, artifact_bytes, modules"
)
DEFAULTS = CASE.format("at, sweep, ")
MODEL = f"each, extends, {DEFAULTS}"
POINT = CASE.format("name, ")
ROOT = (
    "requires, lock, lock_policy, lock_depth, new, raise_needs_reason, collect, members, include, cases, pythonpath, "
    "formulas, free, thop_rules, shape_rules, report, defaults, models, targets, bundles, tables"
)
TARGET = (
    "extends, ram, reserve_ram, flash, reserve_flash, weight_dtype, activation_dtype, bias_dtype, io_dtype, fusion, "
    "planner, inplace, explicit_padding, arena_overhead, weights_in, max_batch, allowed_operators, "
    "inferences_per_second, clock_hz, cycles_per_mac, reason, macs, flops, total_flops, params, activations, "
    "weight_bytes, peak_activation_bytes, arena_bytes, largest_tensor_bytes, io_bytes, traffic_bytes, artifact_bytes, "
    "mac_rate, latency_us"
)
TABLE_OF_COSTS = "models, columns, units, digits, into"
BUNDLE = "target, cases, arena, level, until, max_growth, reason, skip"
NET = '[tool.pytest-flopbudget.models.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n'


def test_every_key_stands_once_for_each_table() -> None:
    # A target's table stands under `targets`, and a case names those that it is judged on by the same word.
    names = [(key.name, where) for key in KEYS for where in key.where]
    assert len(set(names)) == len(names)
    assert ", ".join(names_in("root")) == ROOT
    assert ", ".join(names_in("defaults")) == DEFAULTS
    assert ", ".join(names_in("model")) == MODEL
    assert ", ".join(names_in("point")) == POINT
    assert ", ".join(names_in("target")) == TARGET
    assert ", ".join(names_in("bundle")) == BUNDLE
    assert ", ".join(names_in("table")) == TABLE_OF_COSTS


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('maccs = "1 M"', "maccs: unknown key; did you mean 'macs'?"),
        ('MACs = "1 M"', "MACs: unknown key; did you mean 'macs'?"),
        ('inputs = "1x3"', "inputs: unknown key; did you mean 'input'?"),
        ("allow-zero = true", "allow-zero: unknown key; did you mean 'allow_zero'?"),
        ("quux = true", f"quux: unknown key; a model may have {MODEL}"),
        ('run_flop = "1 E"', "run_flop: unknown key; did you mean 'run_flops'?"),
        ('name = "net"', "name: 'name' belongs in a point, not in a model"),
        ('collect = "auto"', "collect: 'collect' belongs in [tool.pytest-flopbudget], not in a model"),
        ('ram = "1 MiB"', "ram: 'ram' belongs in a target, not in a model"),
        ('mac_rate = "1 MMAC/s"', "mac_rate: 'mac_rate' belongs in a target, not in a model"),
        ("R = 96", "R: the size of a dimension stands in a point: at = [{ R = … }]"),
        ('"no key" = 3', f'"no key": unknown key; a model may have {MODEL}'),
    ],
)
def test_unknown_keys_of_a_model(model_mistakes: Callable[[str], list[str]], line: str, text: str) -> None:
    assert model_mistakes(f"{line}\n") == [f"pyproject.toml:5: models.net.{text}"]


@pytest.mark.parametrize(
    ("point", "text"),
    [
        ('{ R = 96, maccs = "1 M" }', "maccs: unknown key; did you mean 'macs'?"),
        ("{ r = 96 }", "r: unknown key; did you mean 'R'?"),
        ("{ R = 96, at = [1] }", "at: 'at' belongs in the defaults or a model, not in a point"),
        ("{ R = 96, sweep = 1 }", "sweep: 'sweep' belongs in the defaults or a model, not in a point"),
        ("{ R = 96, R2 = 1 }", f"R2: unknown key; a point may have its dimensions in capitals, and {POINT}"),
    ],
)
def test_unknown_keys_of_a_point(model_mistakes: Callable[[str], list[str]], point: str, text: str) -> None:
    assert model_mistakes(f'input = "1x3xR"\nat = [{point}]\n') == [f"pyproject.toml:5: models.net.at[0].{text}"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('colect = "auto"', "colect: unknown key; did you mean 'collect'?"),
        ("quux = 3", f"quux: unknown key; [tool.pytest-flopbudget] may have {ROOT}"),
        (
            'macs = "1 M"',
            "macs: 'macs' belongs in the defaults, a model, a point or a target, not in [tool.pytest-flopbudget]",
        ),
        (
            'mobile.factory = "shop:mobile"',
            "mobile: unknown key; a model stands under models: [tool.pytest-flopbudget.models.mobile]",
        ),
        (
            '"vit.tiny" = { input = "1x3" }',
            '"vit.tiny": unknown key; a model stands under models: [tool.pytest-flopbudget.models."vit.tiny"]',
        ),
        (
            'board = { ram = "64 KiB", macs = "1 M" }',
            "board: unknown key; a target stands under targets: [tool.pytest-flopbudget.targets.board]",
        ),
        (
            'doorbell = { target = "board", cases = ["a", "b"] }',
            "doorbell: unknown key; a bundle stands under bundles: [tool.pytest-flopbudget.bundles.doorbell]",
        ),
        ('target.board.ram = "64 KiB"', "target: unknown key; did you mean 'targets'?"),
        ('defaults.levle = "off"', "defaults.levle: unknown key; did you mean 'level'?"),
        (
            'defaults.macs = { R96 = "1 M" }',
            "defaults.macs: a table of limits by point belongs in a model, not here; write one limit",
        ),
    ],
)
def test_unknown_keys_of_the_root(mistakes: Callable[[str], list[str]], line: str, text: str) -> None:
    assert mistakes(f"[tool.pytest-flopbudget]\n{line}\n{NET}") == [f"pyproject.toml:2: {text}"]


def test_an_unknown_key_counts_as_what_it_was_meant_to_be(mistakes: Callable[[str], list[str]]) -> None:
    assert mistakes('[tool.pytest-flopbudget.model.net]\nfactory = "shop:net"\ninput = "1x3"\nmacs = "1 M"\n') == [
        "pyproject.toml:1: model: unknown key; did you mean 'models'?"
    ]
    assert mistakes('[tool.pytest-flopbudget.models.net]\nfactry = "shop:net"\ninputs = "1x3"\nmaccs = "1 M"\n') == [
        "pyproject.toml:2: models.net.factry: unknown key; did you mean 'factory'?",
        "pyproject.toml:3: models.net.inputs: unknown key; did you mean 'input'?",
        "pyproject.toml:4: models.net.maccs: unknown key; did you mean 'macs'?",
    ]
