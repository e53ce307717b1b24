"""One side of the conversation: ids, answers and cancels, and nothing of what the methods mean (groups M and C)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any

from ._channel import AFTER_READING, AT_ONCE, SOON, Channel
from ._failure import as_failure
from ._framing import Fault, Message, Oversized, encode_answer, encode_line, owner_of
from ._starting import starter
from .errors import TauError, from_wire, to_wire

Params = dict[str, Any]


class IncomingRequest:
    """A request of the other side, from its arrival to the one answer."""

    __slots__ = ("id", "params", "is_cancelled", "is_beginning", "_peer", "task")

    def __init__(self, peer: Peer, id: int, params: Params) -> None:
        self.id = id
        self.params = params
        self.is_cancelled = False
        self.is_beginning = True
        self._peer = peer
        self.task: asyncio.Task[None] | None = None

    def progress(self, value: Any) -> None:
        """Ignored after the answer (C-2)."""
        self._peer.send_progress(self.id, value)


#: Answers a request with its result, or raises. A coroutine takes its time, anything else is the result.
Handler = Callable[[Params, IncomingRequest], Any]


class Peer:
    """Used on the thread of its loop only, `notify` excepted."""

    def __init__(
        self,
        channel: Channel,
        loop: asyncio.AbstractEventLoop,
        *,
        requests: dict[str, Handler],
        notifications: dict[str, Callable[[Params], None]],
        on_fault: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._loop = loop
        self._requests = requests
        self._notifications = notifications
        self._on_fault = on_fault
        self._on_end = on_end
        self._last_sent = 0
        self._last_seen = 0
        self._pending: dict[int, _Pending] = {}
        self._served: dict[int, IncomingRequest] = {}
        self._start = starter(loop)
        channel.listen(loop, self._receive, self._receive_fault, self._receive_end)

    # --- asking ---

    async def request(
        self,
        method: str,
        params: Params,
        *,
        parent: int | None = None,
        on_progress: Callable[[Any], None] | None = None,
    ) -> Any:
        """The result. Raises TauError for every failure. Cancelling the caller cancels the request."""
        if self._channel.closed:
            raise TauError("unavailable", f"The channel closed before `{method}` was sent.", executed="no")
        if self._channel.is_overloaded:
            text = f"Too much waits to be read by the host, so `{method}` was not sent. Try again later."
            raise TauError("overloaded", text, executed="no", retryable=True)
        if parent is not None:
            params = {**params, "meta": {**params.get("meta", {}), "parent": parent}}
        id = self._last_sent = self._last_sent + 1
        answer: asyncio.Future[Any] = self._loop.create_future()
        try:
            self._channel.send(encode_line({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
        except (TypeError, ValueError, RecursionError) as error:
            text = f"Expected params for `{method}` that are JSON, got ones that are not: {error}"
            raise TauError("invalid-params", text, executed="no") from None
        self._pending[id] = _Pending(answer, parent, on_progress)
        try:
            return await answer
        except asyncio.CancelledError:
            if self._pending.pop(id, None) is not None:
                self.notify("$/cancel", {"id": id, "reason": "cancelled"})
            raise

    def notify(self, method: str, params: Params) -> None:
        """From any thread. Never fails: what the channel can't take is dropped."""
        if asyncio._get_running_loop() is not self._loop:
            self._loop.call_soon_threadsafe(self.notify, method, params)
            return
        if self._channel.is_overloaded:
            return
        try:
            self._channel.send(encode_line({"jsonrpc": "2.0", "method": method, "params": params}))
        except Exception as error:
            self._on_fault(f"A `{method}` could not be sent: {error}")

    def send_progress(self, id: int, value: Any) -> None:
        if asyncio._get_running_loop() is not self._loop:
            self._loop.call_soon_threadsafe(self.send_progress, id, value)
        elif id in self._served:
            self.notify("$/progress", {"id": id, "value": value})

    def set_max_send_bytes(self, count: int) -> None:
        self._channel.max_send_bytes = count

    def cancel_all(self) -> list[asyncio.Task[None]]:
        """Cancels what is being worked on, and tells what that was."""
        tasks = [request.task for request in self._served.values() if request.task is not None]
        for id in list(self._served):
            self._cancel(id)
        return tasks

    # --- receiving ---

    def _receive(self, message: Message) -> None:
        method, id, params = message.get("method"), message.get("id"), message.get("params")
        if isinstance(method, str):
            if not isinstance(params, dict):
                params = {}
            if "id" not in message:
                self._receive_notification(method, params)
            elif type(id) is not int or not 1 <= id < 2**53:
                self._on_fault(f"Ignored a request `{method}` with the id {id!r}")
            else:
                self._serve(id, self._requests.get(method) or _unknown(method), params)
        elif id is None:
            self._on_fault(f"Ignored a message that is neither request nor answer: {str(message)[:200]}")
        elif type(id) is not int or not self._settle(id, message):
            self._on_fault(f"Ignored an answer to the request {id!r}, which nobody waits for")

    def _receive_notification(self, method: str, params: Params) -> None:
        id = params.get("id")
        if method == "$/cancel":
            # A cancel may cross the answer on its way: an unknown id is no fault (C-5).
            if isinstance(id, int):
                self._cancel(id)
            return
        if method == "$/progress":
            pending = self._pending.get(id) if isinstance(id, int) else None
            if pending is not None and pending.on_progress is not None:
                self._shielded(method, pending.on_progress, params.get("value"))
            return
        handler = self._notifications.get(method)
        if handler is not None:
            self._shielded(method, handler, params)

    def _shielded(self, method: str, handler: Callable[[Any], None], value: Any) -> None:
        """What an author's code raises must not reach the channel's reader."""
        try:
            handler(value)
        except Exception as error:
            self._on_fault(f"The handler of `{method}` failed: {error}")

    def _receive_fault(self, fault: Fault | Oversized) -> None:
        if isinstance(fault, Fault):
            self._on_fault(f"Ignored {fault.kind}: {fault.text[:200]}")
            return
        self._on_fault(f"Skipped a line of {fault.length} bytes, which is more than this side reads")
        owner = owner_of(fault.head)
        if owner is None:
            return
        is_request, id = owner
        text = f"The {'request' if is_request else 'answer'} was a line of {fault.length} bytes, which is more than this side reads."
        error = TauError("message-too-large", text, executed="no" if is_request else "yes")
        if is_request:
            self._serve(id, _raising(error), {})
        else:
            pending = self._pending.pop(id, None)
            if pending is not None:
                pending.fail(error)

    def _receive_end(self) -> None:
        self._channel.closed = True
        for pending in self._pending.values():
            pending.fail(TauError("unavailable", "The channel closed before the host answered."))
        self._pending.clear()
        self._on_end()

    # --- answering ---

    def _serve(self, id: int, handler: Handler, params: Params) -> None:
        if id <= self._last_seen:
            self._on_fault(f"Ignored a request with the id {id}, which was used before")
            return
        self._last_seen = id
        request = IncomingRequest(self, id, params)
        try:
            answer = handler(params, request)
        except Exception as error:
            self._fail(request, error)
            return
        if type(answer) is not CoroutineType:
            self._succeed(request, answer)
            return
        self._served[id] = request
        # Work begins in the order in which it was asked for (M-7), and what does not wait costs no turn of the loop.
        request.task = self._start(self._run(request, answer))
        request.is_beginning = False
        if request.is_cancelled:
            # By a cancel that was read within it: see `MessageDecoder`.
            request.task.cancel()

    async def _run(self, request: IncomingRequest, work: Coroutine[Any, Any, Any]) -> None:
        try:
            result = await work
        except BaseException as error:
            # All of them: a cancel is an answer too, and whatever a tool raises must not end the loop.
            self._served.pop(request.id, None)
            self._fail(request, error)
        else:
            self._served.pop(request.id, None)
            self._succeed(request, result)

    def _succeed(self, request: IncomingRequest, result: Any) -> None:
        try:
            self._send_answer(request, encode_answer(request.id, result))
        except Exception as error:
            # Too large, or not JSON: the work is done, only its answer can't be told (F-8).
            kind = error.kind if isinstance(error, TauError) else "internal-error"
            self._fail(request, TauError(kind, f"The work was done, but its result can't be sent: {error}", executed="yes"))

    def _fail(self, request: IncomingRequest, error: BaseException) -> None:
        known = error if isinstance(error, TauError) else as_failure(error, "internal-error")
        try:
            self._send_answer(request, encode_line({"jsonrpc": "2.0", "id": request.id, "error": to_wire(known)}))
        except Exception:
            self._fail_shortly(request, known)

    def _fail_shortly(self, request: IncomingRequest, error: TauError) -> None:
        """The error itself can't be told either, such as its detail: says what kind it was."""
        short = TauError(error.kind, "The error of this request could not be sent.", executed=error.executed)
        try:
            self._send_answer(request, encode_line({"jsonrpc": "2.0", "id": request.id, "error": to_wire(short)}))
        except TauError:
            # The other side reads lines of a few bytes only. What it asks for must not end this side.
            pass

    def _send_answer(self, request: IncomingRequest, line: bytes) -> None:
        if request.is_beginning:
            # It was read just now, and others with it perhaps.
            self._channel.send(line, AFTER_READING)
        else:
            # Where nobody else is being served, no other line could leave with it.
            self._channel.send(line, SOON if self._served else AT_ONCE)

    def _cancel(self, id: int) -> None:
        request = self._served.get(id)
        if request is None or request.is_cancelled:
            return
        request.is_cancelled = True
        if request.task is not None:
            request.task.cancel()
        # Also those that were made in a task of the author's (C-7).
        for own, pending in list(self._pending.items()):
            if pending.parent == id:
                del self._pending[own]
                self.notify("$/cancel", {"id": own, "reason": "cancelled"})
                pending.answer.cancel()

    def _settle(self, id: int, message: Message) -> bool:
        pending = self._pending.pop(id, None)
        if pending is None:
            return False
        error = message.get("error")
        if error is not None:
            pending.fail(from_wire(error))
        elif "result" in message:
            if not pending.answer.done():
                pending.answer.set_result(message["result"])
        else:
            pending.fail(TauError("internal-error", "Expected an answer with `result` or `error`, got neither."))
        return True


class _Pending:
    """A request of this side that waits for its answer."""

    __slots__ = ("answer", "parent", "on_progress")

    def __init__(
        self, answer: asyncio.Future[Any], parent: int | None, on_progress: Callable[[Any], None] | None
    ) -> None:
        self.answer = answer
        self.parent = parent
        self.on_progress = on_progress

    def fail(self, error: TauError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


def _unknown(method: str) -> Handler:
    text = f"Expected a method this side knows, got `{method}`."
    return _raising(TauError("method-not-found", text, executed="no"))


def _raising(error: TauError) -> Handler:
    def refuse(_params: Params, _request: IncomingRequest) -> Any:
        raise error

    return refuse
