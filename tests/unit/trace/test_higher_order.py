"""Higher-order operators: their functions run and are counted, on shapes and executed alike."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.region import region

pytestmark = pytest.mark.skipif(
    not hasattr(TorchDispatchMode, "supports_higher_order_operators"),
    reason="this torch does not hand higher-order operators to a dispatch mode",
)
BACKENDS: tuple[Backend, ...] = ("shapes", "execute")
STEP = 8 * 8  # the MACs of a row in one layer


class Host(nn.Module):
    def __init__(self, forward: Callable[[Host, torch.Tensor], object]) -> None:
        super().__init__()
        self.function = forward
        self.one = nn.Linear(8, 8)
        self.two = nn.Linear(8, 8)
        self.flag: torch.Tensor
        self.register_buffer("flag", torch.tensor(False))

    def forward(self, x: torch.Tensor) -> object:
        return self.function(self, x)

    def dear(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.two(self.one(x))
        return y

    def cheap(self, x: torch.Tensor) -> torch.Tensor:
        y: torch.Tensor = self.one(x)
        return y


def operators(name: str) -> ModuleType:
    found: ModuleType = pytest.importorskip(f"torch._higher_order_ops.{name}")
    return found


def counted(forward: Callable[[Host, torch.Tensor], object], backend: Backend, shape: str = "4x8") -> Measurement:
    measurement = count(Host(forward), shape, backend=backend)
    assert not measurement.uncounted
    return measurement


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("swapped", [False, True])
def test_of_an_unknown_condition_the_dearer_branch(backend: Backend, swapped: bool) -> None:
    def forward(host: Host, x: torch.Tensor) -> object:
        branches = (host.cheap, host.dear) if swapped else (host.dear, host.cheap)
        return torch.cond(x.sum() > 0, *branches, (x,))

    measurement = counted(forward, backend)
    assert measurement.macs == 4 * 2 * STEP
    # the sum, the comparison, two biases
    assert measurement.total_flops == 2 * measurement.macs + (4 * 8 - 1) + 1 + 2 * 4 * 8
    assert measurement.notes == (
        "cond: its condition depends on data, so the dearer branch is counted in the model itself",
    )
    assert not measurement.data_dependent
    assert {module.path: module.calls for module in measurement.modules} == {"": 1, "one": 1, "two": 1}


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_a_known_condition_the_branch_that_is_taken(backend: Backend) -> None:
    measurement = counted(lambda host, x: torch.cond(host.flag, host.dear, host.cheap, (x,)), backend)
    assert (measurement.macs, measurement.notes) == (4 * STEP, ())


def test_the_branch_that_is_taken_gives_the_values() -> None:
    seen: list[torch.Tensor] = []

    def forward(_: Host, x: torch.Tensor) -> object:
        seen.append(torch.cond((x * 0).sum() > 0, lambda x: x @ x.t() + 1, lambda x: x @ x.t() * 0, (x,)))
        return seen

    count(Host(forward), "4x8", backend="execute")
    assert torch.equal(seen[0], torch.zeros(4, 4))


def test_what_a_branch_gives_is_unknown() -> None:
    def forward(host: Host, x: torch.Tensor) -> object:
        chosen = torch.cond(x.sum() > 0, lambda: torch.ones(()), lambda: torch.zeros(()), ())
        return host.dear(x) if chosen > 0 else host.cheap(x)

    with pytest.raises(MeasureError, match=r"^cannot be counted on shapes: aten::is_nonzero in Host reads values"):
        count(Host(forward), "4x8", backend="shapes")
    assert counted(forward, "execute").data_dependent


@torch.library.custom_op("flopbudget_tests::halved", mutates_args=(), schema="(Tensor x) -> Tensor")
def halved(x: torch.Tensor) -> torch.Tensor:
    return x / 2


halved.register_fake(torch.empty_like)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_cannot_be_counted_is_told_of_either_branch(backend: Backend) -> None:
    def forward(host: Host, x: torch.Tensor) -> object:
        return torch.cond(x.sum() > 0, host.dear, lambda x: halved(host.cheap(x)), (x,))

    measurement = count(Host(forward), "4x8", backend=backend)
    assert measurement.uncounted == {("flopbudget_tests::halved", ""): 1}
    assert measurement.macs == 4 * 2 * STEP


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_scan_costs_its_steps(backend: Backend) -> None:
    scan = operators("scan").scan

    def forward(host: Host, x: torch.Tensor) -> object:
        last, all_of_them = scan(lambda last, row: (last + host.one(row), last * 2), torch.zeros(8), x)
        assert (tuple(last.shape), tuple(all_of_them.shape)) == ((8,), (5, 8))
        return last

    measurement = counted(forward, backend, "5x8")
    assert measurement.macs == 5 * STEP
    assert measurement.total_flops == 5 * (2 * STEP + 8 + 8 + 8)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_map_costs_its_steps(backend: Backend) -> None:
    mapped = operators("map").map

    def forward(host: Host, x: torch.Tensor) -> object:
        out = mapped(lambda row, other: host.one(row) + other, x, torch.ones(8))
        assert tuple(out.shape) == (5, 8)
        return out

    assert counted(forward, backend, "5x8").total_flops == 5 * (2 * STEP + 8 + 8)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_loop_with_a_known_end_costs_its_steps(backend: Backend) -> None:
    while_loop = operators("while_loop").while_loop

    def forward(host: Host, x: torch.Tensor) -> object:
        return while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, host.one(x)), (torch.tensor(0), x))

    measurement = counted(forward, backend)
    # four comparisons, three sums of the counter, three biases
    assert (measurement.macs, measurement.total_flops) == (3 * 4 * STEP, 6 * 4 * STEP + 4 + 3 + 3 * 4 * 8)
    assert not measurement.data_dependent


def test_a_loop_whose_end_depends_on_data_is_executed() -> None:
    while_loop = operators("while_loop").while_loop

    def forward(host: Host, x: torch.Tensor) -> object:
        body = lambda i, x: (i + 1 + (x.sum() * 0).long(), host.one(x))  # noqa: E731
        return while_loop(lambda i, x: i < 3, body, (torch.tensor(0), x))

    with pytest.raises(MeasureError) as refused:
        count(Host(forward), "4x8", backend="shapes")
    assert str(refused.value).splitlines()[0] == (
        "cannot be counted on shapes: aten::is_nonzero in Host reads values that depend on data"
    )
    measurement = counted(forward, "auto")
    assert (measurement.macs, measurement.traced, measurement.data_dependent) == (3 * 4 * STEP, "executed", True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_associative_scan_combines_each_slice_once(backend: Backend) -> None:
    associative_scan = operators("associative_scan").associative_scan_op

    def forward(host: Host, x: torch.Tensor) -> object:
        (out,) = associative_scan(lambda a, b: (a * b,), (host.one(x),), ())
        assert tuple(out.shape) == (5, 8)
        return out

    assert counted(forward, backend, "5x8").total_flops == 5 * (2 * STEP + 8) + 4 * 8


def test_others_are_refused_by_name() -> None:
    effects: Any = operators("effects")

    def forward(_: Host, x: torch.Tensor) -> object:
        return effects.with_effects(torch.ones(0), torch.ops.aten.relu.default, x)

    with pytest.raises(MeasureError) as refused:
        count(Host(forward), "4x8", backend="execute")
    assert str(refused.value).splitlines()[0] == (
        "cannot be counted: with_effects in Host is a higher-order operator, which is not counted"
    )


def cond(host: Host, x: torch.Tensor) -> object:
    return torch.cond(x.sum() > 0, host.dear, host.cheap, (x,))


def known(host: Host, x: torch.Tensor) -> object:
    return torch.cond(host.flag, host.dear, host.cheap, (host.two(x),))


def loop(host: Host, x: torch.Tensor) -> object:
    body = lambda i, x: (i + 1, host.one(x))  # noqa: E731
    return operators("while_loop").while_loop(lambda i, _: i < 3, body, (torch.tensor(0), x))


def scanned(host: Host, x: torch.Tensor) -> object:
    return operators("scan").scan(lambda last, row: (host.one(last) + row, last * 2), torch.zeros(8), x)


def each_row(host: Host, x: torch.Tensor) -> object:
    return operators("map").map(host.one, x)


# The forward; its weights and what they meet, which asks for no gradient where it is the input.
STEPS: dict[str, tuple[Callable[[Host, torch.Tensor], object], int, int]] = {
    "the dearer branch": (cond, 2 * 4 * STEP, 3 * 4 * STEP),
    "the branch that is taken": (known, 2 * 4 * STEP, 3 * 4 * STEP),
    "a loop": (loop, 3 * 4 * STEP, 5 * 4 * STEP),
    "a scan": (scanned, 4 * STEP, 7 * STEP),
    "a map": (each_row, 4 * STEP, 4 * STEP),
}


@pytest.mark.parametrize(("forward", "once", "back"), STEPS.values(), ids=STEPS)
def test_steps_of_training(forward: Callable[[Host, torch.Tensor], object], once: int, back: int) -> None:
    on_shapes, executed = (count(Host(forward), "4x8", mode="training", backend=backend) for backend in BACKENDS)
    assert {phase: cost.macs for phase, cost in on_shapes.by_phase().items()} == {"forward": once, "backward": back}
    assert on_shapes.by_phase() == executed.by_phase()
    assert on_shapes.by_module() == executed.by_module()
    assert (on_shapes.activations, on_shapes.total_flops) == (executed.activations, executed.total_flops)
    assert on_shapes.uncounted == executed.uncounted == {}


def test_a_region_differentiates_what_a_branch_captures() -> None:
    host, x = Host(lambda host, x: torch.cond(x.sum() > 0, host.dear, host.cheap, (x,))), torch.ones(4, 8)
    with region(FORMULAS) as seen:
        out = host(x)
        out.sum().backward()
    measurement = Measurement.of(seen.trace(), FORMULAS)
    assert {path: cost.macs for path, cost in measurement.by_module().items()} == {
        "": 5 * 4 * STEP,
        "Host": 5 * 4 * STEP,
        "Host.one": 2 * 4 * STEP,
        "Host.two": 3 * 4 * STEP,
    }
    assert host.one.weight.grad is not None


def as_a_subgraph(host: Host, x: torch.Tensor) -> object:
    return operators("invoke_subgraph").invoke_subgraph(lambda x: (host.one(x),), "one", x)


def with_hints(host: Host, x: torch.Tensor) -> object:
    return operators("hints_wrap").hints_wrapper(host.one, (x,), {}, hints={"outer": True})


def strictly(host: Host, x: torch.Tensor) -> object:
    return operators("strict_mode").strict_mode_op(host.one, [x])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("forward", [as_a_subgraph, with_hints, strictly])
def test_a_function_that_an_operator_only_calls_costs_what_it_runs(
    forward: Callable[[Host, torch.Tensor], object], backend: Backend
) -> None:
    measurement = counted(forward, backend)
    assert {path: cost.macs for path, cost in measurement.by_module().items()} == {
        "": 4 * STEP,
        "one": 4 * STEP,
        "two": 0,
    }
