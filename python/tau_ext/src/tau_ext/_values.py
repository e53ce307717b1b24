"""Readers of simple JSON values: each gives the value back, or says what it expected."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


class Mismatch(ValueError):
    """A value that does not fit its type."""

    def __init__(self, path: str, expected: str, value: Any, got: str | None = None) -> None:
        self.path = path
        self.expected = expected
        super().__init__(f"{path or 'arguments'}: expected {expected}, got {got or show(value)}")


def anything(value: Any, _path: str) -> Any:
    return value


def text(value: Any, path: str) -> Any:
    if isinstance(value, str):
        return value
    raise Mismatch(path, "text", value)


def boolean(value: Any, path: str) -> Any:
    if isinstance(value, bool):
        return value
    raise Mismatch(path, "true or false", value)


def whole(value: Any, path: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # JSON does not tell 3 and 3.0 apart.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise Mismatch(path, "a whole number", value)


def fraction(value: Any, path: str) -> Any:
    """An `int` stays one, as where Python expects a `float` elsewhere (PEP 484)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    raise Mismatch(path, "a number", value)


def none(value: Any, path: str) -> Any:
    if value is None:
        return None
    raise Mismatch(path, "null", value)


def one_of(expected: str, kind: type) -> Callable[[Any, str], Any]:
    def read(value: Any, path: str) -> Any:
        if isinstance(value, kind):
            return value
        raise Mismatch(path, expected, value)

    return read


def show(value: Any) -> str:
    """A value in an error: short, and as JSON where it is."""
    if isinstance(value, type):
        return value.__name__
    try:
        shown = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        shown = str(value)
    return shown if len(shown) <= 80 else f"{shown[:80]}…"
