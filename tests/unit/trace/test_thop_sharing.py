"""thop beside ours where a module has several places, a method is counted, or a rule is the user's own."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch
from torch import nn

from pytest_flopbudget import Comparison, count
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request
from pytest_flopbudget.trace.parts import owner_of, subject_of
from pytest_flopbudget.trace.thop_backend import count_live


def by_thop(model: object, input: object, rules: dict[type, Any], input_kwargs: Any = None) -> Measurement:
    owner, method = owner_of(model)
    subject = subject_of(owner, given(input, input_kwargs), call=method.__name__ if method else "")
    return count_live(subject, Request(backend="thop"), lambda: rules)


def told(comparison: Comparison) -> list[tuple[str, str, str, int]]:
    return [(each.why, each.cause, each.module, each.difference) for each in comparison.macs.explanations]


class Tied(nn.Module):
    """A layer that two parts hold, called through the first."""

    def __init__(self, through: str) -> None:
        super().__init__()
        layer = nn.Linear(4, 4, bias=False)
        self.stem = nn.Linear(4, 4, bias=False)
        self.enc = nn.ModuleDict({"l": layer})
        self.dec = nn.ModuleDict({"l": layer})
        self.through = through

    def forward(self, x: torch.Tensor) -> object:
        out: object = getattr(self, self.through)["l"](self.stem(x))
        return out


@pytest.mark.parametrize("through", ["enc", "dec"])
def test_a_layer_of_two_parts_is_thops_own_count(through: str) -> None:
    # thop adds a shared module up once for each parent, and each of its calls was counted by as many hooks.
    measurement = count(Tied(through), "1x4", backend="thop")
    assert (measurement.macs, measurement.params) == (4 * 4 + 2 * 2 * 4 * 4, 4 * 4 + 2 * 4 * 4)


class SharedActivation(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        act = nn.GELU()
        self.a = nn.Sequential(nn.Linear(4, 4), act)
        self.b = nn.Sequential(nn.Linear(4, 4), act)

    def forward(self, x: torch.Tensor) -> object:
        out: object = self.b(x)
        return out


def test_a_shared_module_without_a_rule_is_uncounted_where_it_is_called() -> None:
    assert dict(count(SharedActivation(), "1x4", backend="thop").uncounted) == {("torch.nn.GELU", "b.1"): 1}


def test_a_module_under_two_parents_is_counted_again_and_nothing_else() -> None:
    layer = nn.Conv2d(3, 3, 3, padding=1)
    model = nn.Sequential(nn.Sequential(layer), nn.Sequential(layer))
    comparison = Comparison.of(count(model, "1x3x8x8"), count(model, "1x3x8x8", backend="thop"))
    once = 8 * 8 * 3 * 3 * 9
    assert told(comparison) == [
        ("again", "each call of a shared torch.nn.Conv2d is counted 4 times", "0.0", 4 * 2 * once - 2 * once)
    ]


class Embedding(nn.Linear):
    def embed(self, x: torch.Tensor) -> object:
        out: object = self(x).softmax(-1)
        return out

    def past(self, x: torch.Tensor) -> object:
        return x.softmax(-1)


def exactly(module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
    module.total_ops += output.numel() * module.in_features


def test_a_method_runs_no_hooks_of_the_models_forward() -> None:
    assert by_thop(Embedding(4, 4).embed, "1x4", {Embedding: exactly}).macs == 4 * 4
    assert by_thop(Embedding(4, 4).past, "1x4", {Embedding: exactly}).macs == 0


class Scaled(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor, *, scale: int) -> object:
        out: object = self.layer(x.repeat(scale, 1))
        return out


def test_hooks_that_take_keywords_run_once() -> None:
    model = Scaled()
    model.register_forward_pre_hook(
        lambda _, args, kwargs: (args, {**kwargs, "scale": kwargs["scale"] * 2}), with_kwargs=True
    )
    assert by_thop(model, ["1x4"], {}, {"scale": 2}).macs == 4 * 4 * 4


def test_a_rule_that_counts_what_is_no_number() -> None:
    def nothing(module: Any, inputs: object, output: object) -> None:
        module.total_ops += float("nan")

    with pytest.raises(MeasureError) as error:
        by_thop(nn.Sequential(Embedding(4, 4)), "1x4", {Embedding: nothing})
    assert str(error.value) == "thop cannot count it: torch.nn.Sequential counts nan, in the model itself"


class LinearAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(8, 24, bias=False)

    def forward(self, x: torch.Tensor) -> object:
        query, key, value = self.qkv(x).chunk(3, -1)
        return nn.functional.scaled_dot_product_attention(query, key, value)


def test_a_users_rule_is_not_judged_by_its_classs_name() -> None:
    def all_of_it(module: Any, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        module.total_ops += 10 * 8 * 24 + 2 * 10 * 10 * 8

    model = nn.Sequential(LinearAttention())
    comparison = Comparison.of(count(model, "1x10x8"), by_thop(model, "1x10x8", {LinearAttention: all_of_it}))
    assert (comparison.macs.difference, told(comparison)) == (0, [])


class Lazily(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 8)

    def forward(self, x: torch.Tensor) -> object:
        x = self.first(x)
        return (self.second(each) for each in x)


def test_what_a_generator_computes_is_counted() -> None:
    assert count(Lazily(), "2x4", backend="thop").macs == 2 * 4 * 4 + 2 * 4 * 8


def test_what_the_model_logs_is_printed_as_ever(capfd: pytest.CaptureFixture[str]) -> None:
    class Logs(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            logging.getLogger("flopbudget_logs").warning("seen")
            return super().forward(x)

    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        by_thop(nn.Sequential(Logs(4, 4)), "1x4", {Logs: exactly})
        assert root.handlers == []
    finally:
        root.handlers = handlers
    assert "seen" in capfd.readouterr().err


def test_what_it_logs_by_the_root_logger_too(caplog: pytest.LogCaptureFixture) -> None:
    class Logs(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            logging.getLogger().warning("seen")
            return super().forward(x)

    by_thop(nn.Sequential(Logs(4, 4)), "1x4", {Logs: exactly})
    assert caplog.messages == ["seen"]


def test_a_model_that_has_its_own_eval_keeps_it() -> None:
    model = nn.Sequential(nn.Linear(4, 4))
    vars(model)["eval"] = own = model.eval
    assert by_thop(model, "1x4", {}).macs == 4 * 4
    assert vars(model)["eval"] is own
    assert "train" not in vars(model)


def test_a_wrapper_inside_of_a_model_is_none_of_its_modules() -> None:
    measurement = count(nn.Sequential(nn.DataParallel(nn.Linear(4, 4))), "2x4", backend="thop")
    assert {path: cost.macs for path, cost in measurement.by_module().items()} == {"": 2 * 4 * 4, "0": 2 * 4 * 4}
