"""Python looks for no garbage while much is made, and goes on as it did before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pytest_flopbudget.counting.boundary import Boundary
from pytest_flopbudget.counting.collecting import nothing_collected
from pytest_flopbudget.counting.deployment import AS_IT_IS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.memory import planning


@pytest.fixture(params=[True, False], ids=["on", "off"])
def before(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether garbage is looked for; afterwards it is as it was."""
    was = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield bool(request.param)
    (gc.enable if was else gc.disable)()


def test_nothing_is_collected_inside(*, before: bool) -> None:
    with nothing_collected(), nothing_collected():
        assert not gc.isenabled()
    assert gc.isenabled() == before


def test_it_goes_on_when_something_is_raised(*, before: bool) -> None:
    with pytest.raises(ValueError, match="inside"), nothing_collected():
        raise ValueError("inside")
    assert gc.isenabled() == before


def test_memory_is_planned_without(monkeypatch: pytest.MonkeyPatch, *, before: bool) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(planning, "PLANNING", {"liveness": lambda _: seen.append(gc.isenabled())})
    empty = Measurement(calls=(), modules=(), boundary=Boundary())
    assert planning.plan(empty, AS_IT_IS).buffers == ()
    assert (seen, gc.isenabled()) == ([False], before)
