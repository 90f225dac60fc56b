"""Exported programs: sizes that are fixed, sizes that are open, and the inputs that they carry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.inputs import TensorInput
from pytest_flopbudget.engine import blueprint_of, measure
from pytest_flopbudget.errors import MeasureError
from pytest_flopbudget.trace.model_files.opening import arguments_from
from pytest_flopbudget.trace.model_files.signatures import signature_of
from pytest_flopbudget.trace.real import real_model


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(4, 8), nn.Linear(4, 8)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.left(x) + self.right(y)
        return out


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("programs")
    x, rows = torch.zeros(3, 4), torch.export.Dim("rows", min=2, max=64)
    fixed = torch.export.export(Two(), (x, x))
    opened = torch.export.export(Two(), (x, x), dynamic_shapes=({0: rows}, {0: rows}))
    torch.export.save(fixed, folder / "fixed.pt2")
    torch.export.save(opened, folder / "open.pt2")
    return folder


def refusal(path: Path, given: object) -> str:
    with pytest.raises(MeasureError) as caught:
        count(path, given)
    return str(caught.value).replace(str(path), path.name)


@pytest.mark.parametrize(
    ("name", "given", "rows"),
    [
        ("fixed.pt2", (), 3),
        ("fixed.pt2", ["3x4", "float32:3x4"], 3),
        ("fixed.pt2", {"y": "3x4", "x": "3x4"}, 3),
        ("open.pt2", (), 3),
        ("open.pt2", ["64x4", "64x4"], 64),
    ],
)
def test_inputs_that_fit(folder: Path, name: str, given: object, rows: int) -> None:
    found = count(folder / name, given)
    assert {path: cost.macs for path, cost in found.by_module().items()} == {
        "": 2 * rows * 4 * 8,
        "left": rows * 4 * 8,
        "right": rows * 4 * 8,
    }


FIXED = "export it with dynamic_shapes for other sizes"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["5x4", "5x4"], f"was exported with x float32:3x4, and 5x4 is given\n{FIXED}"),
        (["3x4", "3x5"], f"was exported with y float32:3x4, and 3x5 is given\n{FIXED}"),
        (["3x4", "3x4x1"], f"was exported with y float32:3x4, and 3x4x1 is given\n{FIXED}"),
        (["3x4", "int64:3x4"], f"was exported with y float32:3x4, and int64:3x4 is given\n{FIXED}"),
        (["3x4"], "takes 2 inputs, and 1 are given: x, y"),
    ],
)
def test_inputs_that_do_not_fit(folder: Path, given: object, said: str) -> None:
    assert refusal(folder / "fixed.pt2", given) == f"factory 'fixed.pt2' {said}"


@pytest.mark.parametrize("given", [["65x4", "65x4"], ["3x4", "5x4"], ["1x4", "1x4"]])
def test_open_sizes_have_bounds_and_are_one_number(folder: Path, given: list[str]) -> None:
    said = refusal(folder / "open.pt2", given)
    assert said.startswith("factory 'open.pt2' was exported with ")
    assert "(2 to 64)x4, and " in said


def test_sizes_without_bounds_and_inputs_that_are_none() -> None:
    class Times(nn.Linear):
        def forward(self, input: torch.Tensor, times: int = 1) -> torch.Tensor:
            return super().forward(input) * times

    sizes = {"input": {0: torch.export.Dim("rows")}, "times": None}
    program = torch.export.export(Times(4, 8), (torch.zeros(3, 4), 2), dynamic_shapes=sizes)
    signature = signature_of(program)
    given = (TensorInput((99, 4)), 2), dict[str, object]()
    assert signature.fitting("times.pt2", given) == given
    with pytest.raises(MeasureError) as caught:
        signature.fitting("times.pt2", ((TensorInput((99, 5)), 2), {}))
    assert re.sub(r"s\d+ \(from [0-2]\)", "rows", str(caught.value)) == (
        "factory 'times.pt2' was exported with input float32:rowsx4, and 99x5 is given\n"
        "export it with dynamic_shapes for other sizes"
    )


def test_a_program_without_inputs_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, program = tmp_path / "net.pt2", torch.export.export(nn.Linear(4, 8), (torch.zeros(3, 4),))
    monkeypatch.setattr(program, "_example_inputs", None)  # torch 2.4 has no setter
    torch.export.save(program, path)
    assert refusal(path, ()) == (
        "factory 'net.pt2' carries no inputs of its own: declare one, as in input = '1x3x224x224'"
    )
    assert count(path, "3x4").macs == 3 * 4 * 8


def test_inputs_may_be_asked_for_before_the_model(folder: Path) -> None:
    path = folder / "asked.pt2"
    path.write_bytes((folder / "fixed.pt2").read_bytes())
    args, kwargs = arguments_from("asked.pt2", path, None).make()
    assert (list(args), kwargs) == ([TensorInput((3, 4), "float32")] * 2, {})


def test_a_program_whose_modules_cannot_be_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unflatten(_: torch.export.ExportedProgram) -> nn.Module:
        raise NotImplementedError

    monkeypatch.setattr(torch.export, "unflatten", unflatten)
    found = count(folder / "fixed.pt2")
    assert {path: cost.macs for path, cost in found.by_module().items()}[""] == 2 * 3 * 4 * 8


def test_a_declaration_takes_the_files_own_input(folder: Path) -> None:
    table = folder / "pyproject.toml"
    table.write_text('[tool.pytest-flopbudget.models.two]\nfactory = "open.pt2"\nmacs = "1 k"\n', encoding="utf-8")
    read = read_table(table)
    assert read is not None
    (case,) = read.cases
    assert measure(case, read).macs == 2 * 3 * 4 * 8
    assert sum(each.numel() for each in real_model(blueprint_of(case, read.folder)).parameters()) == 2 * (4 * 8 + 8)


def test_a_file_takes_no_arguments(folder: Path) -> None:
    table = folder / "pyproject.toml"
    table.write_text(
        '[tool.pytest-flopbudget.models.two]\nfactory = "open.pt2"\nkwargs = { width = 2 }\nmacs = "1 k"\n',
        encoding="utf-8",
    )
    read = read_table(table)
    assert read is not None
    with pytest.raises(MeasureError) as caught:
        measure(read.cases[0], read)
    assert str(caught.value) == "factory 'open.pt2' is a file, which takes no kwargs"


def test_torchscript_needs_an_input_in_a_declaration(tmp_path: Path) -> None:
    table = tmp_path / "pyproject.toml"
    table.write_text('[tool.pytest-flopbudget.models.two]\nfactory = "net.pt"\nmacs = "1 k"\n', encoding="utf-8")
    with pytest.raises(Exception, match="no input: write its shape") as caught:
        read_table(table)
    assert "models.two" in str(caught.value)
