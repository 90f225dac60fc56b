"""What the declared cases of one run share, and where a run keeps it."""

from __future__ import annotations

import pytest

from pytest_flopbudget.sharing import Sharing

SHARING = pytest.StashKey[Sharing]()


def sharing_of(item: pytest.Item) -> Sharing:
    """What the cases of an item's run share."""
    return item.config.stash[SHARING]
