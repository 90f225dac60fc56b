"""Exceptions that never reach the test they were raised for: in a thread, or in a task that nobody awaits."""

from __future__ import annotations

import sys

# Where Python's own threads and pools catch what their work raises. What is asked for passes further frames.
_CATCHES = ("threading", "concurrent.futures.thread", "multiprocessing.pool")


def tasks() -> tuple[object, ...]:
    """The tasks of asyncio's loop that runs here: what one raises, another may wait for."""
    asyncio = sys.modules.get("asyncio")
    # Without a loop there is nothing to raise for, so its absence is no exception here.
    loop = None if asyncio is None else asyncio._get_running_loop()
    return () if asyncio is None or loop is None else tuple(asyncio.all_tasks(loop))


def is_lost(error: BaseException, waiting: tuple[object, ...]) -> bool:
    """Whether an exception ended a thread, a pool's work or a task, and nobody asked for it.

    One that the user's own code caught is theirs, be it in a thread.

    Args:
        error: An exception that was raised.
        waiting: The tasks that there were then.
    """
    traceback = error.__traceback__
    if traceback is not None and traceback.tb_frame.f_globals.get("__name__") in _CATCHES:
        return True
    return any(
        getattr(task, "_exception", None) is error and getattr(task, "_log_traceback", False) for task in waiting
    )
