from __future__ import annotations

import asyncio
import sys
import threading
import time
import unittest
from typing import Any

from tau_ext import DELETE, Ask, Block, ExtensionApi, Modify, TauError, ToolContext, ToolResult

from .harness import Host, with_extension


class Calls(unittest.TestCase):
    def test_a_plain_function_runs_in_a_thread_and_pings_are_answered_meanwhile(self) -> None:
        go = threading.Event()

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            def block(ctx: ToolContext) -> str:
                ctx.progress("begun")
                go.wait()
                return threading.current_thread().name

        async def play(host: Host) -> None:
            _, answer = host.begin("block")
            self.assertEqual(await host.progress.get(), "begun")
            self.assertEqual((await host.ask("ping"))["result"], {})
            self.assertFalse(answer.done())
            go.set()
            self.assertIn("tau-call", (await answer)["result"]["content"][0]["text"])

        with_extension(setup, play)

    def test_a_cancelled_thread_is_answered_when_it_has_ended(self) -> None:
        go = threading.Event()

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            def block(ctx: ToolContext) -> str:
                ctx.progress("begun")
                while not ctx.cancelled:
                    time.sleep(0.001)
                ctx.progress("cancelled")
                go.wait()
                ctx.raise_if_cancelled()
                return "never"

        async def play(host: Host) -> None:
            id, answer = host.begin("block")
            await host.progress.get()
            host.cancel(id)
            self.assertEqual(await host.progress.get(), "cancelled")
            await host.ask("ping")
            self.assertFalse(answer.done())
            go.set()
            self.assertEqual((await answer)["error"]["data"]["kind"], "cancelled")

        with_extension(setup, play)

    def test_an_async_function_hears_of_a_cancel_as_cancelled_error(self) -> None:
        heard: list[str] = []

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def wait(ctx: ToolContext) -> str:
                ctx.progress("begun")
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    heard.append("cancelled")
                    raise
                return "never"

        async def play(host: Host) -> None:
            id, answer = host.begin("wait")
            await host.progress.get()
            host.cancel(id)
            self.assertEqual((await answer)["error"]["code"], 1001)
            self.assertEqual(heard, ["cancelled"])

        with_extension(setup, play)

    def test_a_cancel_in_the_same_read_as_its_request_is_answered(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def wait() -> str:
                await asyncio.Event().wait()
                return "never"

        async def play(host: Host) -> None:
            id, answer = host.begin("wait")
            host.cancel(id)
            self.assertEqual((await answer)["error"]["data"]["kind"], "cancelled")

        with_extension(setup, play)

    def test_an_exception_travels_with_the_traceback_of_the_authors_file_alone(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def fail(how: str) -> str:
                if how == "exit":
                    sys.exit(3)
                if how == "deep":

                    def dive() -> int:
                        return dive() + 1

                    dive()
                if how == "interrupt":
                    raise KeyboardInterrupt
                return {}["missing"]  # type: ignore[no-any-return]

        async def play(host: Host) -> None:
            error = await host.error("fail", how="key")
            self.assertEqual((error["code"], error["message"]), (1003, "KeyError: 'missing'"))
            self.assertIn("test_session.py", error["data"]["stack"])
            self.assertIn('return {}["missing"]', error["data"]["stack"])
            self.assertNotIn("tau_ext/_", error["data"]["stack"].replace("tau_ext/tests", ""))
            self.assertIn("sys.exit(3)", (await host.error("fail", how="exit"))["message"])
            self.assertIn("RecursionError", (await host.error("fail", how="deep"))["message"])
            self.assertEqual((await host.error("fail", how="interrupt"))["message"], "KeyboardInterrupt")
            self.assertEqual((await host.ask("ping"))["result"], {})

        with_extension(setup, play)

    def test_arguments_are_checked_and_results_too(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def give(what: str, n: int = 1) -> Any:
                return {"none": None, "json": ToolResult.json({"a": 1}), "object": object(), "set": ToolResult.text("x", details={1})}[what]

        async def play(host: Host) -> None:
            wrong = await host.error("give", what="json", n="many")
            self.assertEqual((wrong["code"], wrong["data"]["executed"]), (1014, "no"))
            self.assertIn('n: expected a whole number, got "many"', wrong["message"])
            self.assertEqual(await host.call("give", what="json"), '{"a":1}')
            self.assertIn("got None", (await host.error("give", what="none"))["message"])
            unsendable = await host.error("give", what="set")
            self.assertEqual((unsendable["code"], unsendable["data"]["executed"]), (-32603, "yes"))

        with_extension(setup, play)

    def test_a_hundred_threads_run_at_the_same_time(self) -> None:
        barrier = threading.Barrier(100)

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            def meet() -> str:
                barrier.wait(8)
                return "met"

        async def play(host: Host) -> None:
            self.assertEqual(set(await asyncio.gather(*(host.call("meet") for _ in range(100)))), {"met"})

        with_extension(setup, play)


class Asking(unittest.TestCase):
    def test_what_a_call_asks_names_the_call_and_is_given_up_with_it(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def sure(ctx: ToolContext) -> str:
                asyncio.ensure_future(ctx.ui.confirm("Really?"))
                return str(await ctx.ui.select("Which?", ["a", "b"]))

        async def play(host: Host) -> None:
            id, answer = host.begin("sure")
            asked = {request["method"]: request for request in [await host.requests.get(), await host.requests.get()]}
            self.assertEqual(asked["ui/select"]["params"]["meta"], {"parent": id})
            self.assertEqual(asked["ui/select"]["params"]["options"], [{"value": "a"}, {"value": "b"}])
            host.cancel(id)
            given_up = {(await host.requests.get())["params"]["id"], (await host.requests.get())["params"]["id"]}
            self.assertEqual(given_up, {request["id"] for request in asked.values()})
            self.assertEqual((await answer)["error"]["code"], 1001)

        with_extension(setup, play)

    def test_a_plain_function_can_wait_for_an_answer(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            def sure(ctx: ToolContext) -> str:
                return str(ctx.wait_for(ctx.ui.confirm("Really?", "It is final.")))

        async def play(host: Host) -> None:
            _, answer = host.begin("sure")
            asked = await host.requests.get()
            self.assertEqual(asked["params"]["message"], "It is final.")
            host.answer(asked, {"value": True})
            self.assertEqual((await answer)["result"]["content"][0]["text"], "True")

        with_extension(setup, play)

    def test_every_service_is_asked_as_the_protocol_says(self) -> None:
        steps: list[tuple[str, Any, dict[str, Any], Any, Any]] = [
            ("ui/input", lambda api: api.ui.input("Key?", secret=True), {"title": "Key?", "secret": True}, {}, None),
            ("ui/editor", lambda api: api.ui.editor("Text", "a"), {"title": "Text", "initial": "a"}, {"value": "b"}, "b"),
            ("session/getName", lambda api: api.session.get_name(), {}, {"name": "n"}, "n"),
            ("session/setName", lambda api: api.session.set_name("n"), {"name": "n"}, {}, None),
            ("session/append", lambda api: api.append_entry("k", [1]), {"kind": "k", "data": [1]}, {}, None),
            ("agent/getActiveTools", lambda api: api.agent.get_active_tools(), {}, {"tools": ["a"]}, ["a"]),
            ("agent/setActiveTools", lambda api: api.agent.set_active_tools({"a"}), {"tools": ["a"]}, {}, None),
            ("agent/getModel", lambda api: api.agent.get_model(), {}, {"model": "p/m"}, {"model": "p/m"}),
            ("agent/setModel", lambda api: api.agent.set_model("p/m", "low"), {"model": "p/m", "thinking": "low"}, {}, None),
            ("agent/getContextUsage", lambda api: api.agent.get_context_usage(), {}, {"usedTokens": 1}, {"usedTokens": 1}),
            ("agent/abort", lambda api: api.agent.abort(), {}, {}, None),
            ("agent/compact", lambda api: api.agent.compact("short"), {"instructions": "short"}, {}, None),
            ("agent/reload", lambda api: api.agent.reload(), {}, {}, None),
            (
                "message/send",
                lambda api: api.send_message("k", "hi", visible_to_model=False),
                {"kind": "k", "content": [{"type": "text", "text": "hi"}], "visibleToModel": False},
                {},
                None,
            ),
            (
                "message/sendUser",
                lambda api: api.send_user_message("hi", deliver="steer"),
                {"content": [{"type": "text", "text": "hi"}], "deliver": "steer"},
                {},
                None,
            ),
            (
                "tool/call",
                lambda api: api.call_tool("t", {"a": 1}),
                {"tool": "t", "arguments": {"a": 1}},
                {"content": []},
                ToolResult([]),
            ),
            (
                "model/generate",
                lambda api: api.model.generate("hi", max_output_tokens=5),
                {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}], "maxOutputTokens": 5},
                {"content": [{"type": "text", "text": "yo"}], "stopReason": "stop", "usage": {}},
                {"content": [{"type": "text", "text": "yo"}], "stopReason": "stop", "usage": {}},
            ),
        ]
        apis: list[ExtensionApi] = []

        async def play(host: Host) -> None:
            for method, ask, params, result, expected in steps:
                asking = asyncio.ensure_future(ask(apis[0]))
                request = await host.requests.get()
                self.assertEqual((request["method"], request["params"]), (method, params))
                host.answer(request, result)
                self.assertEqual(await asking, expected, method)

        with_extension(apis.append, play)

    def test_a_server_is_asked_by_way_of_the_host(self) -> None:
        apis: list[ExtensionApi] = []
        answer = {
            "status": 404,
            "statusText": "Not Found",
            "url": "http://a.example/x",
            "redirected": True,
            "headers": [
                {"name": "Content-Type", "value": 'text/plain; charset="latin1"'},
                {"name": "Set-Cookie", "value": "a=1"},
                {"name": "set-cookie", "value": "b=2"},
            ],
            "body": "Z3L8bg==",
        }

        async def play(host: Host) -> None:
            asking = asyncio.ensure_future(
                apis[0].fetch("http://a.example/", method="PUT", headers={"x-a": "1"}, body=b"\x00\xff", redirect="follow")
            )
            request = await host.requests.get()
            self.assertEqual(request["method"], "http/fetch")
            headers = [{"name": "x-a", "value": "1"}]
            params = {"url": "http://a.example/", "method": "PUT", "headers": headers, "redirect": "follow", "body": "AP8="}
            self.assertEqual(request["params"], params)
            host.answer(request, answer)
            response = await asking
            self.assertEqual((response.status, response.ok, response.redirected), (404, False, True))
            self.assertEqual((response.url, response.status_text), ("http://a.example/x", "Not Found"))
            self.assertEqual((response.text(), response.bytes()), ("grün", b"gr\xfcn"))
            self.assertEqual(response.headers["set-cookie"], "a=1, b=2")
            self.assertEqual(len(response.header_list), 3)
            with self.assertRaises(ValueError):
                response.json()

        with_extension(apis.append, play)

    def test_a_body_that_is_neither_text_nor_bytes_is_posted_as_json(self) -> None:
        apis: list[ExtensionApi] = []

        async def play(host: Host) -> None:
            asking = asyncio.ensure_future(apis[0].fetch("http://a.example/", body={"a": [1]}))
            request = await host.requests.get()
            headers = [{"name": "content-type", "value": "application/json"}]
            self.assertEqual(request["params"]["method"], "POST")
            self.assertEqual((request["params"]["headers"], request["params"]["body"]), (headers, "eyJhIjogWzFdfQ=="))
            facts = {"status": 200, "statusText": "", "url": "http://a.example/", "redirected": False, "headers": []}
            host.answer(request, {**facts, "body": "eyJvayI6IHRydWV9"})
            self.assertEqual((await asking).json(), {"ok": True})

        with_extension(apis.append, play)

    def test_a_long_session_is_read_in_pieces(self) -> None:
        apis: list[ExtensionApi] = []

        async def play(host: Host) -> None:
            reading = asyncio.ensure_future(apis[0].session.entries())
            host.answer(await host.requests.get(), {"entries": [{"id": "a"}], "more": True})
            second = await host.requests.get()
            self.assertEqual(second["params"], {"after": "a"})
            host.answer(second, {"entries": [{"id": "b"}], "more": False})
            self.assertEqual(await reading, [{"id": "a"}, {"id": "b"}])

        with_extension(apis.append, play)

    def test_two_updates_of_one_key_go_one_after_the_other_and_an_update_may_delete(self) -> None:
        apis: list[ExtensionApi] = []

        async def play(host: Host) -> None:
            area = apis[0].state.session
            both = asyncio.gather(area.update("n", lambda old: old + 1, 0), area.update("n", lambda _old: DELETE))
            kept: Any = None
            for method in ("state/get", "state/set", "state/get", "state/delete"):
                request = await host.requests.get()
                self.assertEqual(request["method"], method)
                if method == "state/set":
                    kept = request["params"]["value"]
                revision = 0 if kept is None else 1
                host.answer(request, {"value": kept, "revision": revision} if method == "state/get" else {"revision": 1})
            self.assertEqual(await both, [1, DELETE])

        with_extension(apis.append, play)


class Events(unittest.TestCase):
    def test_every_answer_of_a_hook_travels_and_anything_else_is_a_failure(self) -> None:
        cases: list[tuple[Any, Any]] = [
            (None, {"action": "continue"}),
            (Block("no"), {"action": "block", "reason": "no"}),
            (Ask("sure?"), {"action": "ask", "prompt": "sure?"}),
            (Modify(input={"a": 1}), {"action": "modify", "value": {"input": {"a": 1}}}),
            ({"block": "no"}, {"action": "block", "reason": "no"}),
            ({"action": "continue"}, {"action": "continue"}),
            (True, None),
            ({"block": "no", "ask": "sure?"}, None),
            ({"action": "allow"}, None),
            ({"block": 1}, None),
        ]
        answers = iter([answer for answer, _ in cases])

        def setup(api: ExtensionApi) -> None:
            @api.on("tool_call", priority=3, on_failure="closed", timeout_ms=500)
            def decide(_event: dict[str, Any]) -> Any:
                return next(answers)

        async def play(host: Host) -> None:
            hook = {"event": "tool_call", "priority": 3, "timeoutMs": 500, "onFailure": "closed"}
            self.assertEqual(host.offer["hooks"], [hook])
            for _, expected in cases:
                answer = await host.hook("tool_call", {"input": {}})
                if expected is None:
                    self.assertEqual(answer["error"]["code"], 1013)
                else:
                    self.assertEqual(answer["result"], expected)

        with_extension(setup, play)

    def test_several_handlers_answer_as_one_hook_each_on_what_the_one_before_it_made(self) -> None:
        def setup(api: ExtensionApi) -> None:
            api.on("input", lambda event: Modify(text=event["text"] + "2"), priority=2)
            api.on("input", lambda event: Modify(text=event["text"] + "1"), priority=1)

        async def play(host: Host) -> None:
            self.assertEqual(host.offer["hooks"], [{"event": "input", "priority": 1}])
            answer = await host.hook("input", {"text": "0"})
            self.assertEqual(answer["result"]["value"], {"text": "012"})

        with_extension(setup, play)

    def test_plain_observers_run_in_the_order_of_the_events_and_a_failing_one_disturbs_nobody(self) -> None:
        seen: list[int] = []
        done = threading.Event()

        def setup(api: ExtensionApi) -> None:
            @api.on("turn_start")
            def hear(event: dict[str, Any]) -> None:
                if event["turn"] == 3:
                    raise ValueError("not three")
                seen.append(event["turn"])
                if event["turn"] == 50:
                    done.set()

        async def play(host: Host) -> None:
            events = [{"name": "turn_start", "payload": {"turn": n}} for n in range(51)]
            host.send({"method": "event/deliver", "params": {"events": events}})
            log = await host.logs.get()
            self.assertIn("The handler of turn_start failed: not three", log["message"])
            self.assertIn("test_session.py", log["data"])
            await asyncio.to_thread(done.wait, 5)
            self.assertEqual(seen, [n for n in range(51) if n != 3])

        with_extension(setup, play)

    def test_what_a_task_raised_and_nobody_awaited_is_logged(self) -> None:
        def setup(api: ExtensionApi) -> None:
            async def broken() -> None:
                raise ValueError("in the background")

            @api.tool(description="d")
            async def start() -> str:
                asyncio.ensure_future(broken())
                return "started"

        async def play(host: Host) -> None:
            await host.call("start")
            log = await host.logs.get()
            self.assertIn("in the background", log["message"])
            self.assertIn("raise ValueError", log["data"])

        with_extension(setup, play)

    def test_names_that_are_none_are_refused_during_setup(self) -> None:
        broken: list[Any] = [
            lambda api: api.on("tool_cal", print),
            lambda api: api.register_tool("a b", "d", {}, print),
            lambda api: [api.register_tool("a", "d", {"type": "object"}, print) for _ in range(2)],
            lambda api: api.declare(reload="never"),
        ]
        for setup in broken:

            async def play(host: Host) -> None:
                self.assertEqual(host.offer["error"]["code"], 1010)
                self.assertEqual(host.offer["error"]["data"]["executed"], "no")

            with_extension(setup, play)


class Life(unittest.TestCase):
    def test_shutdown_runs_every_handler_and_cancels_what_still_runs(self) -> None:
        heard: list[str] = []

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def wait(ctx: ToolContext) -> str:
                ctx.progress("begun")
                try:
                    await asyncio.Event().wait()
                finally:
                    heard.append("cleaned up")
                return "never"

            @api.on_shutdown
            def broken() -> None:
                raise ValueError("while saving")

            @api.on_shutdown
            async def saved(reason: str) -> None:
                heard.append(reason)

        async def play(host: Host) -> None:
            host.begin("wait")
            await host.progress.get()
            self.assertEqual((await host.ask("shutdown", {"reason": "close"}))["result"], {})
            self.assertTrue(await host.ended)
            self.assertEqual(heard, ["close", "cleaned up"])
            self.assertIn("while saving", (await host.logs.get())["message"])

        with_extension(setup, play)

    def test_calls_during_shutdown_are_refused_and_pings_are_not(self) -> None:
        go = asyncio.Event()

        def setup(api: ExtensionApi) -> None:
            @api.tool(description="d")
            async def any() -> str:
                return "x"

            api.on_shutdown(lambda: None)

            @api.on_shutdown
            async def slow() -> None:
                await go.wait()

        async def play(host: Host) -> None:
            _, ending = host.start("shutdown", {"reason": "close"})
            error = await host.error("any")
            self.assertEqual((error["code"], error["data"]["executed"]), (1012, "no"))
            self.assertEqual((await host.ask("ping"))["result"], {})
            go.set()
            self.assertEqual((await ending)["result"], {})

        with_extension(setup, play)

    def test_setup_traits_flags_and_state_are_told(self) -> None:
        def setup(api: ExtensionApi) -> None:
            api.declare(reload="exclusive", start="eager")
            api.register_flag("loud", "Shouts")
            api.register_flag("name", "Whom", "string", "Ada")
            api.self_test(lambda: None)
            self.assertEqual((api.get_flag("loud"), api.get_flag("name"), api.get_flag("none")), (True, "Ada", None))
            self.assertEqual(api.take_state(2), {"n": 1})

        async def play(host: Host) -> None:
            told = {key: host.offer[key] for key in ("reload", "start", "selfTest", "state")}
            self.assertEqual(told, {"reload": "exclusive", "start": "eager", "selfTest": True, "state": "accepted"})
            self.assertEqual([flag["name"] for flag in host.offer["flags"]], ["loud", "name"])
            self.assertEqual((await host.ask("selftest/run"))["result"], {})

        with_extension(setup, play, {"flags": {"loud": True}, "previousState": {"version": 2, "value": {"n": 1}}})

    def test_a_self_test_that_fails_and_a_collect_that_fails_say_so(self) -> None:
        def setup(api: ExtensionApi) -> None:
            @api.self_test
            def test() -> None:
                raise ValueError("not ready")

            @api.on_reload
            async def collect() -> Any:
                raise TauError("denied", "not mine to give")

        async def play(host: Host) -> None:
            self.assertEqual((await host.ask("selftest/run"))["error"]["data"]["kind"], "extension-failed")
            self.assertIn("not mine", (await host.ask("state/collect"))["error"]["message"])

        with_extension(setup, play)

    def test_oddities_on_the_channel_are_told_twenty_times_at_most(self) -> None:
        async def play(host: Host) -> None:
            for _ in range(100):
                host._writer.write(b"garbage\n")
            await host.ask("ping")
            self.assertEqual(host.logs.qsize(), 21)

        with_extension(lambda api: None, play)


if __name__ == "__main__":
    unittest.main()
