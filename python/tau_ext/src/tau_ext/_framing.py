"""Bytes to messages (spec/protocol.md, group F)."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

#: The longest line either side reads, in bytes without the newline, until the handshake says otherwise (F-3).
DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024
#: How much of a line that is too long is kept, to find out whose it was (F-4).
HEAD_BYTES = 1024
_MESSAGE_START = '{"jsonrpc":"2.0"'
#: Content may hold beginnings of messages too, and each costs a look at the whole line.
_MAX_STARTS = 8

Message = dict[str, Any]


class Fault(NamedTuple):
    """Something on the channel that is no message."""

    kind: str
    text: str


class Oversized(NamedTuple):
    """A line that was too long to read."""

    head: str
    length: int


class MessageDecoder:
    """Cuts a byte stream into messages. The pieces of a long line are joined once, when its newline arrives (F-2)."""

    def __init__(
        self,
        on_message: Callable[[Message], None],
        on_fault: Callable[[Fault | Oversized], None],
        max_line_bytes: int = DEFAULT_MAX_LINE_BYTES,
    ) -> None:
        self._on_message = on_message
        self._on_fault = on_fault
        self._max = max_line_bytes
        self._pieces: list[bytes] = []
        self._length = 0
        self._skipping = False
        #: What is still to be handed on. Somebody may read while a message is, such as a tool that runs the loop within itself.
        self._whole: deque[bytes | Oversized] = deque()

    def feed(self, chunk: bytes) -> None:
        lines = chunk.split(b"\n")
        rest = lines.pop()
        whole = self._whole
        if self._length and lines:
            whole.append(self._finish(lines.pop(0)))
        whole.extend(lines)
        if rest:
            self._keep(rest)
        while whole:
            line = whole.popleft()
            if isinstance(line, bytes):
                self._deliver(line)
            else:
                self._on_fault(line)

    def end(self) -> None:
        """What follows the last newline is a faulty line (F-9)."""
        rest = b"" if self._skipping else b"".join(self._pieces)
        self._forget()
        if rest.strip():
            self._on_fault(Fault("a line without an end", _shown(rest)))

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._skipping:
            return
        self._pieces.append(piece)
        if self._length > self._max:
            self._pieces = [b"".join(self._pieces)[:HEAD_BYTES]]
            self._skipping = True

    def _finish(self, last: bytes) -> bytes | Oversized:
        self._keep(last)
        line, length, skipping = b"".join(self._pieces), self._length, self._skipping
        self._forget()
        return Oversized(line.decode("utf-8", "replace"), length) if skipping else line

    def _forget(self) -> None:
        self._pieces, self._length, self._skipping = [], 0, False

    def _deliver(self, line: bytes) -> None:
        try:
            text = line.decode()
            # Without looking for white space around it, which there is none of but for a CR at the end.
            message, end = _scan(text, 0)
        except (StopIteration, ValueError, RecursionError):
            self._deliver_odd(line)
            return
        if end == len(text) and type(message) is dict and len(line) <= self._max:
            self._on_message(message)
        else:
            self._deliver_odd(line)

    def _deliver_odd(self, line: bytes) -> None:
        """A line that is not just a message."""
        if len(line) > self._max:
            self._on_fault(Oversized(line[:HEAD_BYTES].decode("utf-8", "replace"), len(line)))
            return
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._on_fault(Fault("a line that is not UTF-8", _shown(line)))
            return
        message = _parse(text)
        if message is not None:
            self._on_message(message)
        elif text.strip():
            self._salvage(text)

    def _salvage(self, text: str) -> None:
        """A print without a newline in front of a message ends up on the message's line (F-7)."""
        start = text.find(_MESSAGE_START, 1)
        for _ in range(_MAX_STARTS):
            if start == -1:
                break
            message = _parse(text[start:])
            if message is not None:
                self._on_fault(Fault("text in front of a message", text[:start]))
                self._on_message(message)
                return
            start = text.find(_MESSAGE_START, start + 1)
        self._on_fault(Fault("a line that is no message", text))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _fast_encode() -> Callable[[Any], str]:
    """
    The encoder that `json` makes anew for each text, made once: a third of the time. Only where this Python has the one written in
    C, and it writes what the other does.
    """
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        make, quote = json.encoder.c_make_encoder, json.encoder.c_encode_basestring  # type: ignore[attr-defined]
        # Nothing is remembered of what it is inside of: a value that holds itself is nested too deeply in the end.
        encode = make(None, encoder.default, quote, None, ":", ",", False, False, False)
        sample = {"a": [1, 2.5, None, True, "\u00e9\n"], "b": {}}
        if "".join(encode(sample, 0)) == encoder.encode(sample):
            return lambda value: "".join(encode(value, 0))
    except (AttributeError, TypeError):
        # Another Python, or another version of it.
        pass
    return encoder.encode


# Made once: `json.loads` with options makes a decoder for every line.
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_decode = _decoder.decode
_scan = _decoder.scan_once
_encode = _fast_encode()
_quote: Callable[[str], str] = getattr(json.encoder, "encode_basestring", _encode)


def _parse(text: str) -> Message | None:
    try:
        value = _decode(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def encode_line(message: Message) -> bytes:
    """Raises TypeError, ValueError or RecursionError for what is not JSON."""
    return _to_bytes(f"{_encode(message)}\n")


class Written(str):
    """A result that is JSON already."""

    __slots__ = ()


def write_text_result(text: str) -> Written:
    """What a tool answers most often."""
    return Written(f'{{"content":[{{"type":"text","text":{_quote(text)}}}]}}')


def encode_answer(id: int, result: Any) -> bytes:
    """Raises what `encode_line` raises."""
    text = result if type(result) is Written else _encode(result)
    return _to_bytes(f'{{"jsonrpc":"2.0","id":{id},"result":{text}}}\n')


def _to_bytes(line: str) -> bytes:
    try:
        return line.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair has no UTF-8, and an escape in JSON, which is Python's too. It can only be within a text.
        return line.encode(errors="backslashreplace")


_ID = re.compile(r'"id"\s*:\s*(\d{1,16})\s*[,}]')
_CONTENT = re.compile(r'"(params|result|error)"\s*:')
_METHOD = re.compile(r'"method"\s*:')


def owner_of(head: str) -> tuple[bool, int] | None:
    """
    Whose the beginning of a message is: (whether it is a request, its id). Only names in front of the message's own content
    count. A beginning that stops before it says so belongs to nobody: the wrong request would settle.
    """
    start = head.find('{"jsonrpc"')
    if start == -1:
        return None
    content = _CONTENT.search(head, start)
    envelope = head[start:] if content is None else head[start : content.start()]
    found = _ID.search(envelope)
    if found is None:
        return None
    if _METHOD.search(envelope) or (content is not None and content[1] == "params"):
        return True, int(found[1])
    return None if content is None else (False, int(found[1]))


def _shown(line: bytes) -> str:
    return line[:HEAD_BYTES].decode("utf-8", "replace")
