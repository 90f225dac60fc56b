"""Files that are not what their names say, that are damaged, or that would run code: each is refused in a line."""

from __future__ import annotations

import io
import json
import pickle
import warnings
import zipfile
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from torch import nn

from pytest_flopbudget import count
from pytest_flopbudget.errors import FlopBudgetError, MeasureError
from pytest_flopbudget.trace.model_files.harmless import refuse_what_runs

RAN: list[str] = []
# Where the graph stands; torch before 2.8 put it elsewhere.
GRAPH = ("models/model.json", "serialized_exported_program.json")
WAY_OUT = (
    "a pickle may run any code, so it is never loaded here: name the model's class or a function as the factory\n"
    "or save it by torch.export.save (.pt2) or torch.jit.save (.pt)"
)


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return RAN.append, ("it was unpickled",)


def script() -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.trace(nn.Linear(4, 2), torch.zeros(3, 4)), buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def program() -> bytes:
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(nn.Linear(4, 2), (torch.zeros(3, 4),)), buffer)
    return buffer.getvalue()


def saved() -> bytes:
    buffer = io.BytesIO()
    torch.save(Trap(), buffer)
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net/code/big", bytes(2**26))
    return buffer.getvalue()


def refusal(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(MeasureError) as caught:
        count(path, "3x4")
    assert not RAN
    return str(caught.value).replace(str(path), path.name)


@pytest.mark.parametrize("name", ["net.pt", "net.pt2"])
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"a text", "is no file of torch's: it does not begin as a zip archive does"),
        (pickle.dumps(Trap()), f"is a pickle, as torch.save writes it\n{WAY_OUT}"),
        (script()[:900], "is damaged or cut off"),
        (bomb(), f"holds {2**26:,} bytes in {len(bomb()):,}: torch writes no such archive"),
    ],
    ids=["empty", "text", "pickle", "cut off", "bomb"],
)
def test_what_no_model_begins_with(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    assert refusal(tmp_path / name, data) == f"factory '{name}' {said}"


def test_what_torch_save_writes_is_never_unpickled(tmp_path: Path) -> None:
    assert refusal(tmp_path / "net.pt", saved()) == f"factory 'net.pt' is a pickle, as torch.save writes it\n{WAY_OUT}"
    assert refusal(tmp_path / "net.pt2", saved()) == (
        "factory 'net.pt2' is no program of torch.export: it holds no graph"
    )


def test_the_one_called_as_the_other(tmp_path: Path, program: bytes) -> None:
    assert refusal(tmp_path / "net.pt2", script()) == (
        "factory 'net.pt2' is no program of torch.export: it holds no graph; if torch.jit wrote it, call it .pt"
    )
    assert refusal(tmp_path / "net.pt", program) == (
        "factory 'net.pt' is no TorchScript: it holds no code; if torch.export wrote it, call it .pt2"
    )


@pytest.mark.parametrize(
    "size", ["exec(chr(97))", "Symbol('s').__class__", "Symbol('s')(2)", "open('x/y')", "s.evalf()", "Max('a b')"]
)
@pytest.mark.parametrize("key", ["expr_str", "\\u0065xpr_str"])
def test_a_size_that_is_a_program(tmp_path: Path, program: bytes, key: str, size: str) -> None:
    changed = rewritten(program, GRAPH, lambda data: data[:-1] + f', "{key}": "{size}"}}'.encode())
    assert refusal(tmp_path / "net.pt2", changed) == (
        f"factory 'net.pt2' has a size that is no sum or product: {size!r}"
    )


def test_a_size_that_is_no_text(tmp_path: Path, program: bytes) -> None:
    changed = rewritten(program, GRAPH, lambda data: data[:-1] + b', "expr_str": ["s"]}')
    assert refusal(tmp_path / "net.pt2", changed) == (
        """factory 'net.pt2' has a size that is no sum or product: '["s"]'"""
    )


@pytest.mark.parametrize("name", ["net/models/modelXjson", "net/models/MODEL.JSON"])
def test_a_graph_of_another_ending_is_looked_through(tmp_path: Path, program: bytes, name: str) -> None:
    changed = with_file(program, name, b'{"expr_str": "exec(chr(97))"}')
    assert refusal(tmp_path / "net.pt2", changed).startswith("factory 'net.pt2' has a size that is no sum or product")


@pytest.mark.parametrize(
    "context",
    [
        {"default_factory_module": "antigravity", "default_factory_name": "x", "dict_context": []},
        {"__enum__": True, "fqn": "antigravity:X", "name": "x"},
    ],
    ids=["a default", "an enumeration"],
)
def test_a_container_that_would_be_imported(tmp_path: Path, program: bytes, context: dict[str, object]) -> None:
    tree = json.dumps([1, {"type": "collections.defaultdict", "context": json.dumps(context), "children_spec": []}])
    added = json.dumps({"in_spec": tree}).encode()[1:]
    changed = rewritten(program, GRAPH, lambda data: data[:-1] + b", " + added)
    assert refusal(tmp_path / "net.pt2", changed) == (
        "factory 'net.pt2' names a module of Python to import: it is not loaded"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("net/data/constants/custom_obj_0", "an object that is pickled, which may run any code"),
        ("net/data/constants/CUSTOM_OBJ_0", "an object that is pickled, which may run any code"),
        ("net/data/aotinductor/model/model.so", "a compiled library, which may run any code"),
    ],
)
def test_what_torch_would_run(tmp_path: Path, program: bytes, name: str, said: str) -> None:
    assert refusal(tmp_path / "net.pt2", with_file(program, name, b"")) == (
        f"factory 'net.pt2' holds {said}: it is not loaded"
    )


def test_two_files_of_one_name(tmp_path: Path, program: bytes) -> None:
    changed = with_file(with_file(program, "net/extra/a", b""), "net/extra/A", b"")
    assert refusal(tmp_path / "net.pt2", changed) == (
        "factory 'net.pt2' holds two files of one name: torch writes no such archive"
    )


def test_pickles_inside_of_a_program_are_not_read(tmp_path: Path, program: bytes) -> None:
    changed = rewritten(program, ".pt", lambda _data: saved())
    assert refusal(tmp_path / "net.pt2", changed).startswith("factory 'net.pt2' cannot be read by torch")


def test_every_part_cut_off(tmp_path: Path, program: bytes) -> None:
    for name, data in (("net.pt", script()), ("net.pt2", program)):
        for end in range(0, len(data), len(data) // 7):
            refusal(tmp_path / name, data[:end])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    with pytest.raises(MeasureError) as caught:
        count(path)
    assert str(caught.value) == f"factory '{path}' is not there: export it first\nlooked for {path}"


@pytest.mark.parametrize(
    ("name", "said"),
    [("folder.pt2", "is no file\nlooked at {path}"), ("file/net.pt2", "cannot be read: Not a directory")],
)
def test_what_is_no_file(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.pt2").mkdir()
    (tmp_path / "file").touch()
    path = tmp_path / name
    with pytest.raises(MeasureError) as caught:
        count(path, "3x4")
    assert str(caught.value) == f"factory '{path}' {said.format(path=path)}"


def test_torchscript_without_an_input(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    path.write_bytes(script())
    with pytest.raises(MeasureError) as caught:
        count(path)
    assert str(caught.value) == f"factory '{path}' is TorchScript, which has no inputs of its own: declare one"


def test_a_text_with_a_brace_is_not_always_a_text_of_json(tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    for context, refused in (("{x", False), (json.dumps({"__enum__": "os"}), True)):
        held = json.dumps({"name": "{x", "context": context}).encode()
        path.write_bytes(with_file(b"PK\x05\x06" + bytes(18), "net/models/model.json", held))
        with pytest.raises(MeasureError) if refused else nullcontext():
            refuse_what_runs("net.pt2", path)


def test_another_ending() -> None:
    with pytest.raises(FlopBudgetError) as caught:
        count("net.pth", "3x4")
    assert str(caught.value) == (
        "'net.pth' is no model: give a torch.nn.Module, or a file that is a .pt2, .pt or .onnx"
    )


def with_file(data: bytes, name: str, held: bytes) -> bytes:
    """An archive with one file more."""
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, held)
    return buffer.getvalue()


def rewritten(data: bytes, ending: str | tuple[str, ...], change: object) -> bytes:
    """An archive with one of its files changed."""
    assert callable(change)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for entry in source.infolist():
            held = source.read(entry)
            target.writestr(entry.filename, change(held) if entry.filename.endswith(ending) else held)
    return buffer.getvalue()
