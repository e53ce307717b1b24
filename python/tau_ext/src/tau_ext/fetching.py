"""Asking a server by way of the host (spec/protocol.md, group N)."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, Literal

Redirect = Literal["follow", "manual", "error"]


class Response:
    """What a server answered, errors of its own included. It is here as a whole."""

    __slots__ = ("status", "status_text", "url", "redirected", "header_list", "_body")

    def __init__(self, answer: dict[str, Any]) -> None:
        self.status: int = answer["status"]
        self.status_text: str = answer["statusText"]
        self.url: str = answer["url"]
        """Where the answer came from, after redirects."""
        self.redirected: bool = answer["redirected"]
        self.header_list: list[tuple[str, str]] = [(each["name"], each["value"]) for each in answer["headers"]]
        """Names and values as the server wrote them, in its order."""
        self._body = base64.b64decode(answer["body"])

    @property
    def ok(self) -> bool:
        """Whether the status is one of success, 200 to 299."""
        return 200 <= self.status < 300

    @property
    def headers(self) -> dict[str, str]:
        """By name in lower case. Values of the same name are joined by commas."""
        found: dict[str, str] = {}
        for name, value in self.header_list:
            known = found.get(name.lower())
            found[name.lower()] = value if known is None else f"{known}, {value}"
        return found

    def bytes(self) -> bytes:
        return self._body

    def text(self) -> str:
        """In the encoding that the server names, UTF-8 without one. What is not of that encoding is replaced."""
        named = re.search(r"charset=\"?([\w.:-]+)", self.headers.get("content-type", ""), re.IGNORECASE)
        try:
            return self._body.decode("utf-8" if named is None else named[1], "replace")
        except LookupError:
            # An encoding that nobody knows: the text is worth more than its accents.
            return self._body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Raises ValueError for what is no JSON."""
        return json.loads(self._body)

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.url}>"


def describe_request(
    url: str, method: str | None, headers: Mapping[str, str] | None, body: str | bytes | Any, redirect: Redirect | None
) -> dict[str, Any]:
    """The params of `http/fetch`. A text is sent in UTF-8, bytes as they are, anything else as JSON."""
    listed = [{"name": name, "value": value} for name, value in (headers or {}).items()]
    params: dict[str, Any] = {"url": url, "method": method or ("GET" if body is None else "POST"), "headers": listed}
    if redirect is not None:
        params["redirect"] = redirect
    if body is None:
        return params
    content, kind = _encode(body)
    if kind is not None and not any(each["name"].lower() == "content-type" for each in listed):
        listed.append({"name": "content-type", "value": kind})
    return {**params, "body": base64.b64encode(content).decode("ascii")}


def _encode(body: Any) -> tuple[bytes, str | None]:
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body), None
    if isinstance(body, str):
        return body.encode(), "text/plain;charset=UTF-8"
    return json.dumps(body).encode(), "application/json"
