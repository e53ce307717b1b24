"""Where the author's plain functions run, so that the loop goes on answering."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

#: Threads are made as they are needed. A call that had to wait for another would not run at the same time (M-7).
_MOST_THREADS = 1000


class Threads:
    def __init__(self) -> None:
        self._many = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="tau-call")
        self._one = ThreadPoolExecutor(1, thread_name_prefix="tau-event")

    async def run(self, function: Callable[..., Any], *args: Any, in_order: bool = False, **kwargs: Any) -> Any:
        """
        The result, once the function has ended: a thread can't be cancelled, so a cancel waits for it, and a host that waits
        too long ends the process (C-6). `in_order`: after those that were begun before.
        """
        context = contextvars.copy_context()
        pool = self._one if in_order else self._many
        work = asyncio.get_running_loop().run_in_executor(pool, lambda: context.run(function, *args, **kwargs))
        while True:
            try:
                result = await asyncio.shield(work)
                break
            except asyncio.CancelledError:
                if work.done():
                    raise
        return await result if inspect.isawaitable(result) else result


def is_async(function: Any) -> bool:
    if inspect.iscoroutinefunction(function):
        return True
    return not inspect.isroutine(function) and inspect.iscoroutinefunction(getattr(function, "__call__", None))


def positional_count(function: Callable[..., Any], most: int) -> int:
    """How many of the arguments that could be given it takes. All of them where Python can't tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return most
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return most
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return min(most, sum(parameter.kind in kinds for parameter in parameters))


class Authors:
    """A function of the author's that takes any beginning of the arguments it is offered."""

    __slots__ = ("_function", "_count", "_is_async", "_threads")

    def __init__(self, function: Callable[..., Any], most: int, threads: Threads) -> None:
        self._function = function
        self._count = positional_count(function, most)
        self._is_async = is_async(function)
        self._threads = threads

    @property
    def is_async(self) -> bool:
        return self._is_async

    async def run(self, *args: Any, in_order: bool = False) -> Any:
        given = args[: self._count]
        if self._is_async:
            return await self._function(*given)
        return await self._threads.run(self._function, *given, in_order=in_order)
