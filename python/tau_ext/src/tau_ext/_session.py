"""The extension's side of the conversation, from `hello` to the end of the channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ._channel import Channel
from ._extension import Extension
from ._failure import as_failure, error_text, stack_of
from ._framing import DEFAULT_MAX_LINE_BYTES
from ._peer import Handler, IncomingRequest, Params, Peer
from .api import ExtensionApi
from .errors import TauError

VERSION = "0.1.0"
_PROTOCOL = 1
#: A peer that talks nonsense tends to go on: the first oddities are told in full.
_MOST_FAULTS_TOLD = 20
#: How long work that was cancelled at the end has to clean up, in seconds.
_CLEANUP_S = 0.2


class Session:
    """`on_end` is called once, when the process has no reason to live on; `True`: the host asked for it."""

    def __init__(
        self,
        channel: Channel,
        loop: asyncio.AbstractEventLoop,
        *,
        load_setup: Callable[[], Any],
        name: str,
        version: str,
        on_end: Callable[[bool], None],
    ) -> None:
        self._channel = channel
        self._load_setup = load_setup
        self._facts = {"name": name, "version": version}
        self._on_end = on_end
        self._phase = "new"
        self._faults = 0
        requests: dict[str, Handler] = {
            "hello": self._answer_hello,
            # Answered here, apart from any tool: an answer proves that this process's event loop turns (L-1, L-2).
            "ping": lambda _params, _request: {},
            "shutdown": self._shut_down,
        }
        self._peer = Peer(
            channel,
            loop,
            requests=requests,
            notifications={"event/deliver": lambda params: self._extension.events.deliver(params)},
            on_fault=self._note_fault,
            on_end=lambda: on_end(False),
        )
        self._extension = extension = Extension(self._peer, loop)
        #: What is done between hello and shutdown only.
        self._work: dict[str, Handler] = {
            "tool/execute": extension.tools.execute,
            "hook/run": extension.events.decide,
            "command/run": extension.run_command,
            "command/complete": extension.complete_command,
            "state/collect": extension.collect_state,
            "selftest/run": extension.run_self_test,
        }
        self._requests = requests
        self._refuse_work(_hello_first)
        loop.set_exception_handler(self._note_uncaught)

    def _refuse_work(self, error: Callable[[], TauError]) -> None:
        def refuse(_params: Params, _request: IncomingRequest) -> Any:
            raise error()

        self._requests.update(dict.fromkeys(self._work, refuse))

    async def _answer_hello(self, hello: Params, _request: IncomingRequest) -> dict[str, Any]:
        """Runs the author's setup and tells the host all that it registered (H-2)."""
        if self._phase != "new":
            raise TauError("invalid-request", "Expected one `hello`, got a second one.", executed="no")
        if not _speaks(hello.get("protocol")):
            raise _protocol_mismatch(hello.get("protocol"))
        self._phase = "setup"
        limits = hello.get("limits")
        self._peer.set_max_send_bytes((limits or {}).get("maxLineBytes", DEFAULT_MAX_LINE_BYTES))
        self._extension.previous = hello.get("previousState")
        try:
            setup = self._load_setup()
            done = setup(ExtensionApi(self._extension, hello))
            if asyncio.iscoroutine(done) or asyncio.isfuture(done):
                await done
        except BaseException as error:
            # Also sys.exit() and a cancel of the author's own: the host is told why nothing starts (H-4).
            raise error if _is_setup_failure(error) else as_failure(error, "setup-failed") from None
        if self._phase == "setup":
            self._phase = "ready"
            self._requests.update(self._work)
        return {
            "protocol": _PROTOCOL,
            **self._facts,
            "sdk": {"name": "tau-ext", "version": VERSION, "language": "python"},
            "limits": {"maxLineBytes": DEFAULT_MAX_LINE_BYTES},
            **self._extension.describe(),
        }

    def _shut_down(self, params: Params, request: IncomingRequest) -> Any:
        if self._phase in ("new", "stopping"):
            raise _hello_first() if self._phase == "new" else _shutting_down()
        self._phase = "stopping"
        self._refuse_work(_shutting_down)
        return self._finish(params.get("reason"), request)

    async def _finish(self, reason: Any, request: IncomingRequest) -> dict[str, Any]:
        await self._extension.shut_down(reason)
        request.task = None
        asyncio.get_running_loop().create_task(self._end())
        return {}

    async def _end(self) -> None:
        """After the answer: the channel's end tells the host that this process is done. What still runs is cancelled (L-5)."""
        tasks = self._peer.cancel_all()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLEANUP_S)
        self._channel.close()
        self._on_end(True)

    def _note_fault(self, text: str) -> None:
        self._faults += 1
        if self._faults <= _MOST_FAULTS_TOLD:
            self._extension.log.warn(text)
        if self._faults == _MOST_FAULTS_TOLD:
            self._extension.log.warn("Further oddities on the channel are only counted.")

    def _note_uncaught(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What a task of the author's raised, and nobody awaited."""
        error = context.get("exception")
        if isinstance(error, BaseException):
            self._extension.log.error(f"Nobody caught: {error_text(error)}", stack_of(error))
        else:
            self._extension.log.error(str(context.get("message")))


def _speaks(wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return False
    least, most = wanted.get("min"), wanted.get("max")
    return isinstance(least, int) and isinstance(most, int) and least <= _PROTOCOL <= most


def _is_setup_failure(error: BaseException) -> bool:
    return isinstance(error, TauError) and error.kind == "setup-failed"


def _hello_first() -> TauError:
    return TauError("invalid-request", "Expected `hello` first.", executed="no")


def _shutting_down() -> TauError:
    return TauError("shutting-down", "This extension is shutting down.", executed="no", retryable=True)


def _protocol_mismatch(wanted: Any) -> TauError:
    return TauError(
        "protocol-mismatch",
        f"Expected a protocol between {_PROTOCOL} and {_PROTOCOL}, got {wanted!r}. Update the older of host and extension.",
        executed="no",
        detail={"protocol": {"min": _PROTOCOL, "max": _PROTOCOL}},
    )
