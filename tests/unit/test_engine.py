"""Measuring a case of a table: its factory, its formulas, and hints for a model that cannot run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import measure, need_torch
from pytest_flopbudget.errors import FlopBudgetError, FormulaError, MeasureError

NETS = """
import torch
from torch import nn

@torch.library.custom_op("engine_tests::{operator}", mutates_args=())
def operator(x: torch.Tensor) -> torch.Tensor:
    return x.flip(1)

@operator.register_fake
def _(x: torch.Tensor) -> torch.Tensor:
    return torch.empty_like(x)

class Net(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(operator(x))

class Sized(nn.Module):
    def __init__(self, img_size: int = 8) -> None:
        super().__init__()
        self.head = nn.Linear(img_size * img_size, 2)
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(x.flatten(1))
"""

FLOPS = """
from pytest_flopbudget import Cost, TensorSpec, formula

@formula("engine_tests::{operator}")
def operator(x: TensorSpec, *, out: TensorSpec, **_: object) -> Cost:
    return Cost(macs=3 * x.numel)
"""

Counted = Callable[[str], Measurement]


@pytest.fixture
def count(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Counted]:
    """Measures the first case of a table with a package `nets_…` beside it, named anew for each test."""
    name = f"nets_{abs(hash(request.node.nodeid))}"
    (tmp_path / f"{name}.py").write_text(NETS.replace("{operator}", name))
    (tmp_path / f"{name}_flops.py").write_text(FLOPS.replace("{operator}", name))

    def counted(text: str) -> Measurement:
        path = tmp_path / "pyproject.toml"
        path.write_text(text.replace("NETS", name))
        table = read_table(path)
        assert table is not None
        return measure(table.cases[0], table)

    yield counted
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


NET = """
[tool.pytest-flopbudget.models.net]
factory = "NETS:Net"
args = [8, 4]
input = "2x8"
macs = 1
"""


def test_an_unknown_operator_is_uncounted(count: Counted) -> None:
    before = list(sys.path)
    measurement = count(NET)
    assert measurement.macs == 2 * 8 * 4
    assert [operator.partition("_")[0] for operator, _ in measurement.uncounted] == ["engine"]
    assert sys.path == before


def test_the_projects_formulas(count: Counted) -> None:
    measurement = count(f'[tool.pytest-flopbudget]\nformulas = ["NETS_flops"]\n{NET}')
    assert measurement.macs == 2 * 8 * 4 + 3 * 2 * 8
    assert not measurement.uncounted


def test_the_projects_free_operators(count: Counted) -> None:
    measurement = count(f'[tool.pytest-flopbudget]\nfree = ["engine_tests::NETS"]\n{NET}')
    assert measurement.macs == 2 * 8 * 4
    assert not measurement.uncounted


def test_formulas_that_cannot_be_imported(count: Counted) -> None:
    with pytest.raises(MeasureError, match=r"^formulas 'nets_\w+_flop': there is no module 'nets_\w+_flop'; did you"):
        count(f'[tool.pytest-flopbudget]\nformulas = ["NETS_flop"]\n{NET}')


def test_an_operator_that_stands_twice(count: Counted, tmp_path: Path) -> None:
    with pytest.raises(FormulaError) as error:
        count(f'[tool.pytest-flopbudget]\nformulas = ["NETS_flops"]\nfree = ["engine_tests::NETS"]\n{NET}')
    text = str(error.value)
    assert text.startswith("engine_tests::nets_")
    assert text.endswith(f"_flops.py:4 and {tmp_path / 'pyproject.toml'}")


def test_an_operator_that_is_not_there(count: Counted, tmp_path: Path) -> None:
    with pytest.raises(FormulaError) as error:
        count(f'[tool.pytest-flopbudget]\nfree = ["elsewhere::shuffle", "engine_tests::NETSS"]\n{NET}')
    place, told = str(error.value).split(": ", 1)
    assert place == str(tmp_path / "pyproject.toml")
    misspelt, _, right = told.removeprefix("there is no operator ").partition("; did you mean ")
    assert right.removesuffix("?") == misspelt.replace("S'", "'")


def test_a_factory_bound_to_a_size_gets_a_hint(count: Counted, in_common: Callable[[str], str]) -> None:
    sized = """
        [tool.pytest-flopbudget.models.sized]
        factory = "NETS:Sized"
        input = "1xRxR"
        at = [16]
        macs = 1
    """
    with pytest.raises(FlopBudgetError) as error:
        count(sized)
    lines = str(error.value).splitlines()
    assert in_common(lines[0]) == (
        "cannot run at 1x16x16: head (Linear): mat1 and mat2 shapes cannot be multiplied (1x256 and 64x2)"
    )
    assert lines[-1] == 'hint      the factory takes a size: kwargs = { img_size = "$R" }'
    assert count(sized.replace("at =", 'kwargs = { img_size = "$R" }\nat =')).macs == 16 * 16 * 2


def test_a_number_that_a_template_made_a_text_gets_a_hint(count: Counted) -> None:
    template = """
        [tool.pytest-flopbudget.models."sized.{size}"]
        each = { size = [8] }
        factory = "NETS:Sized"
        kwargs = { img_size = "{size}" }
        input = "1x8x8"
        macs = 1
    """
    with pytest.raises(FlopBudgetError) as error:
        count(template)
    assert str(error.value).splitlines()[-1] == (
        'hint      img_size is the text \'8\'; the number itself is 8, "$key" of a template, "$R" of a point'
    )
    assert count(template.replace('"{size}"', '"$size"')).macs == 8 * 8 * 2


def test_a_first_measurement_imports_no_compiler() -> None:
    examples = Path(__file__).parents[2] / "examples"
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from pytest_flopbudget.declaring.config import read_table\n"
        "from pytest_flopbudget.engine import measure\n"
        f"table = read_table(Path({str(examples / 'pyproject.toml')!r}))\n"
        "for case in table.cases:\n"
        "    assert measure(case, table).macs\n"
        "print(sorted({'sympy', 'torch._dynamo', 'torch._inductor'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("missing", "kind", "told"),
    [
        ("torch", MeasureError, "torch is not installed: without it nothing can be counted"),
        # It is there, and lacks something itself.
        ("numpy", ModuleNotFoundError, "No module named 'numpy'"),
    ],
)
def test_without_torch(missing: str, kind: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_: str) -> object:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    with monkeypatch.context() as patched:
        patched.setattr("importlib.import_module", failing)
        with pytest.raises(kind) as caught:
            need_torch()
    assert str(caught.value) == told
