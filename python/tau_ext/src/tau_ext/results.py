"""What tools answer, and what hooks decide."""

from __future__ import annotations

import base64
import json
from typing import Any


class ToolResult:
    """What a tool answers. A text alone, or a plain dict with `content`, does as well."""

    __slots__ = ("content", "details", "is_error")

    def __init__(self, content: list[dict[str, Any]], *, details: Any = None, is_error: bool = False) -> None:
        self.content = content
        """What the model sees, in this order."""
        self.details = details
        """For programs and screens, as JSON; never shown to the model."""
        self.is_error = is_error

    @classmethod
    def text(cls, text: str, *, details: Any = None) -> ToolResult:
        """Text for the model."""
        return cls([{"type": "text", "text": text}], details=details)

    @classmethod
    def json(cls, value: Any) -> ToolResult:
        """A JSON value: as text for the model, as `details` for programs."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return cls.text(text, details=value)

    @classmethod
    def error(cls, text: str, *, details: Any = None) -> ToolResult:
        """The tool ran and says that it failed: the model reads the text and can react. To report a bug, raise instead."""
        return cls([{"type": "text", "text": text}], details=details, is_error=True)

    @classmethod
    def image(cls, data: bytes | str, mime_type: str, *, details: Any = None) -> ToolResult:
        """An image for the model: bytes, or base64 text."""
        encoded = data if isinstance(data, str) else base64.b64encode(data).decode("ascii")
        return cls([{"type": "image", "data": encoded, "mimeType": mime_type}], details=details)

    def to_wire(self) -> dict[str, Any]:
        result: dict[str, Any] = {"content": self.content}
        if self.details is not None:
            result["details"] = self.details
        if self.is_error:
            result["isError"] = True
        return result

    @classmethod
    def from_wire(cls, value: dict[str, Any]) -> ToolResult:
        return cls(value.get("content", []), details=value.get("details"), is_error=value.get("isError") is True)

    def __repr__(self) -> str:
        return f"ToolResult({self.to_wire()!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolResult) and self.to_wire() == other.to_wire()

    __hash__ = None  # type: ignore[assignment]


class Block:
    """The event must not happen."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def to_wire(self) -> dict[str, Any]:
        return {"action": "block", "reason": self.reason}


class Modify:
    """These fields of the event's payload have these values: `Modify(text="…")`, or a dict."""

    __slots__ = ("value",)

    def __init__(self, value: dict[str, Any] | None = None, **fields: Any) -> None:
        self.value = {**(value or {}), **fields}

    def to_wire(self) -> dict[str, Any]:
        return {"action": "modify", "value": self.value}


class Ask:
    """The user decides. Blocks where there is no user."""

    __slots__ = ("prompt",)

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt

    def to_wire(self) -> dict[str, Any]:
        return {"action": "ask", "prompt": self.prompt}
