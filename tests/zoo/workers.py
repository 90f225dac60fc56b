"""Processes that measure: one that dies or takes too long fails its own model, and another takes its place."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from measuring import serve
from results import Job, Result

_WAIT = 1.0


class Worker:
    """A process with at most one job at a time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self.job: Job | None = None
        self._began = 0.0

    def begin(self, job: Job) -> None:
        self.job, self._began = job, time.monotonic()
        self.connection.send(job)

    def result(self, limit: float) -> Result | None:
        """What came of the job: its result, or why there is none; None while it still runs.

        Args:
            limit: The most seconds that a job may take.
        """
        assert self.job is not None
        if self.connection.poll():
            try:
                result = self.connection.recv()
            except EOFError:
                self.end()
                return self._failed(f"its process died (exit code {self._process.exitcode})")
            assert isinstance(result, Result)
            self.job = None
            return result
        if time.monotonic() - self._began > limit:
            self.end()
            return self._failed(f"it took longer than {limit:.0f} s")
        return None

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    def _failed(self, why: str) -> Result:
        assert self.job is not None
        return Result(self.job, seconds=round(time.monotonic() - self._began, 2), error=why)


def results_of(jobs: Iterable[Job], workers: int, limit: float) -> Iterator[Result]:
    """The results of all jobs, as they come.

    Args:
        jobs: What to measure.
        workers: How many processes do it.
        limit: The most seconds that each may take.
    """
    waiting = iter(jobs)
    busy: list[Worker] = []
    try:
        busy = [_begun(Worker(), job) for _, job in zip(range(workers), waiting, strict=False)]
        while busy:
            wait([worker.connection for worker in busy], _WAIT)
            for worker in tuple(busy):
                result = worker.result(limit)
                if result is None:
                    continue
                busy.remove(worker)
                following = next(waiting, None)
                if following is not None:
                    busy.append(_begun(worker if worker.alive else Worker(), following))
                elif worker.alive:
                    worker.end()
                yield result
    finally:
        for worker in busy:
            worker.end()


def _begun(worker: Worker, job: Job) -> Worker:
    worker.begin(job)
    return worker
