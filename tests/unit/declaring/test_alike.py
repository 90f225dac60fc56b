from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            "at = [{ R = 1 },\n{ R = 2 },\n{ R = 1 }]",
            "7: models.net.at[2]: two points have the name 'R1'; the other is on line 5",
        ),
        ("at = [1,\n1]", "6: models.net.at[1]: two points have the name 'R1'; the other is on line 5"),
        ("at = { R = [1,\n2, 1] }", "5: models.net.at: two points have the name 'R1'; the other is on line 5"),
        (
            'at = [{ R = 1, name = "a" },\n{ R = 2, name = "a" }]',
            "6: models.net.at[1]: two points have the name 'a'; the other is on line 5",
        ),
        (
            'at = [{ R = 1 },\n{ R = 2, name = "R1" }]',
            "6: models.net.at[1]: two points have the name 'R1'; the other is on line 5",
        ),
        (
            'at = [{ R = 1, name = "a" },\n{ R = 1, name = "b", macs = 3 }]',
            "6: models.net.at[1]: the points 'a' and 'b' measure the same; the other is on line 5",
        ),
    ],
)
def test_points_alike(model_mistakes: Callable[[str], list[str]], lines: str, told: str) -> None:
    assert model_mistakes(f'input = "1xR"\n{lines}\n') == [f"pyproject.toml:{told}"]
