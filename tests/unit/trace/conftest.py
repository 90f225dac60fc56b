"""Counting a live model in one line, and everything about a model that counting must not change."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.marking import FormulaTable
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.inputs import Inputs, TensorInput
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.given import declared
from pytest_flopbudget.trace.ladder import Request, trace_live

Input = TensorInput | tuple[int, ...]
Count = Callable[..., Measurement]


@pytest.fixture
def count() -> Count:
    def counted(
        model: nn.Module, *inputs: Input, formulas: FormulaTable = FORMULAS, shape_rules: bool = True
    ) -> Measurement:
        """On shapes alone."""
        nodes = tuple(node if isinstance(node, TensorInput) else TensorInput(node) for node in inputs)
        subject = Subject(model, declared(Inputs(nodes)))
        request = Request(backend="shapes", shape_rules=shape_rules)
        return Measurement.of(trace_live(subject, formulas, request), formulas)

    return counted


class Function(nn.Module):
    """A function as a model."""

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> object:
        return self.function(*inputs)


@pytest.fixture
def as_model() -> Callable[[Callable[..., object]], nn.Module]:
    return Function


def _state(model: nn.Module) -> dict[str, object]:
    """Everything that is the same before and after, by a name to find it in a failing test."""
    state: dict[str, object] = {
        "keys of the state": list(model.state_dict()),
        "values": {name: tensor.tolist() for name, tensor in model.state_dict().items()},
        "identities": [id(tensor) for tensor in (*model.parameters(), *model.buffers())],
        "addresses": [tensor.data_ptr() for tensor in (*model.parameters(), *model.buffers())],
        "training": {name: module.training for name, module in model.named_modules()},
        "attributes": {name: list(module.__dict__) for name, module in model.named_modules()},
        "values of attributes": {
            f"{name}.{key}": id(value) for name, module in model.named_modules() for key, value in vars(module).items()
        },
        "containers": {
            f"{name}.{key}": [id(element) for element in (value.values() if isinstance(value, dict) else value)]
            for name, module in model.named_modules()
            for key, value in vars(module).items()
            if isinstance(value, (dict, list, set))
        },
        "gradients": [None if tensor.grad is None else tensor.grad.tolist() for tensor in model.parameters()],
        "requires gradients": [tensor.requires_grad for tensor in model.parameters()],
        "default dtype": torch.get_default_dtype(),
        "torch's random state": torch.get_rng_state().tolist(),
        "Python's random state": random.getstate(),
        "gradients enabled": torch.is_grad_enabled(),
        "fast path": torch.backends.mha.get_fastpath_enabled(),
        "cudnn": torch.backends.cudnn.benchmark,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "global hooks": [
            len(getattr(torch.nn.modules.module, name))
            for name in ("_global_forward_hooks", "_global_forward_pre_hooks", "_global_forward_hooks_always_called")
        ],
        "dispatch modes": torch._C._len_torch_dispatch_stack(),
        "torch's functions": [id(torch.nn.functional.linear), id(torch.relu), id(torch.Tensor.numpy)],
    }
    return state


@pytest.fixture
def state_of() -> Callable[[nn.Module], dict[str, object]]:
    return _state


@pytest.fixture
def everything_of() -> Callable[[nn.Module], dict[str, object]]:
    """The state of a model and of torch, with all hooks, and what else a count may be inside of."""

    def everything(model: nn.Module) -> dict[str, object]:
        return {
            **_state(model),
            "hooks": [
                [list(getattr(module, name)) for name in vars(module) if name.endswith("_hooks")]
                for module in model.modules()
            ],
            "inference mode": torch.is_inference_mode_enabled(),
            "autocast": (torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu")),
            "anomalies": torch.is_anomaly_enabled(),
            "transforms": torch._C._functorch.peek_interpreter_stack() is None,
        }

    return everything
