"""The reference extension of spec/transcripts/README.md, which every language has."""

from __future__ import annotations

import asyncio
from typing import Any

from tau_ext import Ask, Block, ExtensionApi, Modify, ToolContext, ToolResult

NAMES = ["Ada", "Alan", "Grace"]
DECIDED = [
    "session_before_compact",
    "input",
    "before_agent_start",
    "context",
    "before_provider_request",
    "tool_call",
    "tool_result",
    "user_bash",
]


async def setup(api: ExtensionApi) -> None:
    if api.config.get("failSetup") is True:
        raise Exception("setup broken on purpose")
    counter: dict[str, int] = api.take_state(1, {"count": 0})
    api.on_reload(lambda: {"count": counter["count"]}, version=1)
    register_tools(api, counter)
    if api.config.get("hooks") is True:
        register_all_hooks(api)
    else:
        register_hooks(api)
    register_observers(api)
    register_state_tools(api)
    register_asking_tools(api)

    @api.tool(description="Answers the counter")
    async def total() -> str:
        return str(counter["count"])

    register_self_test(api)
    api.on_shutdown(lambda: api.log.info("shutdown"))
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


def register_all_hooks(api: ExtensionApi) -> None:
    """Each answers what the payload tells it to."""

    async def decide(event: dict[str, Any]) -> Block | Ask | Modify | None:
        answer = event["answer"]
        if answer["action"] == "throw":
            raise Exception("hook broken on purpose")
        if answer["action"] == "block":
            return Block(answer["reason"])
        if answer["action"] == "ask":
            return Ask(answer["prompt"])
        if answer["action"] == "modify":
            return Modify(answer["value"])
        return None

    for name in DECIDED:
        api.on(name)(decide)


def register_observers(api: ExtensionApi) -> None:
    @api.on("session_start")
    async def started(event: dict[str, Any]) -> None:
        api.log.info("session_start", event)

    @api.events.on("reference")
    async def heard(data: Any) -> None:
        api.log.info("bus", data)

    @api.command(description="Greets somebody", complete=lambda prefix: [name for name in NAMES if name.startswith(prefix)])
    async def greet(args: str) -> None:
        if args == "throw":
            raise Exception("greeting broken on purpose")
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


def register_asking_tools(api: ExtensionApi) -> None:
    @api.tool(description="Asks the user")
    async def ask(title: str, ctx: ToolContext) -> str:
        return "yes" if await ctx.ui.confirm(title) else "no"

    @api.tool(description="Calls another tool")
    async def relay(tool: str, text: str, ctx: ToolContext) -> str:
        result = await ctx.call_tool(tool, {"text": text})
        return "".join(part.get("text", "") for part in result.content)

    @api.tool(description="Asks the model")
    async def think(prompt: str, ctx: ToolContext) -> str:
        return (await ctx.model.generate(prompt)).text

    @api.tool(description="Tells other extensions")
    async def emit(text: str) -> str:
        api.events.emit("reference", {"text": text})
        return "emitted"

    @api.tool(name="fetch", description="Asks a server")
    async def ask_server(url: str, body: str, ctx: ToolContext) -> str:
        response = await ctx.fetch(url, method="POST", headers={"x-kind": "reference"}, body=body)
        return f"{response.status} {response.headers.get('x-kind')} {response.text()}"

    @api.tool(name="print", description="Prints")
    async def print_text(text: str) -> str:
        print(text)
        return "printed"


def register_self_test(api: ExtensionApi) -> None:
    wanted = api.config.get("selfTest")
    if wanted not in ("pass", "fail"):
        return

    @api.self_test
    async def check() -> None:
        if wanted == "fail":
            raise Exception("self-test broken on purpose")


if __name__ == "__main__":
    from tau_ext import serve

    serve(setup, name="reference")
