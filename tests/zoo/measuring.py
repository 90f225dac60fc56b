"""Measuring one model of the zoo as a declared model is measured, and the process that does it."""

from __future__ import annotations

import time
import warnings
from multiprocessing.connection import Connection

import torch

from entries import Entry, entries_of
from pytest_flopbudget.counting.formulas import FORMULAS
from pytest_flopbudget.counting.measurement import Measurement
from pytest_flopbudget.declaring.inputs import parse_inputs
from pytest_flopbudget.trace.building import Blueprint
from pytest_flopbudget.trace.given import declared
from pytest_flopbudget.trace.ladder import Request, trace_declared
from pytest_flopbudget.trace.parts import subject_of
from results import Job, Result


def serve(connection: Connection) -> None:
    """Measure every job that comes, one after the other, until None comes."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sets: dict[str, dict[str, Entry]] = {}
    while (job := connection.recv()) is not None:
        if job.set not in sets:
            sets[job.set] = entries_of(job.set)
        connection.send(measured(job, sets[job.set][job.name]))


def measured(job: Job, entry: Entry) -> Result:
    """What comes of measuring a model; whatever it raises is its result."""
    start = time.perf_counter()
    try:
        measurement = _measurement(entry, worst=job.worst)
    except Exception as error:
        return Result(job, seconds=_since(start), error=str(error) or type(error).__name__)
    return Result(
        job,
        macs=measurement.macs,
        traced=measurement.traced,
        built=measurement.built,
        uncounted=tuple(sorted({operator for operator, _ in measurement.uncounted})),
        notes=measurement.notes,
        seconds=_since(start),
    )


def _measurement(entry: Entry, *, worst: bool) -> Measurement:
    arguments = declared(parse_inputs(entry.inputs))
    blueprint = Blueprint(entry.name, entry.build, entry.build)
    request = Request(worst={} if worst else None)
    trace = trace_declared(blueprint, lambda model: subject_of(model, arguments), FORMULAS, request)
    return Measurement.of(trace, FORMULAS)


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 2)
