"""The loop of an extension's process: asyncio's own, which reads the channel with less ado while it has nothing else to do."""

from __future__ import annotations

import asyncio
import os
import select
import selectors
import sys
from typing import TYPE_CHECKING, Any

from ._channel import Channel

#: What asyncio's loops have to do, or have been told. Looked at and never changed; a loop without them is used as it is.
_TO_DO = ("_ready", "_scheduled", "_stopping", "_debug")


def new_loop(channel: Channel) -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    if type(loop) is not asyncio.SelectorEventLoop or not all(hasattr(loop, name) for name in _TO_DO):
        # One that somebody chose.
        return loop
    if sys.platform != "linux":
        return loop
    loop.close()
    selector = ChannelSelector(channel)
    loop = selector.loop = asyncio.SelectorEventLoop(selector)
    return loop


if TYPE_CHECKING or sys.platform == "linux":

    class ChannelSelector(selectors.EpollSelector):
        """
        A selector may come back with nothing. This one handles what the channel brings itself, and comes back when that gave the
        loop something to do: a call that is answered at once takes no turn of the loop, which is a tenth of its time.
        """

        loop: Any

        def __init__(self, channel: Channel) -> None:
            super().__init__()
            self._channel = channel
            # The same poll once more: what is registered here is registered there.
            self._poll = select.epoll.fromfd(os.dup(self.fileno()))
            self._channel_alone = [(channel.read_fd, select.EPOLLIN)]

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            loop = self.loop
            # Where a timer is set, slow callbacks are looked for or a task runs the loop within itself, the loop does as always.
            if timeout is not None or loop._debug or asyncio.current_task(loop) is not None:
                return super().select(timeout)
            while True:
                if self._poll.poll(-1, 2) != self._channel_alone:
                    # What was found is found again.
                    return super().select(0)
                try:
                    self._channel.read()
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as error:
                    # As the loop does with what a callback raises.
                    loop.call_exception_handler({"message": "The channel's reader failed.", "exception": error})
                if loop._ready or loop._scheduled or loop._stopping or loop._debug:
                    return []

        def close(self) -> None:
            self._poll.close()
            super().close()
