"""The reference extension of spec/transcripts/README.md, which every language has."""

from __future__ import annotations

import asyncio
from typing import Any

from tau_ext import Block, ExtensionApi, Modify, ToolContext, ToolResult

NAMES = ["Ada", "Alan", "Grace"]


async def setup(api: ExtensionApi) -> None:
    if api.config.get("failSetup") is True:
        raise Exception("setup broken on purpose")
    counter: dict[str, int] = api.take_state(1, {"count": 0})
    api.on_reload(lambda: {"count": counter["count"]}, version=1)
    register_tools(api, counter)
    register_hooks(api)
    register_state_tools(api)
    key = api.config.get("greetingKey")
    greeting = await api.state.get(key) if isinstance(key, str) else None
    if isinstance(greeting, str):
        api.log.info(greeting)


def register_tools(api: ExtensionApi, counter: dict[str, int]) -> None:
    @api.tool(description="Answers its text")
    async def echo(text: str) -> str:
        counter["count"] += 1
        return text

    @api.tool(description="Adds two numbers")
    async def add(a: float, b: float) -> ToolResult:
        total = a + b
        whole = int(total) if float(total).is_integer() else total
        return ToolResult.text(str(whole), details={"sum": whole})

    @api.tool(description="Counts to n")
    async def progress(n: int, ctx: ToolContext) -> str:
        for step in range(1, n + 1):
            ctx.progress(f"{step} of {n}")
        return "done"

    @api.tool(description="Waits to be cancelled")
    async def wait() -> str:
        await asyncio.Event().wait()
        return "never"

    @api.tool(description="Fails")
    async def fail() -> str:
        raise Exception("broken on purpose")

    @api.tool(description="Adds a tool")
    async def grow() -> str:
        none = {"type": "object", "properties": {}}
        await api.register_tool("grown", "Was added later", none, lambda _params: "grown")
        return "grown is registered"


def register_hooks(api: ExtensionApi) -> None:
    @api.on("tool_call")
    async def gate(event: dict[str, Any]) -> Block | None:
        command = event["input"].get("command")
        if command == "throw":
            raise Exception("gate broken on purpose")
        if isinstance(command, str) and "rm -rf" in command:
            return Block("rm -rf is not allowed")
        return None

    @api.on("input")
    async def shout(event: dict[str, Any]) -> Modify:
        return Modify(text=event["text"].upper())

    @api.on("session_start")
    async def started(event: dict[str, Any]) -> None:
        api.log.info("session_start", event)

    @api.command(description="Greets somebody", complete=lambda prefix: [name for name in NAMES if name.startswith(prefix)])
    async def greet(args: str) -> None:
        api.log.info(f"Hello, {args}!")


def register_state_tools(api: ExtensionApi) -> None:
    @api.tool(description="Keeps a value")
    async def remember(key: str, value: str) -> str:
        await api.state.set(key, value)
        return "remembered"

    @api.tool(description="Answers what is kept")
    async def recall(key: str) -> str:
        return str(await api.state.get(key, "nothing"))

    @api.tool(description="Takes away what is kept")
    async def forget(key: str) -> str:
        await api.state.delete(key)
        return "forgotten"

    @api.tool(name="list", description="Lists what is kept")
    async def list_keys(prefix: str) -> str:
        return " ".join(await api.state.keys(prefix))

    @api.tool(description="Counts in this session")
    async def count(key: str) -> str:
        return str(await api.state.session.update(key, lambda old: old + 1, 0))


if __name__ == "__main__":
    from tau_ext import serve

    serve(setup, name="reference")
