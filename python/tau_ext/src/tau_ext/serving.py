"""For an extension that is a program of its own, installed or behind a wrapper."""

from __future__ import annotations

import os
import sys
from typing import Any

from ._process import open_channel_or_exit, run


def serve(setup: Any, *, name: str | None = None, version: str = "0.0.0") -> None:
    """
    Speaks with the host that started this process, and ends the process with the channel. Call it once, at the end of the
    program: `if __name__ == "__main__": serve(setup)`. Output printed before it may land between messages. What tau starts
    from a source file does not need it.
    """
    channel = open_channel_or_exit()
    run(channel, lambda: setup, name or os.path.basename(sys.argv[0]) or "extension", version)
