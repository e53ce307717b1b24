from __future__ import annotations

import asyncio
import contextvars
import threading
import unittest
from typing import Any
from unittest import mock

from tau_ext import ExtensionApi
from tau_ext._channel import Channel

from .harness import Host, with_extension

_WHOSE = contextvars.ContextVar("_WHOSE", default="nobody's")


def event(name: str, **payload: Any) -> dict[str, Any]:
    return {"method": "event/deliver", "params": {"events": [{"name": name, "payload": payload}]}}


class Order(unittest.TestCase):
    """What was sent in one go is read in one go."""

    def test_events_and_calls_begin_in_the_order_in_which_they_came(self) -> None:
        order: list[str] = []

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def note(text: str) -> str:
                order.append(text)
                await asyncio.sleep(0)
                return text

            @api.on("turn_end")
            async def hear(payload: dict[str, Any]) -> None:
                order.append(payload["text"])
                await asyncio.sleep(0)

        async def play(host: Host) -> None:
            host.send(event("turn_end", text="1"))
            first = host.begin("note", text="2")[1]
            host.send(event("turn_end", text="3"))
            second = host.begin("note", text="4")[1]
            await asyncio.gather(first, second)
            self.assertEqual(order, ["1", "2", "3", "4"])

        with_extension(setup, play)

    def test_answers_that_need_no_waiting_leave_in_one_write(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def echo(text: str) -> str:
                return text

        async def play(host: Host) -> None:
            writes: list[int] = []
            flush = Channel.flush

            def counted(channel: Channel) -> None:
                writes.append(len(channel._queue))
                flush(channel)

            with mock.patch.object(Channel, "flush", counted):
                answers = [host.begin("echo", text=str(n))[1] for n in range(9)] + [host.start("ping", {})[1]]
                told = [answer["result"] for answer in await asyncio.gather(*answers)]
            self.assertEqual([each["content"][0]["text"] for each in told[:9]], [str(n) for n in range(9)])
            self.assertEqual((told[9], writes), ({}, [10]))

        with_extension(setup, play)

    def test_each_call_is_a_task_with_context_variables_of_its_own(self) -> None:
        tasks: list[Any] = []

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def claim(name: str, waits: bool) -> str:
                tasks.append(asyncio.current_task())
                before = _WHOSE.get()
                _WHOSE.set(name)
                if waits:
                    await asyncio.sleep(0)
                return f"{before}, {_WHOSE.get()}"

        async def play(host: Host) -> None:
            names = ["a", "b", "c", "d"]
            calls = [host.call("claim", name=name, waits=name in "bc") for name in names]
            self.assertEqual(await asyncio.gather(*calls), [f"nobody's, {name}" for name in names])
            self.assertEqual(len({*tasks} - {None}), 4)

        with_extension(setup, play)

    def test_whatever_a_handler_of_events_raises_costs_nothing_that_came_after_it(self) -> None:
        kinds: dict[str, type[BaseException]] = {"s": SystemExit, "k": KeyboardInterrupt, "v": ValueError}

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def echo(text: str) -> str:
                return text

            @api.on("turn_end")
            async def fail(payload: dict[str, Any]) -> None:
                raise kinds[payload["kind"]]("on purpose")

        async def play(host: Host) -> None:
            for kind in kinds:
                host.send(event("turn_end", kind=kind))
            self.assertEqual(await host.call("echo", text="here"), "here")
            logs = [(await host.logs.get())["message"] for _ in kinds]
            self.assertTrue(all("handler of turn_end failed" in log for log in logs), logs)

        with_extension(setup, play)

    def test_a_tool_that_runs_the_loop_within_itself_gets_the_messages_behind_its_own_in_their_order(self) -> None:
        order: list[str] = []
        hosts: list[Host] = []

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def nested() -> str:
                order.append("begins")
                # As nest_asyncio does: nobody is the current task while the loop runs, and it reads when something has come.
                loop, task = asyncio.get_running_loop(), asyncio.current_task()
                assert task is not None and hosts[0].channel is not None
                asyncio.tasks._leave_task(loop, task)
                hosts[0].send_now({"id": 99, "method": "tool/execute", "params": {"tool": "note", "arguments": {"text": "99"}}})
                hosts[0].channel.read()
                asyncio.tasks._enter_task(loop, task)
                order.append("goes on")
                await asyncio.Event().wait()
                return "never"

            @api.tool(description="d")
            async def note(text: str) -> str:
                order.append(text)
                return text

        async def play(host: Host) -> None:
            hosts.append(host)
            id, answer = host.begin("nested")
            notes = [host.begin("note", text=str(n))[1] for n in range(3)]
            host.cancel(id)
            notes.append(host.expect(99))
            await asyncio.gather(*notes)
            self.assertEqual((await answer)["error"]["data"]["kind"], "cancelled")
            self.assertEqual(order, ["begins", "0", "1", "2", "99", "goes on"])

        with_extension(setup, play)

    def test_a_thread_of_a_plain_function_is_answered_while_the_loop_has_nothing_else_to_do(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            def where() -> str:
                return threading.current_thread().name

        async def play(host: Host) -> None:
            self.assertRegex(await host.call("where"), "tau-call")

        with_extension(setup, play)


if __name__ == "__main__":
    unittest.main()
