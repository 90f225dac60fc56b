"""Calls that are like an earlier one give what torch's kernels would, and those that only look like it do too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.counting.operators import OperatorCall
from pytest_flopbudget.declaring.inputs import Inputs, TensorInput
from pytest_flopbudget.errors import RunError
from pytest_flopbudget.trace.alike import Alike
from pytest_flopbudget.trace.calls import Call
from pytest_flopbudget.trace.dataless import dataless, hidden
from pytest_flopbudget.trace.following import Subject
from pytest_flopbudget.trace.given import declared
from pytest_flopbudget.trace.kinds import Met
from pytest_flopbudget.trace.ladder import Request, trace_live
from pytest_flopbudget.trace.recording import Recorder
from pytest_flopbudget.trace.storages import Storages

T = torch.Tensor


def measured(model: nn.Module, shape: tuple[int, ...], *, shape_rules: bool = True) -> Measurement:
    subject = Subject(model, declared(Inputs((TensorInput(shape),))))
    request = Request(backend="shapes", shape_rules=shape_rules)
    return Measurement.of(trace_live(subject, FORMULAS, request), FORMULAS)


def likes(measurement: Measurement, operator: str) -> list[object]:
    return [call.like for call, _ in measurement.calls if call.operator == operator]


def shapes(measurement: Measurement, operator: str) -> list[tuple[int, ...]]:
    return [out.shape for call, _ in measurement.calls if call.operator == operator for out in call.outputs]


def transposed_in_place(x: T) -> T:
    y = x * 2
    first = y @ y.t()
    y.t_()
    return first.sum() + (y @ y.t()).sum()


def squeezed_in_place(x: T) -> T:
    y = (x * 2).unsqueeze(0)
    return y.relu() + y.squeeze_(0).relu()


def chunks(x: T) -> list[T]:
    return [part.view(-1).relu_() for part in x.contiguous().chunk(2, 0)]


def views_of_views(x: T) -> T:
    for _ in range(3):
        rows = (x * 2).unbind(0)
        x = torch.stack(rows).transpose(0, 1).reshape(x.shape)
    return x


def numbers(x: T) -> T:
    return (x + 1) * (x + 1.0) * (x + True) * (x > 1) * (x > 1.0)


def joined(x: T) -> T:
    return torch.cat([torch.cat([x, x]), torch.cat([x, x, x]), torch.cat((x, x))])


def with_itself(x: T) -> T:
    y = x.clone()
    y.add_(y)
    y.add_(x)
    return y


def copied_attributes(x: T) -> T:
    wide, narrow = x * 2, (x * 2)[:, :2]
    narrow.__dict__.update(wide.__dict__)
    return narrow.relu()


def other_type_by_default(x: T) -> T:
    mask = x > 0
    before = torch.where(mask, 1.0, 2.0)
    torch.set_default_dtype(torch.float64)
    return before.sum() + torch.where(mask, 1.0, 2.0).sum()


def several(x: T) -> list[T]:
    return [each for _ in range(2) for each in (*x.split(2, 1), *torch.max(x, 1), *torch.topk(x, 2))]


def expanded(x: T) -> T:
    row = x[:1]
    return row.expand(4, -1) * 2 + row.expand(4, -1).contiguous() * 2


def known_and_unknown(x: T) -> list[T]:
    table = torch.arange(6.0).reshape(2, 3)
    first = x[:2] * table
    table.copy_(x[:2])
    return [first, x[:2] * table]


def other_type(x: T) -> list[T]:
    """Twice the same view, of another element type than its base."""
    return [x.contiguous().view(torch.int32).abs() for _ in range(2)]


FORWARDS = (
    transposed_in_place,
    squeezed_in_place,
    chunks,
    views_of_views,
    numbers,
    joined,
    with_itself,
    copied_attributes,
    other_type_by_default,
    several,
    expanded,
    known_and_unknown,
    other_type,
)


@pytest.mark.parametrize("forward", FORWARDS, ids=lambda forward: forward.__name__)
def test_it_gives_what_the_kernels_give(
    as_model: Callable[[Callable[..., object]], nn.Module], forward: Callable[[T], object]
) -> None:
    model = as_model(forward)
    by_kernels = measured(model, (4, 3), shape_rules=False)

    # The second time all of its calls are like earlier ones.
    for _ in range(2):
        assert measured(model, (4, 3)).calls == by_kernels.calls


def test_layers_that_repeat_are_told_by_the_first() -> None:
    model = nn.Sequential(*(nn.Linear(3, 3) for _ in range(3)), nn.Linear(3, 5))
    measurement = measured(model, (4, 3))

    first, second, third, other = likes(measurement, "aten::linear")
    assert first is second is third is not None
    assert other is not first
    assert measurement.macs == 3 * (4 * 3 * 3) + 4 * 3 * 5


def test_storages_are_each_calls_own(as_model: Callable[[Callable[..., object]], nn.Module]) -> None:
    calls = [call for call, _ in measured(as_model(lambda x: x.relu().relu().relu_()), (4, 3)).calls]
    numbers = [out.storage for call in calls for out in call.outputs]

    assert [call.operator for call in calls] == ["aten::relu", "aten::relu", "aten::relu_"]
    assert numbers[0] != numbers[1] == numbers[2]
    assert calls[2].writes == (numbers[1],)


def test_an_index_is_looked_at_in_every_call() -> None:
    class Table(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rows = nn.Embedding(4, 3)

        def forward(self, x: T) -> T:
            out: T = x + self.rows(torch.tensor([3])) + self.rows(torch.tensor([4]))
            return out

    with pytest.raises(RunError, match="index 4 is out of range for a size of 4"):
        measured(Table(), (4, 3))


def test_what_calls_are_like_does_not_make_them_equal() -> None:
    like = object()
    calls = [OperatorCall("aten::relu", module, {}, None, like=like) for module in ("a", "b")]

    assert calls[0] != calls[1]
    assert calls[0] == OperatorCall("aten::relu", "a", {}, None)


class TestWhatIsNotLearnt:
    """A call of which it is not sure that others give the same."""

    def learnt(self, *out: T) -> bool:
        storages = Storages()
        alike = Alike(storages, Recorder(storages), {})
        met: Met = []
        call = Call(torch.ops.aten.aminmax.default, (dataless((2, 3), torch.float32),), {})
        key = alike.key(call.overload, call.args, {}, met)
        assert key is not None
        plan = alike.learn(key, call, met, out)
        assert alike.plan(key) is plan
        return plan is not None

    def test_results_apart_are(self) -> None:
        assert self.learnt(dataless((6,), torch.float32), dataless((3, 2), torch.float32))

    def test_results_that_share_their_storage(self) -> None:
        meta = torch.empty(2, 3, device="meta")
        assert not self.learnt(hidden(meta.view(6)), hidden(meta.t()))

    def test_a_result_with_data(self) -> None:
        assert not self.learnt(dataless((6,), torch.float32), torch.ones(3, 2))
