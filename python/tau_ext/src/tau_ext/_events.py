"""The handlers of an extension, and the answers they give (spec/protocol.md, groups K and E)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._failure import as_failure, error_text, stack_of
from ._peer import IncomingRequest
from ._starting import Start
from ._threads import Authors, Threads
from ._values import show
from .catalogue import EVENTS
from .contexts import Context
from .errors import TauError, refused
from .log import Log
from .results import Ask, Block, Modify

#: What the host gives a hook that asks for no other time (K-11).
_DEFAULT_TIMEOUT_MS = 30_000


@dataclass(slots=True)
class Subscription:
    handler: Authors
    priority: int | None
    on_failure: str | None
    timeout_ms: float | None


class EventRegistry:
    def __init__(
        self, threads: Threads, log: Log, make_context: Callable[[IncomingRequest | None], Context], start: Start
    ) -> None:
        self._threads = threads
        self._log = log
        self._make_context = make_context
        self._start = start
        self._subscriptions: dict[str, list[Subscription]] = {}
        #: A task that nobody holds may be forgotten before it ends.
        self._running: set[asyncio.Task[None]] = set()

    def add(
        self, event: str, handler: Callable[..., Any], priority: int | None, on_failure: str | None, timeout_ms: float | None
    ) -> None:
        if event not in EVENTS and not event.startswith("bus:"):
            raise refused(f"Expected the name of an event, got `{event}`. The catalogue has: {', '.join(EVENTS)}.")
        if not callable(handler):
            raise refused(f"Expected a function that handles `{event}`, got {show(handler)}.")
        if on_failure not in (None, "open", "closed"):
            raise refused(f'Expected `on_failure` to be "open" or "closed", got {show(on_failure)}.')
        known = self._subscriptions.setdefault(event, [])
        known.append(Subscription(Authors(handler, 2, self._threads), priority, on_failure, timeout_ms))
        known.sort(key=lambda each: each.priority or 0)

    def observed(self) -> list[str]:
        """Events that are only heard of."""
        return [event for event in self._subscriptions if not _decides(event)]

    def hooks(self) -> list[dict[str, Any]]:
        """Events that are decided on. Several handlers of one event answer the host as one hook, the strictest."""
        return [_merged(event, known) for event, known in self._subscriptions.items() if _decides(event)]

    def deliver(self, params: dict[str, Any]) -> None:
        """Handlers begin in the order of arrival, calls among them; one that fails is logged and disturbs nobody (E-3)."""
        for record in params.get("events", []):
            for subscription in self._subscriptions.get(record["name"], []):
                task = self._start(self._observe(record["name"], subscription.handler, record.get("payload")))
                if not task.done():
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)

    async def decide(self, params: dict[str, Any], request: IncomingRequest) -> dict[str, Any]:
        """Runs the handlers of one event in ascending priority, each on what the one before it made. The strictest answer wins."""
        event, payload = params.get("event", ""), params.get("payload")
        question: dict[str, Any] | None = None
        changes: dict[str, Any] = {}
        subscriptions = self._subscriptions.get(event) if isinstance(event, str) else None
        if subscriptions is None:
            # "continue" would let pass what nobody has looked at (K-13).
            raise TauError("invalid-params", f"This extension has no hook on `{event}`.", executed="no")
        for subscription in subscriptions:
            answer = await self._ask(subscription.handler, payload, request)
            if answer["action"] == "block":
                return answer
            if answer["action"] == "ask":
                question = question or answer
            elif answer["action"] == "modify":
                payload = {**(payload or {}), **answer["value"]}
                changes.update(answer["value"])
        if not changes:
            return question or {"action": "continue"}
        if question is not None:
            text = f"Expected the handlers of `{event}` to change the event or to ask about it, got both. Ask in an extension of its own."
            raise TauError("hook-failed", text)
        return {"action": "modify", "value": changes}

    async def _ask(self, handler: Authors, payload: Any, request: IncomingRequest) -> dict[str, Any]:
        try:
            return _answer_of(await handler.run(payload, self._make_context(request)))
        except BaseException as error:
            raise as_failure(error, "cancelled" if request.is_cancelled else "hook-failed") from None

    async def _observe(self, name: str, handler: Authors, payload: Any) -> None:
        try:
            await handler.run(payload, self._make_context(None), in_order=True)
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            self._log.error(f"The handler of {name} failed: {error_text(error)}", stack_of(error))


def _decides(event: str) -> bool:
    return EVENTS.get(event, "observe") != "observe"


def _merged(event: str, known: list[Subscription]) -> dict[str, Any]:
    hook: dict[str, Any] = {"event": event}
    priorities = [each.priority for each in known if each.priority is not None]
    if priorities:
        hook["priority"] = min(priorities)
    if any(each.timeout_ms is not None for each in known):
        hook["timeoutMs"] = sum(_DEFAULT_TIMEOUT_MS if each.timeout_ms is None else each.timeout_ms for each in known)
    policies = [each.on_failure for each in known]
    # Without a word from one of them, the catalogue decides, which may be stricter than "open".
    if "closed" in policies:
        hook["onFailure"] = "closed"
    elif all(policy == "open" for policy in policies):
        hook["onFailure"] = "open"
    return hook


def _answer_of(answer: Any) -> dict[str, Any]:
    """An answer that is none of the known ones must not pass for "continue": it is a failure (K-3)."""
    if answer is None:
        return {"action": "continue"}
    if isinstance(answer, (Block, Modify, Ask)):
        answer = answer.to_wire()
    if isinstance(answer, dict):
        known = _in_full(answer) or _short(answer)
        if known is not None:
            return known
    shown = show(answer) if isinstance(answer, (dict, list, str, int, float)) else type(answer).__name__
    raise TauError("hook-failed", f"Expected None, Block(…), Modify(…) or Ask(…) from the handler, got {shown}.")


def _in_full(answer: dict[str, Any]) -> dict[str, Any] | None:
    match answer:
        case {"action": "continue"}:
            return {"action": "continue"}
        case {"action": "block", "reason": str(reason)}:
            return {"action": "block", "reason": reason}
        case {"action": "ask", "prompt": str(prompt)}:
            return {"action": "ask", "prompt": prompt}
        case {"action": "modify", "value": dict(value)}:
            return {"action": "modify", "value": value}
    return None


def _short(answer: dict[str, Any]) -> dict[str, Any] | None:
    """Of one field only: half of an answer with two would be lost."""
    if sum(field in answer for field in ("action", "block", "ask", "modify")) != 1:
        return None
    match answer:
        case {"block": str(reason)}:
            return {"action": "block", "reason": reason}
        case {"ask": str(prompt)}:
            return {"action": "ask", "prompt": prompt}
        case {"modify": dict(value)}:
            return {"action": "modify", "value": value}
    return None
