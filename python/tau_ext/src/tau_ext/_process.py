"""One process for one extension: from its channel to its end."""

from __future__ import annotations

import asyncio
import atexit
import faulthandler
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from ._channel import Channel, open_host_channel
from ._loop import new_loop
from ._session import Session
from .errors import TauError

#: How long the loop has to notice the end of the channel by itself, in seconds.
_NOTICE_S = 0.25


def open_channel_or_exit() -> Channel:
    """Before any of the author's code: nothing that it prints may reach the channel."""
    # Says in which line a crash of native code, or a stack overflow in it, happened.
    faulthandler.enable()
    # At the host's word, where it is: what blocks the loop can't be asked any other way.
    faulthandler.register(signal.SIGUSR1, all_threads=False)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # The host decides when this ends. Interrupted by hand, it ends without a traceback of tau's insides.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        return open_host_channel()
    except TauError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


def run(channel: Channel, load_setup: Callable[[], Any], name: str, version: str) -> None:
    """Serves until the channel ends or the host says so, and then ends the process."""
    loop = new_loop(channel)
    asyncio.set_event_loop(loop)
    stopping = threading.Event()

    def on_end(was_asked: bool) -> None:
        if was_asked:
            stopping.set()
            channel.end_half()
        _exit()

    Session(channel, loop, load_setup=load_setup, name=name, version=version, on_end=on_end)
    threading.Thread(target=_watch_end, args=(channel.read_fd, stopping), name="tau-end", daemon=True).start()
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            # asyncio lets these two end the loop. Raised in a callback of the author's, they end nobody else's work.
            loop.call_exception_handler({"message": "", "exception": error})


def _watch_end(fd: int, stopping: threading.Event) -> None:
    """Ends the process when the host is gone and the loop does not turn, whatever it is doing (T-7)."""
    poller = select.poll()
    # A socket's other side may be closed for writing only. Hang-ups and errors are always told.
    poller.register(fd, getattr(select, "POLLRDHUP", 0))
    poller.poll()
    time.sleep(_NOTICE_S)
    # What the host asked for may take until its deadline, which it keeps itself.
    if not stopping.is_set():
        os._exit(0)


def _exit() -> None:
    """At once: a thread of the author's that still works would keep the interpreter waiting."""
    try:
        # Those whom `atexit` was promised to: temporary folders, above all.
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BaseException as error:
        # The process ends in any case; the log may still take a word about it.
        os.write(2, f"While ending: {error!r}\n".encode(errors="replace"))
    finally:
        os._exit(0)
