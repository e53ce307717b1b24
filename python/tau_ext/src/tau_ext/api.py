"""What an extension can do."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar, overload

from ._extension import Command, Extension, ToolRegistration
from ._shapes import caller_names
from ._threads import Authors
from ._tools import given_tool, typed_tool
from ._values import show
from .asking import Agent, Asking, Deliver, Link, given, text_content
from .errors import refused
from .results import ToolResult
from .state import State

Function = TypeVar("Function", bound=Callable[..., Any])
_NOTHING: Any = object()


class ExtensionApi(Asking):
    """
    Handed to `setup`. What registers something works during setup and, for tools, later; what asks the agent for something works
    after setup. An `async def` runs on the event loop; a plain `def` runs in a thread, so that it may block.
    """

    def __init__(self, extension: Extension, hello: dict[str, Any]) -> None:
        link = Link(extension.peer)
        super().__init__(link)
        self._extension = extension
        self._given_flags: dict[str, Any] = hello.get("flags") or {}
        self.id: str = hello["extension"]["id"]
        """This extension's id in its host."""
        self.generation: int = hello["extension"]["generation"]
        """Counts the versions of this extension that the host has started, from 1."""
        self.cwd: str = hello["cwd"]
        """The agent's working directory."""
        self.config: dict[str, Any] = hello.get("config") or {}
        """The user's settings for this extension."""
        self.log = extension.log
        self.state = State(link)
        self.agent = Agent(link)
        self.events = Bus(self, link)

    # --- tools ---

    @overload
    def tool(self, function: Function, /) -> Function: ...
    @overload
    def tool(
        self, *, description: str | None = None, name: str | None = None, label: str | None = None, idempotent: bool = False
    ) -> Callable[[Function], Function]: ...
    def tool(
        self,
        function: Any = None,
        /,
        *,
        description: str | None = None,
        name: str | None = None,
        label: str | None = None,
        idempotent: bool = False,
    ) -> Any:
        """
        Offers a function to the model: `@api.tool(description="…")`. Its name, parameters and their types are the function's own;
        without a description its docstring counts. A parameter named `ctx` gets the call's context. Raises TauError
        `registration-refused` for a name, a type or a second tool of the same name that is wrong.
        """

        def register(target: Any) -> Any:
            facts = _facts(target, name or getattr(target, "__name__", ""), description, label, idempotent)
            self._extension.register_tool(typed_tool(target, facts, caller_names(depth)))
            return target

        if function is None:
            depth = 2
            return register
        depth = 3
        return register(function)

    def register_tool(
        self,
        name: str,
        description: str,
        parameters: dict[str, Any] | type,
        execute: Callable[..., Any],
        *,
        label: str | None = None,
        idempotent: bool = False,
    ) -> ToolRegistration:
        """
        Offers a tool with a JSON Schema, or with a dataclass, TypedDict or pydantic model. `execute(params)` or
        `execute(params, ctx)` gets a dict, or a value of the type. `await` the answer to know that the host offers it.
        """
        facts = _facts(execute, name, description, label, idempotent)
        return self._extension.register_tool(given_tool(execute, parameters, facts))

    async def remove_tool(self, name: str) -> None:
        """Takes a tool away. Calls in flight go on."""
        await self._extension.remove_tool(name)

    # --- commands, flags, events ---

    def command(
        self, name: str | None = None, *, description: str | None = None, complete: Callable[..., Any] | None = None
    ) -> Callable[[Function], Function]:
        """
        Offers a `/name` to the user. The function gets everything after the name, as typed, and the context if it takes two
        arguments. `complete(prefix)` answers what could stand at the end: texts, or `{"value": …, "description": …}`.
        """

        def register(function: Function) -> Function:
            found = name or function.__name__.replace("_", "-")
            self.register_command(found, description or inspect.getdoc(function) or "", function, complete=complete)
            return function

        return register

    def register_command(
        self, name: str, description: str, execute: Callable[..., Any], *, complete: Callable[..., Any] | None = None
    ) -> None:
        extension = self._extension
        extension.must_be_setup(f'register_command("{name}")')
        if name in extension.commands:
            raise refused(f"Command `{name}` is registered already by this extension.")
        definition: dict[str, Any] = {"name": name, "description": description}
        if complete is not None:
            definition["completes"] = True
        completing = None if complete is None else Authors(complete, 1, extension.threads)
        extension.commands[name] = Command(definition, Authors(execute, 2, extension.threads), completing)

    def register_flag(
        self, name: str, description: str, type: Literal["boolean", "string"] = "boolean", default: Any = None
    ) -> None:
        """Reads a `--name` of the command line. Only during setup."""
        self._extension.must_be_setup(f'register_flag("{name}")')
        if name in self._extension.flags:
            raise refused(f"Flag `--{name}` is registered already by this extension.")
        self._extension.flags[name] = given(name=name, description=description, type=type, default=default)

    def get_flag(self, name: str) -> Any:
        """What the user gave, or the default. `None` without either, and for flags that were not registered."""
        flag = self._extension.flags.get(name)
        return None if flag is None else self._given_flags.get(name, flag.get("default"))

    def on(
        self,
        event: str,
        handler: Callable[..., Any] | None = None,
        *,
        priority: int | None = None,
        on_failure: Literal["open", "closed"] | None = None,
        timeout_ms: float | None = None,
    ) -> Any:
        """
        Hears of an event or decides on it, as the event's kind in the catalogue says: `@api.on("tool_call")`. Handlers get the
        payload, and the context if they take two arguments. Those that decide answer nothing to let the event pass, or
        `Block(…)`, `Modify(…)`, `Ask(…)`; any other answer, and an exception, is a failure, which for a gate blocks. Lower
        `priority` runs earlier; `on_failure` may tighten the catalogue's value, never loosen it. Only during setup.
        """

        def register(function: Function) -> Function:
            self._extension.must_be_setup(f'on("{event}")')
            self._extension.events.add(event, function, priority, on_failure, timeout_ms)
            return function

        return register if handler is None else register(handler)

    # --- life ---

    def on_reload(self, collect: Any = None, *, version: int = 1) -> Any:
        """
        Hands a value to the next version of this extension when it is reloaded. `version` counts the value's shapes. Runs on the
        event loop also where it is a plain `def`: nothing changes meanwhile.
        """

        def register(function: Function) -> Function:
            self._extension.collect = (function, version)
            return function

        return register if collect is None else register(collect)

    def take_state(self, version: int = 1, default: Any = None) -> Any:
        """
        What the version before handed over, if it has the shape of this number, and the default otherwise. State that nobody takes
        during setup counts as declined.
        """
        previous = self._extension.previous
        if previous is None or previous.get("version") != version:
            return default
        self._extension.state_taken = True
        return previous.get("value")

    def self_test(self, test: Function) -> Function:
        """Runs before this version takes over from the one before it. An exception keeps the one before. Only during setup."""
        self._extension.must_be_setup("self_test(…)")
        self._extension.self_test = Authors(test, 0, self._extension.threads)
        return test

    def declare(
        self, *, reload: Literal["parallel", "exclusive"] | None = None, start: Literal["lazy", "eager"] | None = None
    ) -> None:
        """
        Says how the host has to treat this extension. `reload="exclusive"`: it owns something that two versions can't both have,
        such as a port. `start="eager"`: it does something by itself, so it must run before there is a call. Only during setup.
        """
        self._extension.must_be_setup("declare(…)")
        # A word nobody knows would be a trait nobody honours.
        for trait, word, words in (("reload", reload, ("parallel", "exclusive")), ("start", start, ("lazy", "eager"))):
            if word is not None and word not in words:
                raise refused(f"Expected `{trait}` to be {' or '.join(map(show, words))}, got {show(word)}.")
            if word is not None:
                self._extension.traits[trait] = word

    def on_shutdown(self, handler: Function) -> Function:
        """Runs before the process ends in an orderly way, a few seconds long at most. Gets the reason if it takes an argument."""
        self._extension.shutdown_handlers.append(Authors(handler, 1, self._extension.threads))
        return handler

    # --- the conversation ---

    async def send_message(
        self,
        kind: str,
        content: str | ToolResult,
        *,
        details: Any = None,
        visible_to_model: bool | None = None,
        deliver: Deliver | None = None,
    ) -> None:
        """Puts a message into the conversation that the user sees, and the model too unless told otherwise."""
        params = given(details=details, visibleToModel=visible_to_model, deliver=deliver)
        await self._link.request("message/send", {"kind": kind, "content": text_content(content), **params})

    async def send_user_message(self, text: str, *, deliver: Deliver | None = None) -> None:
        """Says something to the agent as if the user had typed it. While it works: before its next step (`steer`), or afterwards."""
        await self._link.request("message/sendUser", {"content": text_content(text), **given(deliver=deliver)})

    async def append_entry(self, kind: str, data: Any) -> None:
        """Keeps something in the session's file, for this extension to find again with `session.entries()`. The model does not see it."""
        await self._link.request("session/append", {"kind": kind, "data": data})


class Bus:
    """What extensions say to each other. Nobody waits for anybody."""

    def __init__(self, api: ExtensionApi, link: Link) -> None:
        self._api = api
        self._link = link

    def emit(self, channel: str, data: Any) -> None:
        """Heard by the others that listen on the channel."""
        self._link.notify("bus/emit", {"channel": channel, "data": data})

    def on(self, channel: str, handler: Callable[[Any], Any] | None = None) -> Any:
        """Only during setup."""
        return self._api.on(f"bus:{channel}", handler)


Setup = Callable[[ExtensionApi], Awaitable[None] | None]


def _facts(function: Any, name: str, description: str | None, label: str | None, idempotent: bool) -> dict[str, Any]:
    """A tool's definition without its parameters, in the order in which it is written."""
    told = description if description is not None else inspect.getdoc(function)
    if told is None:
        raise refused(f'Expected tool `{name}` to have a description for the model: @api.tool(description="…"), or a docstring.')
    facts: dict[str, Any] = {"name": name, **({} if label is None else {"label": label}), "description": told}
    return {**facts, "idempotent": True} if idempotent else facts
