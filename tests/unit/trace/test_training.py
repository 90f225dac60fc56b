"""A step of training: forward and backward, on shapes and executed alike, and nothing of it reaches the model."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.errors import MeasureError, RunError
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_live

StateOf = Callable[[nn.Module], dict[str, object]]
AsModel = Callable[[Callable[..., object]], nn.Module]

BACKENDS = pytest.mark.parametrize("backend", ["shapes", "execute"])


def linear() -> nn.Module:
    """4 * 16 * 32 MACs and 4 * 32 * 8 at 4x16."""
    return nn.Sequential(nn.Linear(16, 32, bias=False), nn.Linear(32, 8, bias=False))


class Watching(nn.Module):
    """Takes note of how it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.norm = nn.BatchNorm1d(4).eval()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        SEEN.append((self.training, self.norm.training, torch.is_grad_enabled()))
        y: torch.Tensor = self.norm(self.layer(x))
        return y


SEEN: list[tuple[bool, bool, bool]] = []


@BACKENDS
def test_the_model_is_in_training_and_as_it_was_afterwards(backend: Backend, state_of: StateOf) -> None:
    SEEN.clear()
    model = Watching().eval()
    model(torch.ones(2, 4)).sum().backward()
    before = state_of(model)
    with torch.no_grad():
        count(model, "2x4", mode="training", backend=backend)
        count(model, "2x4", backend=backend)
    assert SEEN == [(False, False, True), (True, True, True), (False, False, False)]
    assert state_of(model) == before


@BACKENDS
def test_a_backward_that_raises_leaves_the_model_as_it_was(backend: Backend, state_of: StateOf) -> None:
    class Raising(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: torch.Tensor) -> torch.Tensor:
            return x.clone()

        @staticmethod
        def backward(ctx: object, *gradients: torch.Tensor) -> torch.Tensor:
            raise ValueError("not backwards")

    class Model(Watching):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            apply: Callable[[torch.Tensor], torch.Tensor] = Raising.apply
            return apply(super().forward(x))

    model = Model()
    model.layer(torch.ones(2, 4)).sum().backward()
    before = state_of(model)
    with pytest.raises(RunError) as error:
        count(model, "2x4", mode="training", backend=backend)
    assert error.value.headline == "cannot run at 2x4: Model: ValueError: not backwards"
    assert state_of(model) == before


@pytest.mark.parametrize("gradient", [None, 7.0])
def test_no_gradient_reaches_what_the_model_does_not_hold(as_model: AsModel, gradient: float | None) -> None:
    scale = torch.ones(4, requires_grad=True)
    scale.grad = None if gradient is None else torch.full((4,), gradient)
    kept = scale.grad
    model = as_model(lambda x: x * scale)
    measurement = count(model, "2x4", mode="training")
    assert scale.grad is kept
    assert kept is None or torch.equal(kept, torch.full((4,), 7.0))
    assert measurement.traced == "executed"
    assert measurement.notes == (
        (
            "executed, since it cannot be counted on shapes: aten::mul in Function is differentiated by a tensor with "
            "data, which is not followed on shapes"
        ),
    )


@BACKENDS
def test_an_input_may_ask_for_its_gradient(backend: Backend) -> None:
    x = torch.ones(4, 16, requires_grad=True)
    assert count(linear(), x, mode="training", backend=backend).macs == 3 * 4 * (16 * 32 + 32 * 8)
    assert x.grad is None


NOTHING: dict[str, Callable[[], nn.Module]] = {
    "no parameters": nn.ReLU,
    "frozen": lambda: nn.Linear(4, 4).requires_grad_(False),
    "no floats": lambda: nn.Sequential(nn.Linear(4, 4), Largest()),
}


class Largest(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.argmax(-1)


@BACKENDS
@pytest.mark.parametrize("build", NOTHING.values(), ids=NOTHING)
def test_nothing_to_train(build: Callable[[], nn.Module], backend: Backend) -> None:
    with pytest.raises(MeasureError) as error:
        count(build(), "2x4", mode="training", backend=backend)
    assert str(error.value) == (
        "cannot be trained: no output depends on a parameter that asks for a gradient\n"
        "hint      a parameter with requires_grad=False asks for none, and neither does a forward under no_grad"
    )


OUTPUTS: dict[str, tuple[Callable[[torch.Tensor], object], int]] = {
    # One layer of 4 × 4 on 2 rows: 32 forward, and 32 for its weights.
    "a dict": (lambda y: {"loss": y.sum(), "ids": y.argmax(-1)}, 64),
    "nests": (lambda y: [(y, None), {"same": y}], 64),
    "a generator": (lambda y: (each for each in (y, 2 * y)), 64),
    "a distribution": (lambda y: torch.distributions.Normal(y, 1.0, validate_args=False), 64),
    "a scalar": (lambda y: y.mean(), 64),
    "a part of them": (lambda y: (y.detach(), y), 64),
}


@BACKENDS
@pytest.mark.parametrize(("made", "macs"), OUTPUTS.values(), ids=OUTPUTS)
def test_what_is_summed_up(
    made: Callable[[torch.Tensor], object], macs: int, backend: Backend, as_model: AsModel
) -> None:
    layer = nn.Linear(4, 4)
    model = as_model(lambda x: made(layer(x)))
    model.layer = layer
    assert count(model, "2x4", mode="training", backend=backend).macs == macs


def with_loss(model: nn.Module, loss: Callable[..., object], backend: Backend = "auto") -> Measurement:
    subject = Subject(model, given("2x4", None), loss=loss)
    return Measurement.of(trace_live(subject, FORMULAS, Request(mode="training", backend=backend)), FORMULAS)


@BACKENDS
def test_a_loss(backend: Backend) -> None:
    measurement = with_loss(nn.Sequential(nn.Linear(4, 3)), lambda out: out @ out.t(), backend)
    # The products of 2 rows with themselves, and the two gradients of that.
    assert {path: cost.macs for path, cost in measurement.by_module().items()} == {
        "": 2 * 2 * 4 * 3 + 3 * 2 * 2 * 3,
        "0": 2 * 2 * 4 * 3,
    }


def test_a_loss_that_raises_is_told_as_one() -> None:
    with pytest.raises(RunError) as error:
        with_loss(nn.Linear(4, 3), lambda out: out.logits)
    assert error.value.headline == (
        "cannot run at 2x4: the loss: AttributeError: 'Tensor' object has no attribute 'logits'"
    )


def test_a_loss_that_branches_on_values_is_executed() -> None:
    measurement = with_loss(nn.Linear(4, 3), lambda out: out.sum() if out.sum() > 0 else out.mean())
    assert (measurement.traced, measurement.data_dependent) == ("executed", True)
    assert measurement.notes == (
        (
            "executed, since it cannot be counted on shapes: aten::_local_scalar_dense in the loss reads values that "
            "depend on data"
        ),
    )


def test_a_gradient_without_a_kernel_for_shapes_is_executed() -> None:
    targets = torch.tensor([0, 2])
    measurement = with_loss(nn.Linear(4, 3), lambda out: nn.functional.multi_margin_loss(out, targets))
    assert (measurement.macs, measurement.traced, measurement.data_dependent) == (2 * 2 * 4 * 3, "executed", False)
    assert measurement.notes == (
        (
            "executed, since it cannot be counted on shapes: aten::multi_margin_loss_backward in Linear has no "
            "data-less kernel in torch"
        ),
    )


@pytest.mark.parametrize("number", [lambda: torch.rand(1), lambda: torch.rand([]), lambda: torch.zeros(1).uniform_()])
def test_layers_that_are_dropped_at_random(as_model: AsModel, number: Callable[[], torch.Tensor]) -> None:
    layer = nn.Linear(4, 4)
    model = as_model(lambda x: layer(x) if number() > 2 else layer(layer(x)))
    model.layer = layer
    measurement = count(model, "2x4", mode="training")
    assert (measurement.macs, measurement.traced, measurement.data_dependent) == (5 * 2 * 4 * 4, "shapes", False)


@BACKENDS
def test_a_forward_that_differentiates_itself(as_model: AsModel, backend: Backend) -> None:
    layer = nn.Linear(4, 4)

    def force(x: torch.Tensor) -> torch.Tensor:
        x = x.requires_grad_()
        return torch.autograd.grad(layer(x).pow(2).sum(), x, create_graph=True)[0]

    model = as_model(force)
    model.layer = layer
    inference = count(model, "2x4", backend=backend)
    training = count(model, "2x4", mode="training", backend=backend)
    # y = x W' and its gradient y W; then by y and by W of the latter, and by W of the former. The input of the
    # force is a leaf that asks for its gradient too.
    assert {phase: cost.macs for phase, cost in inference.by_phase().items()} == {"forward": 32, "backward": 32}
    assert {phase: cost.macs for phase, cost in training.by_phase().items()} == {"forward": 32, "backward": 5 * 32}
    assert inference.by_module()["layer"].macs == 2 * 32
    assert training.by_module()["layer"].macs == 6 * 32


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")
def test_a_scripted_model_is_executed() -> None:
    model = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4)))
    measurement = count(model, "2x4", mode="training")
    assert (measurement.macs, measurement.traced) == (5 * 2 * 4 * 4, "executed")
    assert all(parameter.grad is None for parameter in model.parameters())


@BACKENDS
def test_compiled_and_wrapped_models_count_as_what_they_wrap(backend: Backend) -> None:
    model = nn.DataParallel(linear())
    assert count(model, "4x16", mode="training", backend=backend).by_module()["1"].macs == 3 * 4 * 32 * 8


@BACKENDS
def test_the_lines_of_a_backward_are_those_of_its_forward(as_model: AsModel, backend: Backend) -> None:
    first, second = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(x: torch.Tensor) -> torch.Tensor:
        x = first(x)  # here
        y: torch.Tensor = second(x)
        return y

    model = as_model(forward)
    model.layers = nn.ModuleList([first, second])
    measurement = count(model, "2x4", mode="training", backend=backend, lines=True)
    start = forward.__code__.co_firstlineno
    found = {line.rpartition(":")[2]: cost.macs for line, cost in measurement.by_line().items() if cost.macs}
    assert found == {str(start + 1): 2 * 32, str(start + 2): 3 * 32}


@BACKENDS
@pytest.mark.parametrize(("mode", "times"), [(True, 1), (False, 2)])
def test_an_inference_mode_of_the_models_own_takes_or_gives_gradients(
    as_model: AsModel, mode: bool, times: int, backend: Backend
) -> None:
    def encoded(x: torch.Tensor) -> torch.Tensor:
        with torch.set_grad_enabled(mode), torch.inference_mode(mode):
            y = encoder(x)
        z: torch.Tensor = head(y.clone())
        return z

    encoder, head = linear().children()
    model = as_model(encoded)
    model.encoder, model.head = encoder, head
    # The head's weights get their gradient; the encoder's too, and then the head's input, where torch has autograd on.
    assert count(model, "4x16", mode="training", backend=backend).macs == 4 * (times * 16 * 32 + (1 + times) * 32 * 8)
