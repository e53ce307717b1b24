"""What the author's functions are given beside their arguments."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ._peer import IncomingRequest, Peer
from .asking import Asking, Link
from .log import Log
from .results import ToolResult


class Context(Asking):
    """Of one call, hook or command. Cancelling it raises `CancelledError` in an `async def`."""

    def __init__(self, peer: Peer, log: Log, loop: asyncio.AbstractEventLoop, request: IncomingRequest | None = None) -> None:
        super().__init__(Link(peer, None if request is None else request.id))
        self.log = log
        self._request = request
        self._loop = loop

    @property
    def cancelled(self) -> bool:
        """Whether the caller has given up. A plain `def` has to look: nothing can stop its thread but the end of the process."""
        return self._request is not None and self._request.is_cancelled

    def raise_if_cancelled(self) -> None:
        """Raises `CancelledError` when the caller has given up."""
        if self.cancelled:
            raise asyncio.CancelledError

    def wait_for(self, work: Coroutine[Any, Any, Any]) -> Any:
        """For a plain `def`, which can't await: `ctx.wait_for(ctx.ui.confirm("Sure?"))`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class ToolContext(Context):
    @property
    def call_id(self) -> str | None:
        """The model's id of this call, where a model made it."""
        call_id = self._served.params.get("callId")
        return call_id if isinstance(call_id, str) else None

    @property
    def deadline_ms(self) -> float | None:
        """The time for the answer, in milliseconds, when the call was made."""
        meta = self._served.params.get("meta")
        deadline = meta.get("deadlineMs") if isinstance(meta, dict) else None
        return deadline if isinstance(deadline, (int, float)) else None

    def progress(self, partial: str | ToolResult) -> None:
        """Shows how far it is. From any thread; ignored after the answer."""
        result = ToolResult.text(partial) if isinstance(partial, str) else partial
        self._served.progress(result.to_wire())

    @property
    def _served(self) -> IncomingRequest:
        assert self._request is not None
        return self._request
