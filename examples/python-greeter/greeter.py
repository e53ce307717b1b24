# /// script
# requires-python = ">=3.10"
# ///
"""Greets people, one by one, and keeps count of whom it has greeted."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from tau_ext import Block, ExtensionApi, ToolContext, ToolResult

GREETINGS = {"plain": "Hello", "formal": "Good day", "warm": "How nice to see you"}


async def setup(api: ExtensionApi) -> None:
    @api.tool(description="Greets everybody on a list, with a pause after each")
    async def greet(
        names: Annotated[list[str], "whom to greet"],
        ctx: ToolContext,
        tone: Literal["plain", "formal", "warm"] = "plain",
        pause_ms: float = 0,
    ) -> ToolResult:
        lines = []
        for name in names:
            lines.append(f"{GREETINGS[tone]}, {name}!")
            ctx.progress(lines[-1])
            # What cancels the call ends the pause.
            await asyncio.sleep(pause_ms / 1000)
            await api.state.update("greeted", lambda count: count + 1, default=0)
        return ToolResult.text("\n".join(lines), details={"greeted": await api.state.get("greeted", 0)})

    @api.on("tool_call")
    async def spare_the_boss(event: dict[str, Any]) -> Block | None:
        if event["tool"] == "greet" and "Boss" in event["input"].get("names", []):
            return Block("The boss does not like to be greeted.")
        return None
