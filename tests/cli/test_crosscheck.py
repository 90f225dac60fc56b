from __future__ import annotations

import json
from pathlib import Path

from command_line import Command


def test_what_people_read(flopbudget: Command, project: Path) -> None:
    (project / "pooled.py").write_text(
        "from torch import nn\n\n\n"
        "def pooled():\n"
        "    return nn.Sequential(nn.Conv2d(3, 8, 1), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 5))\n"
    )
    ran = flopbudget("crosscheck", "pooled.py:pooled", "1x3x8x8")

    # thop takes a kernel of 4 x 4 and a division for each of the 8 * 2 * 2 means.
    assert ran.code == 0
    headline, *rows = ran.out.splitlines()
    assert headline.startswith("pooled:pooled at 1x3x8x8, beside thop ")
    macs = 8 * 8 * 3 * 8 + 32 * 5
    added = 8 * 2 * 2 * (4 * 4 + 1)
    assert rows[:2] == [
        f"  macs: ours {macs:,}, thop {macs + added:,} (+{added:,}, +32%)",
        f"    +{added:,}  added      pooling by torch.nn.AdaptiveAvgPool2d, in 1",
    ]
    assert rows[2] == f"  params: the same, {3 * 8 + 8 + 32 * 5 + 5} params"


def test_json(flopbudget: Command) -> None:
    record = json.loads(flopbudget("crosscheck", "model.py:Net", "1x3x8x8", "--json").out)

    each = 8 * 8 * (3 * 8 * 9 + 8 * 4)
    assert (record["schema_version"], record["factory"], record["input"]) == (1, "model:Net", "1x3x8x8")
    assert record["comparison"]["macs"] == {"ours": each, "thops": each, "explanations": []}
    assert record["comparison"]["params"] == {"ours": 260, "thops": 260, "explanations": []}


def test_what_thop_cannot_count_is_said(flopbudget: Command) -> None:
    ran = flopbudget("crosscheck", "model.py:Net", "1x3x8x8", "--mode", "training")

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("flopbudget: ")
    assert "training" in ran.err
