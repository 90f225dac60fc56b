from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
import torch

from command_line import Command
from pytest_flopbudget import count, value

ROOT = Path(__file__).parents[2]
EACH = 3 * 8 * 9 + 8 * 4


def test_what_people_read(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8:64:8", "--macs", "150k", "--params", "1k")

    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "model:Net at 1x3xRxR, 8 sizes of R\n"
        "R=24 is the largest at which every limit holds.\n"
        "\n"
        "limit      measured          of   used\n"
        "macs    142.8 kMACs   150 kMACs  95.2%  <- binds\n"
        "params   260 params  1 k params  26.0%\n"
        "\n"
        "R=32 fails: 254 kMACs > 150 kMACs (+69%)\n"
    )


def test_json(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8,16", "--macs", "20_000", "--json")

    def judged(size: int) -> dict[str, object]:
        macs = size * size * EACH
        limit = {"metric": "macs", "target": "", "limit": 20_000, "measured": macs, "kept": macs <= 20_000}
        reasons = [] if macs <= 20_000 else ["63.49 kMACs > 20 kMACs (+217%)"]
        return {"point": {"R": size}, "kept": macs <= 20_000, "limits": [limit], "reasons": reasons}

    assert json.loads(ran.out) == {
        "schema_version": 1,
        "factory": "model:Net",
        "input": "1x3xRxR",
        "dimension": "R",
        "largest": judged(8),
        "binds": "macs",
        "above": judged(16),
        "below": [],
        "readings": [judged(8), judged(16)],
    }


def test_the_limit_that_binds_is_the_one_that_fails_above(flopbudget: Command, declared: Path) -> None:
    # The stem's output and the ReLU's take 2 * 8 * R * R bytes: 65,536 at R = 64.
    ran = flopbudget("fit", "net", "R=8:96:8", "--macs", "8 M", "--target", "board", "--json")
    record = json.loads(ran.out)

    assert record["largest"]["point"] == {"R": 64}
    assert record["above"]["point"] == {"R": 72}
    assert record["binds"] == "peak_activation_bytes@board"
    at_64 = {limit["metric"]: (limit["measured"], limit["limit"]) for limit in record["largest"]["limits"]}
    assert at_64 == {"macs": (64 * 64 * EACH, 8_000_000), "peak_activation_bytes": (2 * 8 * 64 * 64, 64 * 1024)}


def test_cost_need_not_rise(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Halved", "1x1xRxR", "R=3:14", "--macs", "40")

    # An even size is halved: R * R MACs at 7, 6 * 6 at 12, and 7 * 7 at 14.
    assert ran.out.splitlines()[1] == "R=12 is the largest at which every limit holds."
    assert ran.out.splitlines()[-2:] == [
        "R=13 fails: 169 MACs > 40 MACs (+323%)",
        "Below it fail as well: R=7, R=9, R=11. The first: 49 MACs > 40 MACs (+23%)",
    ]


def test_where_it_cannot_run_it_does_not_fit(flopbudget: Command) -> None:
    record = json.loads(flopbudget("fit", "model.py:Even", "1x1xRxR", "R=2:5", "--macs", "1k", "--json").out)

    assert record["largest"]["point"] == {"R": 4}
    assert record["above"]["reasons"] == ["cannot run: Even: AssertionError: an odd size"]
    assert record["binds"] == "macs"
    assert [each["point"] for each in record["below"]] == [{"R": 3}]


def test_a_rate_grows_with_the_size(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8,16", "--macs", f"{EACH} per R*R", "--json")

    limits = [each["limits"][0] for each in json.loads(ran.out)["readings"]]
    assert [(each["limit"], each["measured"]) for each in limits] == [(8 * 8 * EACH,) * 2, (16 * 16 * EACH,) * 2]


def test_nothing_fits(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8:16:8", "--macs", "5k")

    assert ran.code == 1
    assert ran.out.splitlines()[1:] == [
        "No size holds every limit.",
        "R=8 fails: 15.87 kMACs > 5 kMACs (+217%)",
    ]


def test_all_fit(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8:16:8", "--macs", "5M")

    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "It is the largest that was asked for: a larger one may fit as well."


def test_what_is_uncounted_does_not_fit(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Shop", "1x3xRxR", "R=4:6", "--macs", "5M")

    assert ran.code == 1
    assert "R=4 fails: 1 call of shop::mix is uncounted" in ran.out


MISTAKES = [
    (["R=8:16"], "no limit: write one, as in --macs 60M, or --target with the name of a declared target"),
    (
        ["R=8:16", "--macs", "5x"],
        (
            "--macs '5x' is no number of MACs: 'x' is neither a prefix nor the unit; write a number, with a prefix "
            "(k M G T P) and the unit if need be, as in '4.2 GMACs'"
        ),
    ),
    (
        ["R=8:16", "--macs", "lock"],
        "--macs 'lock': other sizes are not in the lock; write a number, as in '60 M'",
    ),
    (["R=8:16", "--macs", "5 per S*S"], "macs '5 per S*S': there is no dimension 'S'; there is R"),
    (["R=8", "--macs", "5"], "no dimension has several sizes: write FIRST:LAST:STEP, as in R=96:320:32"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_mistakes(flopbudget: Command, words: list[str], message: str) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", *words)

    assert (ran.code, ran.out, ran.err) == (2, "", f"flopbudget: {message}\n")


EXAMPLES = [
    ("nets.convolution:plain", "1x3xRxR", range(8, 129, 24)),
    ("nets.convolution:separable", "1x3xRxR", range(8, 129, 24)),
    ("nets.vgg:VGG16", "Rx3x224x224", range(1, 5)),
    ("nets.resnet:ResNet50", "1x3xRxR", range(32, 225, 48)),
    ("nets.mobilenet_v1:MobileNetV1", "1x3xRxR", range(32, 225, 48)),
    ("nets.mobilenet_v2:MobileNetV2", "1x3xRxR", range(32, 225, 48)),
    ("nets.unet:UNet", "1x3xRxR", range(32, 129, 32)),
    ("nets.small_cnn:SmallCNN", "1x3xRxR", range(8, 65, 7)),
    ("nets.resnet8:ResNet8", "1x3xRxR", range(16, 65, 8)),
    ("nets.ds_cnn:DsCnn", "Rx1x49x10", range(1, 9)),
    ("nets.autoencoder:Autoencoder", "Rx640", range(1, 9)),
    ("nets.steps:Stack", "4xRx16", range(2, 15, 3)),
]
KWARGS = {"nets.steps:Stack": {"width": 16, "depth": 2}}
# The example of a model that cannot run: its head is of one size.
NOT_SWEPT = {"small_cnn_unmended:SmallCNN"}


def test_every_model_of_the_examples_is_among_them() -> None:
    tables = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "examples").rglob("*.toml"))
    declared = set(re.findall(r'^factory\s*=\s*"(.*)"', tables, re.MULTILINE))

    assert declared - NOT_SWEPT == {factory for factory, _, _ in EXAMPLES}


@pytest.mark.parametrize("metric", ["macs", "peak_activation_bytes"])
@pytest.mark.parametrize(("factory", "shape", "sizes"), EXAMPLES, ids=[each[0] for each in EXAMPLES])
def test_it_agrees_with_counting_each_size_by_itself(
    flopbudget: Command, factory: str, shape: str, sizes: range, metric: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, _, name = factory.partition(":")
    make = getattr(import_module(module), name)
    with torch.device("meta"):
        model = make(**KWARGS.get(factory, {}))
    costs = {size: value(count(model, shape.replace("R", str(size))), metric) for size in sizes}
    # Between the dearest and the cheapest, so that the limit binds somewhere.
    limit = sorted(costs.values())[len(costs) // 2]
    monkeypatch.chdir(ROOT / "examples")

    words = f"R={sizes[0]}:{sizes[-1]}:{sizes.step}"
    ran = flopbudget(
        "fit",
        factory,
        shape,
        words,
        *(f"--kwargs={name}={given}" for name, given in KWARGS.get(factory, {}).items()),
        f"--{metric.replace('_', '-')}",
        f"{limit} {'B' if 'bytes' in metric else ''}",
        "--json",
    )

    record = json.loads(ran.out)
    fitting = [size for size, cost in costs.items() if cost <= limit]
    assert record["largest"]["point"] == {"R": max(fitting)}
    assert {each["point"]["R"]: each["limits"][0]["measured"] for each in record["readings"]} == costs
    assert [each["point"]["R"] for each in record["below"]] == [
        size for size in sizes if size < max(fitting) and size not in fitting
    ]


def test_a_limit_that_has_no_value_at_any_size(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8,16", "--latency-us", "2 ms")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "flopbudget: latency_us: needs clock_hz and cycles_per_mac of a target\n"


def test_help_says_what_a_limit_is_written_in(flopbudget: Command) -> None:
    lines = [line.split(maxsplit=2) for line in flopbudget("fit", "--help").out.splitlines() if "At most this" in line]
    told = {option: text for option, _, text in lines}

    assert told["--macs"] == "At most this, in MACs."
    assert told["--arena-bytes"] == "At most this, in bytes."
    assert told["--mac-rate"] == "At most this, in MACs a second."
    assert told["--latency-us"] == "At most this, in s, ms or µs."


def test_a_limit_of_nothing(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8,16", "--macs", "0", "--params", "250")
    record = json.loads(flopbudget("fit", "model.py:Net", "1x3xRxR", "R=8,16", "--macs", "0", "--json").out)

    # Nothing is more exceeded than that.
    assert (ran.code, record["largest"], record["binds"]) == (1, None, "macs")
    assert ran.out.splitlines()[1] == "No size holds every limit."


def test_what_fails_above_within_every_limit(flopbudget: Command, project: Path) -> None:
    (project / "own.py").write_text(
        "import model\n\n\nclass Small(model.Net):\n    def forward(self, x):\n"
        "        return super().forward(x) if x.shape[-1] < 16 else x\n"
    )
    record = json.loads(flopbudget("fit", "own.py:Small", "1x3xRxR", "R=8,16", "--macs", "1M", "--json").out)

    # No limit is exceeded at 16, where it computes nothing.
    assert (record["largest"]["point"], record["above"]["point"], record["binds"]) == ({"R": 8}, {"R": 16}, "macs")
    assert record["above"]["kept"] is False
    assert [each["kept"] for each in record["above"]["limits"]] == [True]


def test_two_dimensions_at_once(flopbudget: Command) -> None:
    ran = flopbudget("fit", "model.py:Net", "1x3xRxS", "R=8,16", "S=8,16", "--macs", "1M")

    assert (ran.code, ran.err) == (2, "flopbudget: R, S have several sizes each: vary one dimension at most\n")
