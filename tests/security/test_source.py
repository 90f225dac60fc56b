"""What the package's own text does not do: run text as code, load what may run, start a shell, ask the network."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pytest_flopbudget

PACKAGE = Path(pytest_flopbudget.__file__).parent
SOURCES = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}

# Those that run text, or what a file holds, as code.
CALLS = {
    *("eval", "exec", "compile", "__import__", "execfile", "runpy.run_path", "runpy.run_module"),
    *("torch.load", "torch.jit.load", "torch.package.PackageImporter", "torch.hub.load", "torch.export.load"),
    *("numpy.load", "np.load", "pandas.read_pickle", "code.interact"),
    *("os.system", "os.popen", "os.execv", "os.execvp", "os.spawnv", "os.startfile", "subprocess.getoutput"),
}
MODULES = {
    *("pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "yaml", "runpy", "ctypes", "pty"),
    *("socket", "ssl", "http", "urllib.request", "requests", "httpx", "ftplib", "smtplib", "xmlrpc", "webbrowser"),
}
ALLOWED = {
    # Refuses connections while a model is built.
    "trace/network.py": {"import socket"},
    # TorchScript, whose archive was judged before: torch reads it by an unpickler that knows no Python.
    "trace/model_files/scripts.py": {"torch.jit.load()"},
    # An exported program, whose archive was judged before, by a loader that is held to weights.
    "trace/model_files/programs.py": {"torch.export.load()"},
}
# Where a module is imported by a name that is not written there, and what may name it.
IMPORTERS = {
    "__init__.py": "the package's own public names",
    "cli/main.py": "the package's own commands",
    "counting/discovery.py": "the package's own formulas",
    "declaring/resolving.py": "the project's table",
    "engine.py": "torch",
    "trace/thop_import.py": "thop",
}
BINARY = {"'rb'", "'xb'"}


def found(text: str) -> Iterator[str]:
    """What a text calls and imports, by its dotted name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield f"{_called(node.func)}()"
            yield from (f"{each.arg}=" for each in node.keywords if each.arg in ("shell", "allow_pickle"))
        elif isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"import {node.module}"


def _called(function: ast.expr) -> str:
    """The dotted name of what is called, also where the type checker is told another type of its owner."""
    match function:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="cast"), args=[_, owner])):
            return f"{ast.unparse(owner)}.{function.attr}"
        case _:
            return ast.unparse(function)


def refused(text: str) -> set[str]:
    names = set(found(text))
    calls = {f"{call}()" for call in CALLS}
    modules = {name for name in names if any(f"{name}.".startswith(f"import {each}.") for each in MODULES)}
    return (names & (calls | {"shell=", "allow_pickle="})) | modules


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "cast('Loading', torch.export).load('x')",
        "import torch\ntorch.load('x')",
        "from pickle import loads",
        "import urllib.request",
        "subprocess.run('ls', shell=True)",
        "numpy.load('x', allow_pickle=True)",
    ],
)
def test_it_would_be_found(text: str) -> None:
    assert refused(text)


def test_nothing_of_that_kind_is_in_the_package() -> None:
    assert {name: refused(text) for name, text in SOURCES.items() if refused(text)} == ALLOWED


def test_one_file_starts_a_program() -> None:
    users = {name for name, text in SOURCES.items() if "import subprocess" in set(found(text))}
    assert users == {"store/revisions.py"}
    calls = [call for call in found(SOURCES["store/revisions.py"]) if call.startswith("subprocess.")]
    assert calls == ["subprocess.run()"]


def test_no_file_and_no_number_depends_on_the_systems_language() -> None:
    """A file is opened in a named encoding, and nothing asks for the locale."""
    for name, text in SOURCES.items():
        assert "import locale" not in set(found(text)), name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith((".open", ".read_text", ".write_text")):
                binary = BINARY & {ast.unparse(each) for each in node.args}
                encoded = binary or any(each.arg == "encoding" for each in node.keywords)
                # What pip wrote of a package is read by Python's own reader of that.
                own = ("os.open", "package.read_text")
                assert encoded or ast.unparse(node.func) in own, f"{name}:{node.lineno}"


def test_what_is_imported_by_name() -> None:
    calls = {"import_module()", "importlib.import_module()"}
    assert {name for name, text in SOURCES.items() if calls & set(found(text))} == set(IMPORTERS)
