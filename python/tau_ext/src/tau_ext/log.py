"""Lines in the host's log."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_NOTHING: Any = object()


class Log:
    """Goes to the host's log under this extension's name. From any thread."""

    __slots__ = ("_notify",)

    def __init__(self, notify: Callable[[str, dict[str, Any]], None]) -> None:
        self._notify = notify

    def debug(self, message: str, data: Any = _NOTHING) -> None:
        self._write("debug", message, data)

    def info(self, message: str, data: Any = _NOTHING) -> None:
        self._write("info", message, data)

    def warn(self, message: str, data: Any = _NOTHING) -> None:
        self._write("warn", message, data)

    def error(self, message: str, data: Any = _NOTHING) -> None:
        self._write("error", message, data)

    def _write(self, level: str, message: str, data: Any) -> None:
        params: dict[str, Any] = {"level": level, "message": str(message)}
        if data is not _NOTHING:
            params["data"] = _sendable(data)
        self._notify("log", params)


def _sendable(data: Any) -> Any:
    """What is not JSON must not cost the line."""
    try:
        json.dumps(data, allow_nan=False)
        return data
    except (TypeError, ValueError, RecursionError) as error:
        return f"(not JSON: {error})"
