"""How the cost of the examples' models follows their inputs: laws that hold whatever the numbers are."""

from __future__ import annotations

import pytest

from declared_models import EXAMPLES, SIZED, Build
from pytest_flopbudget import Measurement, count

NETWORKS = pytest.mark.parametrize(("build", "shape"), EXAMPLES.values(), ids=EXAMPLES)
ON_IMAGES = {name: build for name, (build, shape) in EXAMPLES.items() if name not in SIZED and len(shape) == 4}


def counts(measurement: Measurement) -> tuple[int, int]:
    return measurement.macs, measurement.activations


@NETWORKS
def test_cost_is_linear_in_the_batch(build: Build, shape: tuple[int, ...]) -> None:
    model = build()
    once, twice, fivefold = (count(model, (times * shape[0], *shape[1:])) for times in (1, 2, 5))

    assert counts(twice) == tuple(2 * each for each in counts(once))
    assert counts(fivefold) == tuple(5 * each for each in counts(once))
    # What is computed once, whatever the batch: the scales of batch norms.
    assert fivefold.total_flops - twice.total_flops == 3 * (twice.total_flops - once.total_flops)
    assert once.params == twice.params == fivefold.params


@pytest.mark.parametrize("name", ON_IMAGES)
def test_of_convolutions_cost_is_linear_in_the_area_and_a_head_costs_the_same(name: str) -> None:
    """At sides that every stride divides, cost is a * side**2 + head."""
    model = ON_IMAGES[name]()
    at = {side: counts(count(model, (1, 3, side, side))) for side in (64, 128, 192)}

    for small, middle, large in zip(*at.values(), strict=True):
        # 192**2 - 64**2 is 8 * 64**2, and 128**2 - 64**2 is 3 * 64**2.
        assert 3 * (large - small) == 8 * (middle - small)
        assert 0 < small < middle < large


def test_of_a_sequence_without_attention_cost_is_linear_in_its_length() -> None:
    build, (batch, length, width) = EXAMPLES["stack"]
    model = build()
    once, thrice = (count(model, (batch, times * length, width)) for times in (1, 3))

    assert counts(thrice) == tuple(3 * each for each in counts(once))
