"""What the host keeps for an extension (spec/protocol.md, group S)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from .asking import Link
from .errors import TauError

#: Answered by the `change` of `update` to take the value away.
DELETE: Any = type("Delete", (), {"__repr__": lambda _self: "DELETE"})()


class Entry(NamedTuple):
    """A value with its revision, which is 0 where there is none."""

    value: Any
    revision: int


class StateArea:
    """
    JSON values by key. Others do not see them; they outlive this process, and reloads. Raises TauError `invalid-params` for a key
    of more than 256 characters, a value of more than 1 MiB, more than 10 000 keys or 16 MiB in all; `unavailable` where the host
    keeps no state.
    """

    def __init__(self, link: Link, scope: str) -> None:
        self._link = link
        self._scope = scope
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    async def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default. A copy: changing it changes nothing that is kept."""
        value, revision = await self.get_entry(key)
        return default if revision == 0 else value

    async def get_entry(self, key: str) -> Entry:
        answer = await self._link.request("state/get", {"scope": self._scope, "key": key})
        return Entry(answer.get("value"), answer["revision"])

    async def set(self, key: str, value: Any, *, if_revision: int | None = None) -> int:
        """
        Answers the new revision. Values that are kept for good are on disk then. Raises TauError `denied` where `if_revision` is
        given and is not the revision that is there; 0 writes only where there is nothing.
        """
        params = {"scope": self._scope, "key": key, "value": value, **_only_over(if_revision)}
        revision: int = (await self._link.request("state/set", params))["revision"]
        return revision

    async def delete(self, key: str, *, if_revision: int | None = None) -> None:
        """Deleting what is not there is no error. `if_revision` as for `set`."""
        await self._link.request("state/delete", {"scope": self._scope, "key": key, **_only_over(if_revision)})

    async def keys(self, prefix: str | None = None) -> list[str]:
        """All keys, sorted; those that begin with `prefix` where one is given."""
        params = {"scope": self._scope, **({} if prefix is None else {"prefix": prefix})}
        keys: list[str] = (await self._link.request("state/keys", params))["keys"]
        return keys

    async def update(self, key: str, change: Callable[[Any], Any], default: Any = None) -> Any:
        """
        Replaces a value by what `change` makes of it (of the default where there is none), and loses no update of anybody else's
        meanwhile: another call's, another version's, another agent's. `change` answers at once, `DELETE` to take the value away;
        it may run more than once. Answers what it answered last.
        """
        # Updates of one key go one after the other: they would only refuse each other.
        lock, users = self._locks.get(key, (asyncio.Lock(), 0))
        self._locks[key] = lock, users + 1
        try:
            async with lock:
                return await self._update_now(key, change, default)
        finally:
            lock, users = self._locks.pop(key)
            if users > 1:
                self._locks[key] = lock, users - 1

    async def _update_now(self, key: str, change: Callable[[Any], Any], default: Any) -> Any:
        while True:
            value, revision = await self.get_entry(key)
            made = change(default if revision == 0 else value)
            if inspect.isawaitable(made):
                text = "Expected `change` to answer a value at once, got an awaitable. Await it before."
                raise TauError("invalid-params", text, executed="no")
            try:
                if made is DELETE:
                    await self.delete(key, if_revision=revision)
                else:
                    await self.set(key, made, if_revision=revision)
                return made
            except TauError as error:
                if not _was_overtaken(error, revision):
                    raise


class State(StateArea):
    """Values that are kept for good. Those of `session` are forgotten when the agent's session ends."""

    def __init__(self, link: Link) -> None:
        super().__init__(link, "user")
        self.session = StateArea(link, "session")


def _only_over(revision: int | None) -> dict[str, int]:
    return {} if revision is None else {"ifRevision": revision}


def _was_overtaken(error: TauError, revision: int) -> bool:
    """Somebody wrote since (S-9). Anything else that is denied stays denied."""
    there = error.detail.get("revision") if error.kind == "denied" and isinstance(error.detail, dict) else None
    return isinstance(there, int) and there != revision
