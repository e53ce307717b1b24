"""What an extension can ask of the agent. All of it raises TauError `unavailable` where the host has nothing that could answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from ._peer import Peer
from .fetching import Redirect, Response, describe_request
from .results import ToolResult

Deliver = Literal["steer", "followUp"]


class Link:
    """The way to the host, on behalf of one request of its or of none (C-7)."""

    __slots__ = ("_peer", "_parent")

    def __init__(self, peer: Peer, parent: int | None = None) -> None:
        self._peer = peer
        self._parent = parent

    async def request(self, method: str, params: dict[str, Any], on_progress: Callable[[Any], None] | None = None) -> Any:
        return await self._peer.request(method, params, parent=self._parent, on_progress=on_progress)

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._peer.notify(method, params)


class Ui:
    """
    The user. Prompts wait for an answer; one that is dismissed answers `None`, which is not a yes. Raises TauError `unavailable`
    where there is no user.
    """

    __slots__ = ("_link",)

    def __init__(self, link: Link) -> None:
        self._link = link

    async def confirm(self, title: str, message: str | None = None) -> bool | None:
        return await self._ask("ui/confirm", {"title": title, "message": message})

    async def select(self, title: str, choices: Iterable[str | dict[str, str]]) -> str | None:
        """Answers the chosen option's `value`. A choice is a text, or `{"value": …, "label": …, "description": …}`."""
        options = [{"value": choice} if isinstance(choice, str) else choice for choice in choices]
        return await self._ask("ui/select", {"title": title, "options": options})

    async def input(
        self, title: str, *, placeholder: str | None = None, initial: str | None = None, secret: bool = False
    ) -> str | None:
        """`secret` does not show what is typed."""
        params = {"title": title, "placeholder": placeholder, "initial": initial, "secret": secret or None}
        return await self._ask("ui/input", params)

    async def editor(self, title: str, initial: str | None = None) -> str | None:
        """A text of several lines."""
        return await self._ask("ui/editor", {"title": title, "initial": initial})

    def notify(self, message: str, level: Literal["info", "warn", "error"] | None = None) -> None:
        """Shown once. Dropped where nothing can show it, as all that follow are."""
        self._link.notify("ui/notify", given(message=message, level=level))

    def set_status(self, key: str, text: str | None = None) -> None:
        """A short text that stays, by `key`, until it is replaced, or taken away by leaving `text` out."""
        self._link.notify("ui/status", given(key=key, text=text))

    def set_widget(self, key: str, lines: Iterable[str] | None = None) -> None:
        """Lines that stay, as above."""
        self._link.notify("ui/widget", given(key=key, lines=None if lines is None else list(lines)))

    def set_title(self, text: str | None = None) -> None:
        self._link.notify("ui/title", given(text=text))

    async def _ask(self, method: str, params: dict[str, Any]) -> Any:
        return (await self._link.request(method, given(**params))).get("value")


class Generated(dict[str, Any]):
    """The model's answer: `content`, `stopReason`, `usage`; `text` is all of its text."""

    @property
    def text(self) -> str:
        return "".join(part.get("text", "") for part in self["content"] if part.get("type") == "text")


class Model:
    """The agent's model. What it costs counts against this extension's budget."""

    __slots__ = ("_link",)

    def __init__(self, link: Link) -> None:
        self._link = link

    async def generate(
        self,
        prompt: str | list[dict[str, Any]],
        *,
        system: str | None = None,
        model: str | None = None,
        max_output_tokens: int | None = None,
    ) -> Generated:
        """
        `prompt`: a text, or messages `{"role": "user", "content": [{"type": "text", …}]}`. `model`: `provider/model`, the agent's
        by default. Raises TauError `denied` when the budget is used up.
        """
        messages = [{"role": "user", "content": text_content(prompt)}] if isinstance(prompt, str) else prompt
        params = given(system=system, messages=messages, model=model, maxOutputTokens=max_output_tokens)
        return Generated(await self._link.request("model/generate", params))


class Session:
    """The conversation as the agent keeps it."""

    __slots__ = ("_link",)

    def __init__(self, link: Link) -> None:
        self._link = link

    async def entries(self, after: str | None = None) -> list[dict[str, Any]]:
        """Every entry, oldest first. `after` is the id of the last one seen."""
        return await self._read_all("session/entries", after)

    async def branch(self, after: str | None = None) -> list[dict[str, Any]]:
        """The entries that lead to the present: without branches that were left."""
        return await self._read_all("session/branch", after)

    async def get_name(self) -> str | None:
        name: str | None = (await self._link.request("session/getName", {})).get("name")
        return name

    async def set_name(self, name: str) -> None:
        await self._link.request("session/setName", {"name": name})

    async def _read_all(self, method: str, after: str | None) -> list[dict[str, Any]]:
        """A long session comes in pieces."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self._link.request(method, given(after=after))
            entries = answer["entries"]
            found += entries
            after = entries[-1].get("id") if entries else None
            if not answer.get("more") or not isinstance(after, str):
                return found


class Agent:
    """The agent: its tools, its model, what it is doing."""

    __slots__ = ("_link",)

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get_active_tools(self) -> list[str]:
        tools: list[str] = (await self._link.request("agent/getActiveTools", {}))["tools"]
        return tools

    async def set_active_tools(self, tools: Iterable[str]) -> None:
        """Offers these tools only, from the next turn on."""
        await self._link.request("agent/setActiveTools", {"tools": list(tools)})

    async def get_model(self) -> dict[str, Any]:
        """`{"model": "provider/model", "thinking": …}`"""
        model: dict[str, Any] = await self._link.request("agent/getModel", {})
        return model

    async def set_model(self, model: str, thinking: Literal["off", "low", "medium", "high"] | None = None) -> None:
        """From the next turn on."""
        await self._link.request("agent/setModel", given(model=model, thinking=thinking))

    async def get_context_usage(self) -> dict[str, Any]:
        """`{"usedTokens": …, "windowTokens": …}`"""
        usage: dict[str, Any] = await self._link.request("agent/getContextUsage", {})
        return usage

    async def abort(self) -> None:
        """Ends what the agent does at the moment."""
        await self._link.request("agent/abort", {})

    async def compact(self, instructions: str | None = None) -> None:
        """Summarises the conversation, and returns when that is done."""
        await self._link.request("agent/compact", given(instructions=instructions))

    async def reload(self, extension: str | None = None) -> None:
        """Reloads an extension; this one where none is named."""
        await self._link.request("agent/reload", given(extension=extension))


class Asking:
    """On a context all of it belongs to the call, hook or command: it is given up with it, and the clock stands still while the user is asked."""

    def __init__(self, link: Link) -> None:
        self._link = link

    @property
    def ui(self) -> Ui:
        return Ui(self._link)

    @property
    def model(self) -> Model:
        return Model(self._link)

    @property
    def session(self) -> Session:
        return Session(self._link)

    async def call_tool(
        self,
        tool: str,
        arguments: dict[str, Any] | None = None,
        *,
        on_progress: Callable[[ToolResult], None] | None = None,
    ) -> ToolResult:
        """
        Runs any tool of any extension, through the same hooks as a call of the model's. Raises TauError `unknown-tool`,
        `invalid-arguments`, `denied` when a hook blocks it, `tool-failed` …
        """
        told = None if on_progress is None else (lambda value: on_progress(ToolResult.from_wire(value)))
        params = {"tool": tool, "arguments": arguments or {}}
        return ToolResult.from_wire(await self._link.request("tool/call", params, told))

    async def fetch(
        self,
        url: str,
        *,
        method: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: str | bytes | Any = None,
        redirect: Redirect | None = None,
    ) -> Response:
        """
        Asks a server by way of the host, which in a sandbox is the only way. `method` is GET, or POST with a `body`: a text, bytes, or what
        becomes JSON. Any answer of the server is a Response; `await` cancelled gives the request up. Raises TauError `denied` for a server
        that was not granted, `unavailable` where none was or where it can't be reached, `message-too-large`, `invalid-params`.
        """
        return Response(await self._link.request("http/fetch", describe_request(url, method, headers, body, redirect)))


def given(**fields: Any) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


def text_content(content: str | ToolResult) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content.content
