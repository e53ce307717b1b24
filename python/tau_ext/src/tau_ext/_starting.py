"""Tasks that begin where they are made, and not in the loop's next turn."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

Start = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]


def starter(loop: asyncio.AbstractEventLoop) -> Start:
    """
    Makes a task of a coroutine and runs it to its first wait. For callbacks of the loop, where no other task is the current one.
    Exceptions are the task's, SystemExit and KeyboardInterrupt excepted.
    """
    if sys.version_info >= (3, 12):
        return functools.partial(asyncio.Task, loop=loop, eager_start=True)
    return _Starter(loop).start


class _Starter:
    """
    Before 3.12. A task asks its loop to call its first step soon. That very step is called at once instead, in the context that was
    asked for: `current_task()`, timeouts and context variables are what they are in any task.
    """

    __slots__ = ("_loop", "_work", "_step", "_context", "_take")

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._take = self._take_step
        self._work: Any = None
        self._step: Any = None
        self._context: Any = None

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        loop, self._work = self._loop, work
        loop.call_soon = self._take
        try:
            task = asyncio.Task(work, loop=loop)
        finally:
            # The method of its class again.
            del loop.call_soon
        step, context = self._step, self._context
        # Nothing of a call is held after it.
        self._work = self._step = self._context = None
        context.run(step)
        return task

    def _take_step(self, callback: Callable[..., Any], *args: Any, context: Context | None = None) -> Any:
        if _work_of(callback) is self._work:
            self._step, self._context = callback, context
            return None
        # The garbage collector may run while a task is made, and in it what other objects do at their end.
        return type(self._loop).call_soon(self._loop, callback, *args, context=context)


def _work_of(callback: Any) -> Any:
    try:
        return callback.__self__.get_coro()
    except AttributeError:
        # Not the step of a task.
        return _NOBODYS


_NOBODYS = object()
