"""The way to the host (spec/protocol.md, group T)."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from ._framing import DEFAULT_MAX_LINE_BYTES, Fault, Message, MessageDecoder, Oversized
from .errors import TauError

_READ_BYTES = 64 * 1024
#: What may wait before new requests fail and notifications are dropped (M-9).
MAX_QUEUED_BYTES = 64 * 1024 * 1024

#: When a line leaves: now, with all others of this turn of the loop, or with those that what is being read leads to.
When = Literal[0, 1, 2]
AT_ONCE: When = 0
SOON: When = 1
AFTER_READING: When = 2


class Channel:
    """Messages over a pair of descriptors, or one that does both. Used on the thread of its loop only."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.read_fd = read_fd
        self._write_fd = write_fd
        self.max_send_bytes = DEFAULT_MAX_LINE_BYTES
        self.closed = False
        self._queue: list[bytes | memoryview] = []
        self._queued_bytes = 0
        self._flush_planned = False
        self._is_blocked = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(
        self,
        loop: asyncio.AbstractEventLoop,
        on_message: Callable[[Message], None],
        on_fault: Callable[[Fault | Oversized], None],
        on_end: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._decoder = MessageDecoder(on_message, on_fault)
        self._on_end = on_end
        loop.add_reader(self.read_fd, self.read)

    @property
    def is_overloaded(self) -> bool:
        return self._queued_bytes > MAX_QUEUED_BYTES

    def send(self, line: bytes, when: When = SOON) -> None:
        """Queues a line. Raises TauError `message-too-large`."""
        if self.closed:
            return
        if len(line) - 1 > self.max_send_bytes:
            text = f"Expected a line of at most {self.max_send_bytes} bytes, got {len(line) - 1}. Send less, or in pieces."
            raise TauError("message-too-large", text, executed="no")
        self._queue.append(line)
        self._queued_bytes += len(line)
        if when == AT_ONCE:
            self.flush()
        elif when == SOON and not self._flush_planned and self._loop is not None:
            self._flush_planned = True
            self._loop.call_soon(self._flush_planned_lines)

    def flush(self) -> None:
        """Writes what is queued, as far as the other side takes it without waiting."""
        if self._is_blocked or self.closed:
            return
        while self._queue:
            data = self._queue[0] if len(self._queue) == 1 else b"".join(self._queue)
            self._queue.clear()
            try:
                written = os.write(self._write_fd, data)
            except (BlockingIOError, InterruptedError):
                written = 0
            except OSError:
                # The host has gone; the reader learns it too, and ends the process.
                self.closed = True
                return
            self._queued_bytes -= written
            if written < len(data):
                self._queue.append(memoryview(data)[written:])
                self._wait_for_room()
                return

    def close(self) -> None:
        """Ends this side's half after what is queued, as far as it can be written now."""
        if self.closed:
            return
        os.set_blocking(self._write_fd, True)
        self._is_blocked = False
        self.flush()
        self.closed = True

    def end_half(self) -> None:
        """Tells the other side that nothing more comes. What is sent afterwards is lost."""
        self.closed = True
        write_fd, self._write_fd = self._write_fd, -1
        if stat.S_ISSOCK(os.fstat(write_fd).st_mode):
            # The same one is open to be read from, so that closing says nothing.
            with suppress(OSError), socket.socket(fileno=os.dup(write_fd)) as other:
                other.shutdown(socket.SHUT_WR)
        if write_fd != self.read_fd:
            os.close(write_fd)

    def _flush_planned_lines(self) -> None:
        self._flush_planned = False
        self.flush()

    def _wait_for_room(self) -> None:
        self._is_blocked = True
        if self._loop is not None:
            self._loop.add_writer(self._write_fd, self._on_room)

    def _on_room(self) -> None:
        if self._loop is not None:
            self._loop.remove_writer(self._write_fd)
        self._is_blocked = False
        self.flush()

    def read(self) -> None:
        """Hands on what has come, and writes the answers that it got meanwhile together."""
        try:
            chunk = os.read(self.read_fd, _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            # A reset is an end too.
            chunk = b""
        if chunk:
            try:
                self._decoder.feed(chunk)
            finally:
                if self._queue:
                    self.flush()
            return
        if self._loop is not None:
            self._loop.remove_reader(self.read_fd)
        self._decoder.end()
        self._on_end()


def open_host_channel() -> Channel:
    """
    The channel that `TAU_CHANNEL` names (T-1). Called once, before any of the author's code runs.
    Raises TauError `unavailable` where there is none (T-6).
    """
    # Taken away, so that processes which this one starts do not take the channel for theirs (T-5).
    announced = os.environ.pop("TAU_CHANNEL", "stdio")
    channel = _open_stdio() if announced == "stdio" else _open_fds(announced)
    os.register_at_fork(after_in_child=lambda: _forget_in_child(channel))
    return channel


def _open_fds(announced: str) -> Channel:
    """`fd:3` or `fd:3,4`: one socket, or a pipe to read and one to write, or a socket in their places."""
    found = re.fullmatch(r"fd:(\d{1,9})(?:,(\d{1,9}))?", announced)
    read_fd, write_fd = (-1, -1) if found is None else (int(found[1]), int(found[2] or found[1]))
    try:
        kinds = {stat.S_IFMT(os.fstat(fd).st_mode) for fd in (read_fd, write_fd)}
        if kinds != {stat.S_IFSOCK} and (kinds != {stat.S_IFIFO} or read_fd == write_fd):
            raise OSError
    except OSError:
        text = f"Expected the host's channel where TAU_CHANNEL says ({announced}), found none there. Start extensions through tau."
        raise TauError("unavailable", text, executed="no") from None
    for fd in (read_fd, write_fd):
        os.set_inheritable(fd, False)
        os.set_blocking(fd, False)
    _show_output_by_line()
    return Channel(read_fd, write_fd)


def _open_stdio() -> Channel:
    """Takes stdin and stdout for messages. What anybody else reads there is nothing, what they print goes to stderr (T-3)."""
    sys.stdout.flush()
    read_fd, write_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    kind = os.fstat(write_fd).st_mode
    # A terminal or file is shared with others, who would not expect it.
    if stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind):
        os.set_blocking(write_fd, False)
    _show_output_by_line()
    return Channel(read_fd, write_fd)


def _show_output_by_line() -> None:
    """Python keeps what is printed into a pipe until there are kilobytes of it."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(line_buffering=True, errors="backslashreplace")


def _forget_in_child(channel: Channel) -> None:
    """A forked child that kept the channel open would hide this process's end from the host."""
    channel.closed = True
    for fd in {channel.read_fd, channel._write_fd}:
        try:
            os.close(fd)
        except OSError:
            # Closed already: nothing to give back.
            pass
