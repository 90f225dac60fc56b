"""Nests keep their forms when what they hold is replaced."""

from __future__ import annotations

from types import MappingProxyType

import torch

from pytest_flopbudget.trace.nests import map_leaves, map_tensors


def test_tensors_are_replaced_in_every_form_of_a_nest() -> None:
    one, other = torch.tensor(1), torch.tensor(2)
    nest = {"a": [one, 3], "b": (other, {"c": one})}
    assert map_tensors(torch.neg, nest) == {"a": [-1, 3], "b": (-2, {"c": -1})}
    assert nest == {"a": [one, 3], "b": (other, {"c": one})}


def test_a_mapping_that_nobody_can_write_to_becomes_a_dict() -> None:
    changed = map_leaves(lambda leaf: (leaf,), MappingProxyType({"a": 1, "b": [2]}))
    assert (type(changed), changed) == (dict, {"a": (1,), "b": [(2,)]})
