"""What a trace makes of an error: the model's, torch's, or a bug of this package."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.failures import Failures, is_our_bug
from pytest_flopbudget.trace.modules import ModuleStack
from pytest_flopbudget.trace.nests import nbytes

Work = Callable[[], object]


@pytest.fixture
def hand() -> Iterator[Callable[[Work], None]]:
    """Work for a thread that was there before."""
    works: list[Work] = []
    begin, end = threading.Event(), threading.Event()

    def serve() -> None:
        begin.wait()
        for work in works:
            work()
        end.set()

    def handed(work: Work) -> None:
        works.append(work)
        begin.set()
        end.wait()

    thread = threading.Thread(target=serve)
    thread.start()
    yield handed
    begin.set()
    thread.join()


def test_an_output_of_a_thread_that_was_there_before(
    hand: Callable[[Work], None], as_model: Callable[[Callable[..., object]], nn.Module]
) -> None:
    def forward(x: torch.Tensor) -> object:
        out: list[torch.Tensor] = []
        hand(lambda: out.append(torch.empty(2, 4, device="meta")))
        return out

    with pytest.raises(MeasureError) as error:
        count(as_model(forward), "2x4", backend="shapes")
    assert error.value.headline == (
        "cannot be counted on shapes: the forward in Function returns a tensor that was computed outside the trace, "
        "as in a thread"
    )


def test_a_bug_of_ours_passes_as_it_is() -> None:
    modules = {"": nn.Identity()}
    failures = Failures(modules, ModuleStack(modules), "2x4", executed=False)
    nothing: Any = None
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'numel'"), failures.explained():
        nbytes(nothing)


def test_an_error_that_was_never_raised_is_nobodys_bug() -> None:
    assert not is_our_bug(AttributeError("numel"))


def test_what_a_thread_that_was_there_before_computed_meets_an_operator(
    hand: Callable[[Work], None], as_model: Callable[[Callable[..., object]], nn.Module]
) -> None:
    def forward(x: torch.Tensor) -> object:
        out: list[torch.Tensor] = []
        hand(lambda: out.append(torch.empty(2, 4, device="meta")))
        return x + out[0]

    with pytest.raises(MeasureError) as error:
        count(as_model(forward), "2x4", backend="shapes")
    assert error.value.headline == (
        "cannot be counted on shapes: aten::add in Function meets a tensor that was computed outside the trace, "
        "as in a thread"
    )
