from __future__ import annotations

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import click
import pytest

import pytest_flopbudget
from command_line import Command
from pytest_flopbudget.cli.commands import count
from pytest_flopbudget.cli.main import Commands

COMMANDS = Commands().list_commands(click.Context(Commands()))
SCRIPT = Path(sysconfig.get_path("scripts")) / ("flopbudget.exe" if os.name == "nt" else "flopbudget")
WITHOUT_CLICK = (
    "import sys, importlib.util as util; find = util.find_spec\n"
    "util.find_spec = lambda name, *rest: None if name == 'click' else find(name, *rest)\n"
    "from pytest_flopbudget.cli import main; sys.exit(main())"
)
IMPORTED = (
    "import sys; from pytest_flopbudget.cli.main import run; run(['formulas', 'conv2d'])\n"
    "sys.exit(' '.join({'torch', 'pytest', 'numpy'} & set(sys.modules)))"
)

TOO_LONG = "d" * 300


def test_there_are_these_commands(flopbudget: Command) -> None:
    assert {"count", "crosscheck", "fit", "formulas", "sweep"} <= set(COMMANDS)
    assert all(f"\n  {name}  " in flopbudget("--help").out for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(flopbudget: Command, name: str) -> None:
    told = flopbudget(name, "--help")

    assert told.code == 0
    assert f"\n    flopbudget {name}" in told.out.partition("Examples:\n")[2]
    assert max(map(len, told.out.splitlines())) <= 80
    assert all(f"\n  {option} " in told.out for option in ("--config", "--json", "--traceback"))


def test_the_exit_codes_are_told(flopbudget: Command) -> None:
    assert "0 all is kept, 1 a verdict fails" in " ".join(flopbudget("--help").out.split())


def test_the_version(flopbudget: Command) -> None:
    version = importlib.metadata.version("pytest-flopbudget")

    assert flopbudget("--version").out == f"flopbudget, version {version}\n"


def test_a_command_that_is_none(flopbudget: Command) -> None:
    ran = flopbudget("coutn", "model.py:Net")

    assert ran.code == 2
    assert ran.err.splitlines()[-1] == "Error: 'coutn' is no command; did you mean 'count'?"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("count", f"{TOO_LONG}.py:Net", "1x3x8x8"), f"there is no file {TOO_LONG}.py"),
        (("check", "--config", TOO_LONG), f"--config '{TOO_LONG[:78]}…: there is no such file"),
        (("suggest", "--config", TOO_LONG), f"--config '{TOO_LONG[:78]}…: there is no such file"),
        (
            ("fit", "model.py:Net", "1x3x8x8", "--config", TOO_LONG),
            f"--config '{TOO_LONG[:78]}…: there is no such file",
        ),
    ],
    ids=["count", "check", "suggest", "fit"],
)
def test_a_name_that_no_file_can_have(flopbudget: Command, arguments: tuple[str, ...], told: str) -> None:
    ran = flopbudget(*arguments)

    assert (ran.code, ran.out, ran.err) == (2, "", f"flopbudget: {told}\n")


def test_an_option_that_is_none(flopbudget: Command) -> None:
    ran = flopbudget("count", "model.py:Net", "1x3x8x8", "--metrics", "macs")

    assert ran.code == 2
    assert ran.out == ""
    assert "No such option" in ran.err
    assert "--metric" in ran.err


def test_a_fault_of_ours_is_owned(flopbudget: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr(count, "breakdown", fail)
    short, long = (flopbudget("count", "model.py:Net", "1x3x8x8", *more) for more in ([], ["--traceback"]))

    assert (short.code, short.out) == (3, "")
    assert short.err == (
        "flopbudget: a fault of flopbudget itself: ZeroDivisionError: by nought\n"
        "--traceback shows where; please report it to the maintainers of pytest-flopbudget\n"
    )
    assert long.code == 3
    assert long.err.startswith("Traceback (most recent call last):\n")
    assert long.err.endswith(short.err)


def test_an_interrupted_run(flopbudget: Command) -> None:
    ran = flopbudget("count", "model.py:stopped", "1x3x8x8")

    assert (ran.code, ran.out, ran.err.strip()) == (130, "", "flopbudget: interrupted")


STOPPED = """
import pathlib, time
from torch import nn


class Slow(nn.Conv2d):
    def __init__(self):
        super().__init__(1, 1, 1)

    def forward(self, x):
        if x.shape[-1] == 4:
            pathlib.Path("reached").touch()
            time.sleep(60)
        return super().forward(x)
"""
# What a shell starts in the background ignores the signal, and so does all that is started there.
HEEDS_SIGNALS = """
import signal
from pytest_flopbudget.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)
raise SystemExit(main())
"""


@pytest.mark.usefixtures("cold")
@pytest.mark.skipif(os.name == "nt", reason="a signal cannot be sent to one process there")
def test_a_signal_leaves_no_half_written_file(project: Path) -> None:
    (project / "slow.py").write_text(STOPPED, encoding="utf-8")
    words = ("sweep", "slow.py:Slow", "1x1xRxR", "R=2:6", "--csv", "out.csv", "--json")
    before = {*project.iterdir()}
    running = subprocess.Popen(
        [sys.executable, "-B", "-c", HEEDS_SIGNALS, *words],
        env={**os.environ, "PYTHONPATH": str(Path(pytest_flopbudget.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    while running.poll() is None and not (project / "reached").exists():
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)

    assert (running.returncode, out, err.strip()) == (130, "", "flopbudget: interrupted")
    assert {*project.iterdir()} - before == {project / "reached"}


READ_BY_NOBODY = """
import os, sys
from pytest_flopbudget.cli import main

ended = []
for line in (["formulas", "--json"], ["formulas", "conv2d"], ["show", "net"]):
    sys.argv[1:] = line
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
    ended.append(int(main()))
sys.stderr.write(f"{ended}")
"""
FULL = (
    "import os, sys; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"
    "from pytest_flopbudget.cli import main; sys.exit(main())"
)
CLOSED = "import sys; sys.stdout = None; from pytest_flopbudget.cli import main; sys.exit(main())"


@pytest.mark.skipif(os.name == "nt", reason="a closed pipe is another error there")
def test_an_output_that_nobody_reads(alone: Command, declared: Path) -> None:
    ran = alone(sys.executable, "-c", READ_BY_NOBODY)

    assert (ran.code, ran.out, ran.err) == (0, "", "[141, 141, 141]")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
def test_an_output_that_has_no_room(alone: Command, declared: Path) -> None:
    ran = alone(sys.executable, "-c", FULL, "show", "net")

    told = "flopbudget: the output could not be written: No space left on device\n"
    assert (ran.code, ran.out, ran.err) == (1, "", told)


def test_an_output_that_is_closed(alone: Command, declared: Path) -> None:
    ran = alone(sys.executable, "-c", CLOSED, "show", "net")

    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.usefixtures("cold")
def test_as_a_module(alone: Command) -> None:
    ran = alone(sys.executable, "-m", "pytest_flopbudget.cli", "count", "model.py:Net", "1x3x8x8", "--json")

    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["metrics"]["macs"] == 8 * 8 * (3 * 8 * 9 + 8 * 4)


@pytest.mark.skipif(not SCRIPT.is_file(), reason="the project is not installed here with its script")
def test_as_the_installed_script(alone: Command) -> None:
    ran = alone(str(SCRIPT), "count", "model.py:Net", "1x3x8x8", "--metric", "macs", "--depth", "0")

    assert (ran.code, ran.err) == (0, "")
    assert "macs     15,872  15.87 kMACs\n" in ran.out


def test_without_the_extra_there_is_a_hint(alone: Command) -> None:
    ran = alone(sys.executable, "-c", WITHOUT_CLICK)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "flopbudget needs click: pip install 'pytest-flopbudget[cli]'\n"


@pytest.mark.usefixtures("cold")
def test_what_measures_nothing_loads_no_torch(alone: Command) -> None:
    ran = alone(sys.executable, "-c", IMPORTED)

    assert ran.err == "\n"


def test_no_file_no_command() -> None:
    context = click.Context(Commands())

    assert Commands().get_command(context, "coutn") is None
    assert Commands().get_command(context, "count") is count.command
