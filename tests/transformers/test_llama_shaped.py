"""A model of 6.7 billion parameters, counted in little memory: nothing of it is ever allocated."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STATUS = Path("/proc/self/status")

T, WIDTH, INSIDE, LAYERS, VOCABULARY = 128, 4096, 11008, 32, 32000
LINEAR = T * (LAYERS * (4 * WIDTH * WIDTH + 3 * WIDTH * INSIDE) + WIDTH * VOCABULARY)
ATTENTION = LAYERS * 2 * T * T * WIDTH
MACS = 850_000_871_424
PARAMS = 2 * VOCABULARY * WIDTH + LAYERS * (4 * WIDTH * WIDTH + 3 * WIDTH * INSIDE + 2 * WIDTH) + WIDTH

TABLE = f"""
[tool.pytest-flopbudget]
pythonpath = [{json.dumps(str(HERE))}]

[tool.pytest-flopbudget.models.written]
factory = "llama_shaped:Llama"
input = "int64:1x{T}"
macs = {MACS}

[tool.pytest-flopbudget.models.transformers]
factory = "transformers:LlamaForCausalLM"
input = {{ input_ids = "int64:1x{T}" }}
macs = {MACS}

[[tool.pytest-flopbudget.models.transformers.args]]
factory = "transformers:LlamaConfig"

[tool.pytest-flopbudget.models.transformers.args.kwargs]
hidden_size = {WIDTH}
intermediate_size = {INSIDE}
num_hidden_layers = {LAYERS}
num_attention_heads = 32
num_key_value_heads = 32
vocab_size = {VOCABULARY}
tie_word_embeddings = false
"""

# The most that a process ever had is not asked of getrusage, where it starts with what its parent had.
MEASURED = f"""
import json, re, sys
from pathlib import Path
import torch

def most_bytes():
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("{STATUS}").read_text())[1])

before = most_bytes()
from pytest_flopbudget.declaring.config import read_table
from pytest_flopbudget.engine import measure

table = read_table(Path(sys.argv[1]))
measurement = measure(next(case for case in table.cases if case.model == sys.argv[2]), table)
print(json.dumps([
    measurement.macs, measurement.params, measurement.traced, measurement.built, len(measurement.uncounted),
    most_bytes() - before,
]))
"""


def test_the_published_arithmetic() -> None:
    assert LINEAR == 845_705_904_128
    assert ATTENTION == 4_294_967_296
    assert LINEAR + ATTENTION == MACS
    assert PARAMS == 6_738_415_616


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the most memory that a process ever had")
@pytest.mark.parametrize("model", ["written", "transformers"])
def test_a_large_model_in_little_memory(model: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if model == "transformers":
        request.getfixturevalue("transformers")
    table = tmp_path / "pyproject.toml"
    table.write_text(TABLE, encoding="utf-8")

    command = [sys.executable, "-W", "error", "-c", MEASURED, str(table), model]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    *counted, grown = json.loads(done.stdout)
    assert counted == [MACS, PARAMS, "shapes", "meta", 0]
    assert grown < 200_000_000
