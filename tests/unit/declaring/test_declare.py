from __future__ import annotations

from pytest_flopbudget import Declaration, declare
from pytest_flopbudget.declaring.declare import ModelKeys
from pytest_flopbudget.declaring.keys import names_in


def test_what_is_declared_and_where() -> None:
    declared = declare("net", factory="nets:Net", input="1x3", macs="1 M")
    assert declared == Declaration(
        "net", {"factory": "nets:Net", "input": "1x3", "macs": "1 M"}, __file__, declared.line
    )
    assert declared.line == test_what_is_declared_and_where.__code__.co_firstlineno + 1


def test_it_is_typed_by_every_key_of_a_model() -> None:
    assert sorted(ModelKeys.__annotations__) == sorted(names_in("model"))
