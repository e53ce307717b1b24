from __future__ import annotations

import asyncio
import contextvars
import gc
import unittest
from collections.abc import Callable
from typing import Any

from tau_ext._starting import starter

_WORD = contextvars.ContextVar("_WORD", default="none")


def in_callback(do: Callable[[asyncio.AbstractEventLoop], Any]) -> Any:
    """What it answers, called by a loop outside of any task; a task is awaited."""

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        loop.call_soon(lambda: done.set_result(do(loop)))
        answer = await done
        return await answer if isinstance(answer, asyncio.Task) else answer

    return asyncio.run(main())


class Starting(unittest.TestCase):
    def test_work_that_does_not_wait_is_done_when_its_task_is_made(self) -> None:
        async def work() -> str:
            return "done"

        self.assertEqual(in_callback(lambda loop: starter(loop)(work()).result()), "done")

    def test_work_is_the_current_task_in_its_first_step_and_after_it(self) -> None:
        async def work() -> list[Any]:
            before = asyncio.current_task()
            await asyncio.sleep(0)
            return [before, asyncio.current_task()]

        def do(loop: asyncio.AbstractEventLoop) -> Any:
            task = starter(loop)(work())
            self.assertIsNone(asyncio.current_task())
            task.add_done_callback(lambda done: self.assertEqual(done.result(), [task, task]))
            return task

        first, second = in_callback(do)
        self.assertIsNotNone(first)
        self.assertIs(first, second)

    def test_context_variables_are_each_tasks_own(self) -> None:
        async def work(word: str) -> tuple[str, str]:
            before = _WORD.get()
            _WORD.set(word)
            await asyncio.sleep(0)
            return before, _WORD.get()

        def do(loop: asyncio.AbstractEventLoop) -> Any:
            start = starter(loop)
            tasks = [start(work("first")), start(work("second"))]
            self.assertEqual(_WORD.get(), "none")
            return asyncio.ensure_future(_all(tasks))

        self.assertEqual(in_callback(do), [("none", "first"), ("none", "second")])

    def test_a_timeout_that_was_set_in_the_first_step_ends_the_wait(self) -> None:
        async def work() -> str:
            try:
                await asyncio.wait_for(asyncio.Event().wait(), 0.001)
            except asyncio.TimeoutError:
                return "timed out"
            return "never"

        self.assertEqual(in_callback(lambda loop: starter(loop)(work())), "timed out")

    def test_a_cancel_after_the_first_step_is_heard_where_it_waits(self) -> None:
        async def work() -> str:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "cancelled"
            return "never"

        def do(loop: asyncio.AbstractEventLoop) -> Any:
            task = starter(loop)(work())
            task.cancel()
            return task

        self.assertEqual(in_callback(do), "cancelled")

    def test_a_cancel_of_itself_before_the_first_wait_is_heard_at_it(self) -> None:
        async def work() -> str:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                return "cancelled"
            return "never"

        self.assertEqual(in_callback(lambda loop: starter(loop)(work())), "cancelled")

    def test_tasks_that_work_makes_begin_in_the_loop_as_always(self) -> None:
        order: list[str] = []

        async def inner() -> None:
            order.append("inner")

        async def work() -> None:
            task = asyncio.get_running_loop().create_task(inner())
            order.append("outer")
            await task

        in_callback(lambda loop: starter(loop)(work()))
        self.assertEqual(order, ["outer", "inner"])

    def test_callbacks_that_the_garbage_collector_leads_to_meanwhile_run_as_always(self) -> None:
        told: list[str] = []
        goes_on = True

        class Ends:
            def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
                self.itself = self
                self.loop = loop

            def __del__(self) -> None:
                if goes_on:
                    told.append("asked")
                    self.loop.call_soon(told.append, "run")
                    # For the next collection, so that there is one while a task is made.
                    Ends(self.loop)

        async def work(n: int) -> int:
            return n

        def do(loop: asyncio.AbstractEventLoop) -> Any:
            nonlocal goes_on
            Ends(loop)
            start = starter(loop)
            results = [start(work(n)).result() for n in range(200)]
            goes_on = False
            self.assertEqual(results, list(range(200)))
            return loop.create_task(asyncio.sleep(0))

        before = gc.get_threshold()
        gc.set_threshold(1)
        try:
            in_callback(do)
        finally:
            gc.set_threshold(*before)
        self.assertGreater(told.count("asked"), 5)
        self.assertEqual(told.count("run"), told.count("asked"))


async def _all(tasks: list[asyncio.Task[Any]]) -> list[Any]:
    return [await task for task in tasks]


if __name__ == "__main__":
    unittest.main()
