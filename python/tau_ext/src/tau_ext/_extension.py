"""Everything one running extension has registered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ._events import EventRegistry
from ._failure import as_failure, error_text
from ._peer import IncomingRequest, Peer
from ._starting import starter
from ._threads import Authors, Threads
from ._tools import Tool, ToolRegistry
from .contexts import Context, ToolContext
from .errors import TauError, refused
from .log import Log


@dataclass(slots=True)
class Command:
    definition: dict[str, Any]
    execute: Authors
    complete: Authors | None


class ToolRegistration:
    """A tool that was offered. `await registration` returns when the host offers it, and raises when it refuses."""

    def __init__(self, name: str, registered: asyncio.Future[None], remove: Callable[[], Awaitable[None]]) -> None:
        self.name = name
        self._registered = registered
        self.remove = remove
        """Takes the tool away. Calls in flight go on."""

    def __await__(self) -> Any:
        return asyncio.shield(self._registered).__await__()


class Extension:
    def __init__(self, peer: Peer, loop: asyncio.AbstractEventLoop) -> None:
        self.peer = peer
        self.loop = loop
        self.threads = Threads()
        self.log = Log(peer.notify)
        self.tools = ToolRegistry(self.threads, lambda request: ToolContext(peer, self.log, loop, request))
        self.events = EventRegistry(
            self.threads, self.log, lambda request: Context(peer, self.log, loop, request), starter(loop)
        )
        self.commands: dict[str, Command] = {}
        self.flags: dict[str, dict[str, Any]] = {}
        self.traits = {"reload": "parallel", "start": "lazy"}
        self.self_test: Authors | None = None
        self.shutdown_handlers: list[Authors] = []
        self.collect: tuple[Callable[[], Any], int] | None = None
        self.previous: dict[str, Any] | None = None
        self.state_taken = False
        self.setup_done = False
        self._after_setup: asyncio.Future[None] = loop.create_future()

    def describe(self) -> dict[str, Any]:
        """What is told in the answer to hello. From here on, changes are told one by one."""
        self.setup_done = True
        self._after_setup.set_result(None)
        flags = {"flags": list(self.flags.values())} if self.flags else {}
        return {
            "tools": self.tools.definitions(),
            "events": self.events.observed(),
            "hooks": self.events.hooks(),
            "commands": [command.definition for command in self.commands.values()],
            **flags,
            **self.traits,
            "selfTest": self.self_test is not None,
            "state": "none" if self.previous is None else "accepted" if self.state_taken else "declined",
        }

    def must_be_setup(self, what: str) -> None:
        if self.setup_done:
            raise refused(f"Expected {what} during setup, got it later. Only tools may come and go.")

    # --- tools that come and go ---

    def register_tool(self, tool: Tool) -> ToolRegistration:
        definition = self.tools.add(tool)
        name = definition["name"]
        if not self.setup_done:
            return ToolRegistration(name, self._after_setup, lambda: self.remove_tool(name))
        if asyncio._get_running_loop() is not self.loop:
            self.tools.remove(name)
            raise refused(f"Expected tool `{name}` to be registered in an `async def`, got it in a thread.")
        registered: asyncio.Future[None] = self.loop.create_task(self._offer(definition))
        registered.add_done_callback(lambda done: self._note_refusal(name, done))
        return ToolRegistration(name, registered, lambda: self.remove_tool(name))

    async def remove_tool(self, name: str) -> None:
        if self.tools.remove(name) and self.setup_done:
            await self.peer.request("registry/update", {"removeTools": [name]})

    async def _offer(self, definition: dict[str, Any]) -> None:
        await self.peer.request("registry/update", {"addTools": [definition]})

    def _note_refusal(self, name: str, done: asyncio.Future[None]) -> None:
        if done.cancelled() or done.exception() is not None:
            self.tools.remove(name)
            self.log.error(f"The host refused tool {name}: {'cancelled' if done.cancelled() else done.exception()}")

    # --- what the host asks ---

    async def run_command(self, params: dict[str, Any], request: IncomingRequest) -> dict[str, Any]:
        command = self._command(params)
        context = Context(self.peer, self.log, self.loop, request)
        try:
            await command.execute.run(params.get("arguments", ""), context)
        except BaseException as error:
            raise as_failure(error, "cancelled" if request.is_cancelled else "extension-failed") from None
        return {}

    async def complete_command(self, params: dict[str, Any], request: IncomingRequest) -> dict[str, Any]:
        complete = self._command(params).complete
        if complete is None:
            return {"completions": []}
        found = await self._run_authors(complete, request, params.get("prefix", ""))
        return {"completions": [{"value": each} if isinstance(each, str) else each for each in found or []]}

    async def run_self_test(self, _params: dict[str, Any], request: IncomingRequest) -> dict[str, Any]:
        if self.self_test is not None:
            await self._run_authors(self.self_test, request)
        return {}

    async def collect_state(self, _params: dict[str, Any], request: IncomingRequest) -> dict[str, Any]:
        if self.collect is None:
            return {}
        read, version = self.collect
        try:
            # On the loop, where nothing changes meanwhile.
            value = read()
            if isinstance(value, Awaitable):
                value = await value
        except BaseException as error:
            raise as_failure(error, "cancelled" if request.is_cancelled else "extension-failed") from None
        return {"state": {"version": version, "value": value}}

    async def shut_down(self, reason: Any) -> None:
        """All handlers to their end: one that fails is logged and must not cost another what it wants to save."""
        runs = [handler.run(reason) for handler in self.shutdown_handlers]
        for end in await asyncio.gather(*runs, return_exceptions=True):
            if isinstance(end, BaseException):
                self.log.error(f"A shutdown handler failed: {error_text(end)}")

    async def _run_authors(self, function: Authors, request: IncomingRequest, *args: Any) -> Any:
        """Runs code of the author's that no other kind of error is for (X-1)."""
        try:
            return await function.run(*args)
        except BaseException as error:
            raise as_failure(error, "cancelled" if request.is_cancelled else "extension-failed") from None

    def _command(self, params: dict[str, Any]) -> Command:
        name = params.get("command", "")
        if not isinstance(name, str) or name not in self.commands:
            raise TauError("invalid-params", f"This extension has no command `{name}`.")
        return self.commands[name]
