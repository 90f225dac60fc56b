"""Verdicts come with reports: as the very same objects in one process, as basic types from another."""

from __future__ import annotations

import pytest

from pytest_flopbudget.errors import Place
from pytest_flopbudget.judge.verdicts import Finding, Verdict
from pytest_flopbudget.plugin.sending import Post

VERDICT = Verdict(
    case="net::R96",
    model="net",
    place=Place("pyproject.toml", 3),
    metrics={"macs": 7},
    findings=(Finding("exceeded", "error", "7 MACs > 6 MACs"),),
)


def report() -> pytest.TestReport:
    return pytest.TestReport("pyproject.toml::net::R96", ("pyproject.toml", 2, "net"), {}, "passed", None, "call")


def test_in_one_process_they_are_the_same() -> None:
    post, sent = Post(), report()
    post.send(sent, [VERDICT])
    (received,) = post.received(sent)
    assert received is VERDICT
    assert not [name for name in vars(sent) if name.startswith("flopbudget")]
    assert list(post.received(sent)) == []


def test_from_another_process_they_are_made_anew() -> None:
    sent = report()
    Post().send(sent, [VERDICT])
    arrived = pytest.TestReport._from_json(sent._to_json())
    (received,) = Post().received(arrived)
    assert received == VERDICT
    assert received is not VERDICT


def test_a_report_without_any() -> None:
    sent = report()
    Post().send(sent, [])
    assert "flopbudget" not in vars(sent)
    assert list(Post().received(sent)) == []


class Unhashable(pytest.TestReport):
    """As a subtest's report is."""

    __hash__ = None  # type: ignore[assignment]


def test_a_report_without_a_hash() -> None:
    post, sent = Post(), Unhashable("test_it.py::test", ("test_it.py", 2, "test"), {}, "passed", None, "call")
    assert list(post.received(sent)) == []
    post.send(sent, [VERDICT])
    (received,) = post.received(sent)
    assert received is VERDICT


def test_a_report_that_is_gone_leaves_nothing() -> None:
    post = Post()
    for _ in range(3):
        post.send(report(), [VERDICT])
    assert list(post.received(report())) == []
    assert post == Post()
