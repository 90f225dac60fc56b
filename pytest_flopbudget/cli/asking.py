"""From a factory and inputs, as someone asks for them, to cases that can be measured."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_flopbudget.cli.exits import AskedWrongly
from pytest_flopbudget.cli.words import read_kwargs, read_words
from pytest_flopbudget.counting.measurement import Backend, Mode
from pytest_flopbudget.declaring.cases import Case, Table
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.declaring.finding import few, find_model, nearest_or_all, without_swept
from pytest_flopbudget.declaring.inputs import Inputs, bind, dimensions
from pytest_flopbudget.declaring.mentions import FILES, mentions_table
from pytest_flopbudget.declaring.model_files import is_model_file, takes_its_own
from pytest_flopbudget.declaring.showing import as_text
from pytest_flopbudget.declaring.spots import Notebook, Spot
from pytest_flopbudget.declaring.unbound import unbound_case
from pytest_flopbudget.declaring.values import substitute, value_dimensions
from pytest_flopbudget.errors import FlopBudgetError, Place, did_you_mean, shown
from pytest_flopbudget.files import beside, is_file

_NAMES = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_HOW = "write module:callable, a file as in model.py:Net, or the name of a declared model"


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How a model is built and measured, where that is said; None leaves it to the declaration, or to chance.

    Args:
        kwargs: The factory's keyword arguments, each ``NAME=VALUE``.
        mode: The forward alone, or a step of training.
        backend: Whether it is traced on shapes, executed, whichever of the two goes, or counted by thop.
        execute_limit: The most bytes of parameters, buffers and inputs at which it is executed.
        part: The dotted path of the submodule that is measured.
        call: The method to call in the place of the forward.
    """

    kwargs: tuple[str, ...] = ()
    mode: Mode | None = None
    backend: Backend | None = None
    execute_limit: int | None = None
    part: str | None = None
    call: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A model to measure, at any sizes.

    Args:
        case: What is measured; dimensions of its inputs and arguments may still be names.
        table: The table whose formulas count and whose folders are imported from.
        sizes: The sizes of named dimensions that were asked for.
    """

    case: Case
    table: Table
    sizes: Mapping[str, tuple[int, ...]]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The named dimensions that are open, in order of appearance: in the inputs, then in the arguments."""
        written: list[object] = [*self.case.args, *self.case.kwargs.values()]
        mentioned = (name for value in written for name, _ in value_dimensions(value, Spot(Notebook("", {}))))
        return tuple(dict.fromkeys((*dimensions(self.case.inputs), *mentioned)))

    def at(self, point: Mapping[str, int]) -> Case:
        """The case with a size for each of its named dimensions."""
        case = self.case
        return replace(
            case,
            point_name="-".join(f"{name}{size}" for name, size in point.items()) or case.point_name or "default",
            point=point or case.point,
            inputs=bind(case.inputs, point),
            args=tuple(substitute(value, point) for value in case.args),
            kwargs={name: substitute(value, point) for name, value in case.kwargs.items()},
        )

    def one(self) -> Case:
        """The case at the one point that was asked for.

        Raises:
            AskedWrongly: A named dimension has several sizes.
        """
        for name, sizes in self.sizes.items():
            if len(sizes) > 1:
                raise AskedWrongly(f"{name} has {len(sizes):,} sizes, and one is counted: flopbudget sweep takes many")
        return self.at({name: sizes[0] for name, sizes in self.sizes.items()})


def find_table(config: str | None = None) -> Table:
    """The table that the command works on: that of a file, else of the nearest ``pyproject.toml`` that has one.

    Without any it is empty, and factories are imported from the working directory.

    Raises:
        TableError: The table has mistakes.
        AskedWrongly: The file that is asked for is not there, or has no table.
    """
    here = Path.cwd()
    if config is not None:
        path = Path(config)
        if not is_file(path):
            raise AskedWrongly(f"--config {shown(config)}: there is no such file{_nearest_file(path)}")
        found = read_table(path.absolute(), config)
        if found is None:
            raise AskedWrongly(f"--config {shown(config)}: the file has no table [tool.pytest-flopbudget]")
        return found
    for path in (folder / name for folder in (here, *here.parents) for name in FILES):
        if mentions_table(path) and (table := read_table(path)) is not None:
            return table
    return Table(path=str(here / "pyproject.toml"))


def find_subject(
    table: Table, factory: str, words: Sequence[str], options: Options, *, open_sizes: bool = False
) -> Subject:
    """The model that is asked for, with its inputs.

    Args:
        table: The table that declares models.
        factory: ``"module:callable"``, a file's ``"model.py:Net"``, a file that holds a model,
            a declared ``"mobilenet"`` or ``"mobilenet::R96"``.
        words: Inputs and sizes, as :func:`pytest_flopbudget.cli.words.read_words` reads them; without an input a
            declared model has its own.
        options: How it is built and measured.
        open_sizes: Whether a declared model's dimensions are open, also where nothing is said of them.

    Raises:
        AskedWrongly: There is no such model, it has no input, or a size is missing or too many.
    """
    said = read_words(words)
    has_inputs = bool(said.inputs.positional or said.inputs.keyword)
    if is_model_file(factory) or ":" in factory.replace("::", "") or factory.endswith(".py"):
        table, case = _of_file(table, factory) if is_model_file(factory) else _undeclared(table, factory)
        if not has_inputs and not takes_its_own(case):
            raise AskedWrongly(f"{shown(factory)} has no input: write its shape behind it, as in 1x3x224x224")
    elif not (has_inputs or said.sizes or open_sizes):
        case = _declared(table, factory)
    else:
        case = _open(table, factory)
    if has_inputs:
        case = replace(case, inputs=said.inputs, input_factory=None)
    subject = Subject(case=_with_options(case, options), table=table, sizes=said.sizes)
    _refuse_misfits(subject)
    return subject


def _with_options(case: Case, options: Options) -> Case:
    """A case as the options change it."""
    return replace(
        case,
        kwargs={**case.kwargs, **read_kwargs(options.kwargs)},
        mode=options.mode or case.mode,
        backend=options.backend or case.backend,
        execute_limit=case.execute_limit if options.execute_limit is None else options.execute_limit,
        part=options.part or case.part,
        call=options.call or case.call,
    )


def input_of(case: Case) -> str:
    """A case's input as a text: ``"1x3x96x96"``, or what makes it."""
    if takes_its_own(case):
        return "its own input"
    return as_text(case.inputs) if case.input_factory is None else case.input_factory


def title_of(case: Case) -> str:
    """What is measured, at its input: ``"nets:Net at 1x3x96x96"``, ``"nets:Net, part stem, at 1x3x96x96"``."""
    less = [f"{word} {name}" for word, name in (("part", case.part), ("call", case.call)) if name]
    what = f"{case.factory}, {', '.join(less)}," if less else case.factory
    return f"{what} at {input_of(case)}"


def _refuse_misfits(subject: Subject) -> None:
    """Every open dimension has a size, and every size a dimension."""
    opened = subject.dimensions
    if subject.case.input_factory is not None:
        # It takes whichever dimensions it is given.
        return
    for name in subject.sizes:
        if name not in opened:
            hint = did_you_mean(name, opened) or (f"; there is {', '.join(opened)}" if opened else "")
            raise AskedWrongly(f"the input has no dimension {name!r}{hint}")
    missing = [name for name in opened if name not in subject.sizes]
    if missing:
        raise AskedWrongly(f"no size for the dimension {missing[0]!r}: write one behind the input, as {missing[0]}=224")


def _declared(table: Table, name: str) -> Case:
    """A declared case as it stands."""
    model, _, point = name.partition("::")
    cases = _cases(table, model)
    names = [case.point_name for case in cases]
    if not point:
        cases = without_swept(cases)
    if point:
        found = [case for case in cases if case.point_name == point]
        if not found:
            raise AskedWrongly(f"{model} has no point {shown(point)}{nearest_or_all(point, names)}")
        return found[0]
    if len(cases) > 1:
        raise AskedWrongly(f"{model} has {len(cases)} points, {few(names)}: say which, as in {cases[0].id}")
    return cases[0]


def _open(table: Table, name: str) -> Case:
    """A declared model whose dimensions are still open."""
    model, _, point = name.partition("::")
    _cases(table, model)
    if point:
        raise AskedWrongly(f"{shown(name)} is a point, which has its sizes: write {model}")
    return unbound_case(Path(table.path), model)


def _cases(table: Table, model: str) -> list[Case]:
    if not table.cases:
        raise AskedWrongly(f"{shown(model)} is no factory, and no model is declared: {_HOW}")
    try:
        return find_model(table, model)
    except FlopBudgetError as error:
        raise AskedWrongly(str(error)) from None


def _undeclared(table: Table, factory: str) -> tuple[Table, Case]:
    """A factory that is imported from a module or from a file, and the table that lets it be found."""
    place, _, name = factory.rpartition(":")
    if factory.endswith(".py"):
        raise AskedWrongly(f"{shown(factory)} names no callable: write {factory}:Net")
    folder, module = str(Path.cwd()), place
    if place.endswith(".py") or "/" in place or "\\" in place:
        folder, module = _from_file(place)
    if not _NAMES.fullmatch(name) or not _NAMES.fullmatch(module):
        raise AskedWrongly(f"{shown(factory)} is no factory: {_HOW}")
    case = Case(
        model=name, point_name="", place=Place("the command line", 1), factory=f"{module}:{name}", inputs=Inputs()
    )
    folders = tuple(dict.fromkeys((folder, *table.pythonpath)))
    return replace(table, pythonpath=folders), case


def _of_file(table: Table, written: str) -> tuple[Table, Case]:
    """A model that a file holds; its path goes from the table's folder, as in a declaration."""
    path = Path(written)
    if not is_file(path):
        raise AskedWrongly(f"there is no file {written}{_nearest_file(path)}")
    factory = Path(os.path.relpath(path, table.folder)).as_posix()
    place = Place("the command line", 1)
    return table, Case(model=path.stem, point_name="", place=place, factory=factory, inputs=Inputs())


def _from_file(written: str) -> tuple[str, str]:
    """The folder that a file's module is imported from, and the module's name, with the packages around it."""
    path = Path(written)
    if not is_file(path):
        raise AskedWrongly(f"there is no file {written}{_nearest_file(path)}")
    path = path.absolute()
    names = list(_packages(path.parent))
    folder = path.parents[len(names)]
    return str(folder), ".".join((*reversed(names), path.stem))


def _packages(folder: Path) -> Iterator[str]:
    while (folder / "__init__.py").is_file():
        yield folder.name
        folder = folder.parent


def _nearest_file(path: Path) -> str:
    return did_you_mean(path.name, beside(path))
