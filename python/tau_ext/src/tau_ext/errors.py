"""What can go wrong, and how it travels (spec/protocol.md, group X)."""

from __future__ import annotations

from typing import Any, Literal

Executed = Literal["no", "maybe", "yes"]

WIRE_CODES: dict[str, int] = {
    "parse-error": -32700,
    "invalid-request": -32600,
    "method-not-found": -32601,
    "invalid-params": -32602,
    "internal-error": -32603,
    "cancelled": 1001,
    "timed-out": 1002,
    "tool-failed": 1003,
    "unknown-tool": 1004,
    "registration-refused": 1005,
    "message-too-large": 1006,
    "overloaded": 1007,
    "unavailable": 1008,
    "denied": 1009,
    "setup-failed": 1010,
    "protocol-mismatch": 1011,
    "shutting-down": 1012,
    "hook-failed": 1013,
    "invalid-arguments": 1014,
    "extension-failed": 1015,
}

_KINDS = {code: kind for kind, code in WIRE_CODES.items()}


class TauError(Exception):
    """Everything tau itself raises: what was expected, what came, and the next step. `kind` is for programs."""

    def __init__(
        self,
        kind: str,
        message: str,
        *,
        executed: Executed = "maybe",
        retryable: bool = False,
        detail: Any = None,
        stack: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.executed: Executed = executed
        self.retryable = retryable
        self.detail = detail
        self.stack = stack


def refused(message: str) -> TauError:
    """A registration that breaks a rule."""
    return TauError("registration-refused", message, executed="no")


def to_wire(error: TauError) -> dict[str, Any]:
    data: dict[str, Any] = {"kind": error.kind, "retryable": error.retryable, "executed": error.executed}
    if error.stack is not None:
        data["stack"] = error.stack
    if error.detail is not None:
        data["detail"] = error.detail
    return {"code": WIRE_CODES.get(error.kind, WIRE_CODES["internal-error"]), "message": str(error), "data": data}


def from_wire(value: Any) -> TauError:
    """What the other side reported. Survives any shape: the other side may be broken."""
    error = _record(value)
    data = _record(error.get("data"))
    kind = data.get("kind")
    # An unknown kind is read as the code's, an unknown code as internal-error.
    if not isinstance(kind, str) or kind not in WIRE_CODES:
        code = error.get("code")
        kind = _KINDS.get(code, "internal-error") if isinstance(code, int) else "internal-error"
    message, executed, stack = error.get("message"), data.get("executed"), data.get("stack")
    return TauError(
        kind,
        message if isinstance(message, str) and message else f"The call failed ({kind}).",
        executed=executed if executed in ("no", "yes") else "maybe",
        retryable=data.get("retryable") is True,
        detail=data.get("detail"),
        stack=stack if isinstance(stack, str) else None,
    )


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
