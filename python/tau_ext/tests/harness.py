"""A host in the same loop as the extension, over a real socket."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from tau_ext._channel import Channel
from tau_ext._session import Session

HELLO: dict[str, Any] = {
    "protocol": {"min": 1, "max": 1},
    "host": {"name": "test", "version": "1"},
    "extension": {"id": "tested", "generation": 1},
    "cwd": "/somewhere",
    "limits": {"maxLineBytes": 2**24},
    "services": [],
}


class Host:
    """Speaks lines, and keeps everything that was said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._last = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.offer: dict[str, Any] = {}
        self.channel: Channel | None = None
        self.said: list[dict[str, Any]] = []
        self.requests: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.progress: asyncio.Queue[str] = asyncio.Queue()
        self.logs: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def listen(self) -> None:
        while line := await self._reader.readline():
            message = json.loads(line)
            self.said.append(message)
            method = message.get("method")
            if method is None:
                self._answers.pop(message["id"]).set_result(message)
            elif method == "$/progress":
                self.progress.put_nowait(message["params"]["value"]["content"][0]["text"])
            elif method == "log":
                self.logs.put_nowait(message["params"])
            else:
                self.requests.put_nowait(message)

    def send(self, message: dict[str, Any]) -> None:
        self._writer.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def send_now(self, message: dict[str, Any]) -> None:
        """For a tool of the extension, which runs in the same loop."""
        line = json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
        os.write(self._writer.get_extra_info("socket").fileno(), line)

    def expect(self, id: int) -> asyncio.Future[dict[str, Any]]:
        future = self._answers[id] = asyncio.get_running_loop().create_future()
        return future

    def start(self, method: str, params: dict[str, Any]) -> tuple[int, asyncio.Future[dict[str, Any]]]:
        self._last += 1
        future = self.expect(self._last)
        self.send({"id": self._last, "method": method, "params": params})
        return self._last, future

    async def ask(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self.start(method, params or {})[1]

    def begin(self, tool: str, **arguments: Any) -> tuple[int, asyncio.Future[dict[str, Any]]]:
        return self.start("tool/execute", {"tool": tool, "arguments": arguments})

    async def call(self, tool: str, **arguments: Any) -> str:
        answer = await self.begin(tool, **arguments)[1]
        return answer["result"]["content"][0]["text"] if "result" in answer else answer["error"]["message"]

    async def error(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return (await self.begin(tool, **arguments)[1])["error"]

    async def hook(self, event: str, payload: dict[str, Any]) -> dict[str, Any]:
        return await self.ask("hook/run", {"event": event, "payload": payload})

    def cancel(self, id: int) -> None:
        self.send({"method": "$/cancel", "params": {"id": id}})

    def answer(self, request: dict[str, Any], result: Any) -> None:
        self.send({"id": request["id"], "result": result})


def with_extension(
    setup: Any, play: Callable[[Host], Awaitable[None]], hello: dict[str, Any] | None = None, *, greet: bool = True
) -> None:
    """Runs an extension, and what a host does with it, for ten seconds at most."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        fd = theirs.detach()
        os.set_blocking(fd, False)
        channel = Channel(fd, fd)
        host = Host(*await asyncio.open_connection(sock=ours, limit=2**25))
        host.channel = channel
        Session(
            channel,
            loop,
            load_setup=lambda: setup,
            name="tested",
            version="1.2.3",
            on_end=lambda asked: host.ended.done() or host.ended.set_result(asked),
        )
        listening = asyncio.ensure_future(host.listen())
        if greet:
            answer = await host.ask("hello", {**HELLO, **(hello or {})})
            host.offer = answer.get("result", answer)
        try:
            await asyncio.wait_for(play(host), 10)
        finally:
            listening.cancel()
            loop.remove_reader(fd)
            os.close(fd)
            host._writer.close()

    asyncio.run(main())
