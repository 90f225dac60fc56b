"""Models in wrappers, compiled or parallel: counted as if they were in none, and nothing is ever compiled.

The input is 3x4 throughout.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import distributed, nn

from pytest_flopbudget import count
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Backend, Measurement
from pytest_flopbudget.trace.given import given
from pytest_flopbudget.trace.ladder import Request, trace_live
from pytest_flopbudget.trace.parts import subject_of
from pytest_flopbudget.trace.wrappers import named_modules, passed_by

StateOf = Callable[[nn.Module], dict[str, object]]

BACKENDS = pytest.mark.parametrize("backend", ["shapes", "execute"])

# What torch says of compiling on Python 3.13.0.
pytestmark = pytest.mark.filterwarnings("ignore:Guards may run slower on Python:RuntimeWarning")


class Compiler:
    """A backend of ``torch.compile`` that counts what it compiles."""

    def __init__(self) -> None:
        self.graphs = 0

    def __call__(self, graph: torch.fx.GraphModule, _: object) -> Callable[..., object]:
        self.graphs += 1
        forward: Callable[..., object] = graph.forward
        return forward


@pytest.fixture
def compiler() -> Compiler:
    import torch._dynamo

    # It compiles one function so many times only, and these tests compile the same ones again and again.
    torch._dynamo.reset()
    return Compiler()


@pytest.fixture(scope="module")
def _group() -> Iterator[None]:
    store = torch._C._distributed_c10d.HashStore()
    distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layer(x)
        return out


class Net(nn.Sequential):
    """Its layers are called by a function."""

    def __init__(self, block: nn.Module | None = None, head: nn.Module | None = None) -> None:
        super().__init__(Block() if block is None else block, nn.Linear(4, 2) if head is None else head)
        self.run: Callable[..., object] = layers

    def forward(self, x: torch.Tensor) -> object:
        return self.run(self, x)


def layers(net: Net, x: torch.Tensor) -> torch.Tensor:
    for layer in net:
        x = layer(x)
    return x


MACS = {"": 3 * 4 * 4 + 3 * 4 * 2, "0": 3 * 4 * 4, "0.layer": 3 * 4 * 4, "1": 3 * 4 * 2}


def compiled(module: nn.Module, compiler: Compiler, *, fullgraph: bool = False) -> nn.Module:
    made: object = torch.compile(module, backend=compiler, fullgraph=fullgraph)
    assert isinstance(made, nn.Module)
    return made


def in_place(net: Net, module: nn.Module, compiler: Compiler) -> nn.Module:
    module.compile(backend=compiler)
    return net


def running(function: Callable[..., object]) -> nn.Module:
    net = Net()
    net.run = function
    return net


def compiled_forward(compiler: Compiler) -> nn.Module:
    net = Net()
    net[0].forward = torch.compile(net[0].forward, backend=compiler)
    return net


def compiled_meanwhile(compiler: Compiler) -> nn.Module:
    def run(net: Net, x: torch.Tensor) -> object:
        return torch.compile(layers, backend=compiler)(net, x)

    return running(run)


def compiled_child_in_place(compiler: Compiler) -> nn.Module:
    net = Net()
    return in_place(net, net[0], compiler)


Make = Callable[[Compiler], nn.Module]

PARALLEL: dict[str, Make] = {
    "DataParallel": lambda _: nn.DataParallel(Net()),
    "a child in DataParallel": lambda _: Net(nn.DataParallel(Block())),
    "DistributedDataParallel": lambda _: nn.parallel.DistributedDataParallel(Net()),
    "a child in DistributedDataParallel": lambda _: Net(nn.parallel.DistributedDataParallel(Block())),
    "parallel in parallel": lambda _: nn.DataParallel(nn.DataParallel(Net(nn.DataParallel(nn.DataParallel(Block()))))),
}
COMPILED: dict[str, Make] = {
    "compiled": lambda compiler: compiled(Net(), compiler),
    "in one graph": lambda compiler: compiled(Net(), compiler, fullgraph=True),
    "a compiled child": lambda compiler: Net(compiled(Block(), compiler)),
    "in place": lambda compiler: in_place(net := Net(), net, compiler),
    "a child in place": compiled_child_in_place,
    "a compiled forward": compiled_forward,
    "a compiled function": lambda compiler: running(torch.compile(layers, backend=compiler)),
    "a function compiled meanwhile": compiled_meanwhile,
    "compiled in DataParallel": lambda compiler: nn.DataParallel(
        compiled(Net(nn.DataParallel(Block()), compiled(nn.Linear(4, 2), compiler)), compiler)
    ),
    "compiled in DistributedDataParallel": lambda compiler: nn.parallel.DistributedDataParallel(
        Net(compiled(nn.DataParallel(Block()), compiler))
    ),
}
WRAPPED = PARALLEL | COMPILED


def macs(measurement: Measurement) -> dict[str, int]:
    return {path: cost.macs for path, cost in measurement.by_module().items()}


@BACKENDS
@pytest.mark.usefixtures("_group")
@pytest.mark.parametrize("make", WRAPPED.values(), ids=WRAPPED)
def test_as_if_in_none(make: Make, compiler: Compiler, backend: Backend, state_of: StateOf) -> None:
    model = make(compiler)
    before = state_of(model)
    measurement = count(model, "3x4", backend=backend)
    assert state_of(model) == before
    assert compiler.graphs == 0
    assert macs(measurement) == MACS
    assert (measurement.activations, measurement.params) == (3 * 4 + 3 * 2, 4 * 4 + 4 + 4 * 2 + 2)
    assert {node.calls for node in measurement.modules} == {1}
    assert (measurement.traced, measurement.notes) == ("shapes" if backend == "shapes" else "executed", ())


@pytest.mark.usefixtures("_group")
@pytest.mark.parametrize("name", WRAPPED)
def test_a_training_step_works_afterwards(name: str, compiler: Compiler) -> None:
    model = WRAPPED[name](compiler)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    for backend in ("shapes", "execute"):
        count(model, "3x4", backend=backend)
    assert compiler.graphs == 0
    model(torch.randn(3, 4)).sum().backward()
    optimizer.step()
    assert not any(torch.equal(*pair) for pair in zip(before, model.parameters(), strict=True))
    # What is compiled is compiled now, and not before.
    assert bool(compiler.graphs) == (name in COMPILED)


@BACKENDS
def test_a_wrapped_module_that_is_shared_is_told_once(backend: Backend) -> None:
    block = Block()
    measurement = count(nn.Sequential(nn.DataParallel(block), block), "3x4", backend=backend)
    assert macs(measurement) == {"": 2 * 3 * 4 * 4, "0": 2 * 3 * 4 * 4, "0.layer": 2 * 3 * 4 * 4}
    assert measurement.params == 4 * 4 + 4


@BACKENDS
def test_what_a_wrappers_own_hook_computes_belongs_to_the_caller(backend: Backend) -> None:
    wrapper = nn.DataParallel(nn.Linear(4, 4))
    wrapper.register_forward_hook(lambda _, inputs, out: out @ torch.ones(4, 5))
    assert macs(count(nn.Sequential(wrapper), "3x4", backend=backend)) == {"": 3 * 4 * 4 + 3 * 4 * 5, "0": 3 * 4 * 4}


@BACKENDS
def test_a_part_and_a_method_are_found_through_wrappers(compiler: Compiler, backend: Backend) -> None:
    model = nn.DataParallel(compiled(Net(nn.DataParallel(Block())), compiler))
    subject = subject_of(model, given("3x4", None), part="0", call="forward")
    measurement = Measurement.of(trace_live(subject, FORMULAS, Request(backend=backend)), FORMULAS)
    assert macs(measurement) == {"": 3 * 4 * 4, "layer": 3 * 4 * 4}
    assert compiler.graphs == 0


SCRIPT = """
import sys
import torch
from pytest_flopbudget import count

def compiler(*_):
    raise AssertionError("compiled")

class Net(torch.nn.Linear):
    def forward(self, x):
        return torch.compile(super().forward, backend=compiler)(x)

compile_, model = torch.compile, Net(4, 4)
assert "torch._dynamo" not in sys.modules
measurement = count(model, "3x4", backend=sys.argv[1])
assert "torch._dynamo" in sys.modules
print(measurement.macs, list(measurement.by_operator()), torch.compile is compile_)
"""


@BACKENDS
def test_a_compiler_that_a_forward_loads_compiles_nothing(backend: Backend) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, backend], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (f"{3 * 4 * 4} ['aten::linear'] True\n", 0), done.stderr


def test_another_thread_loads_no_compiler_for_a_count(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(torch, "compile", asked.append)
    monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    with passed_by(()):
        thread = threading.Thread(target=torch.compile, args=(layers,))
        thread.start()
        thread.join()
        assert "torch._dynamo" not in sys.modules
    assert asked == [layers]


def test_a_place_for_a_module_that_is_empty_has_no_path() -> None:
    model = nn.Sequential(nn.ReLU())
    model.register_module("head", None)
    assert named_modules(model) == {"": model, "0": model[0]}
