from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
import unittest
from collections.abc import Callable
from typing import Any

from tau_ext._loop import new_loop


class Fake:
    """A channel that hands on each byte."""

    def __init__(self) -> None:
        self.ours, theirs = socket.socketpair()
        self.read_fd = theirs.detach()
        self.do: Callable[[bytes], None] = lambda byte: None
        self.turns_before: list[int] = []

    def read(self) -> None:
        self.do(os.read(self.read_fd, 1))


class Loop(unittest.TestCase):
    def setUp(self) -> None:
        self.channel = Fake()
        self.loop: Any = new_loop(self.channel)  # type: ignore[arg-type]
        self.loop.add_reader(self.channel.read_fd, self.channel.read)
        # A loop that waits for what never comes fails, and blocks nobody.
        before = signal.signal(signal.SIGALRM, lambda *_: sys.exit("The loop waits."))
        signal.alarm(10)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        self.addCleanup(signal.alarm, 0)

    def tearDown(self) -> None:
        self.loop.close()
        self.channel.ours.close()
        os.close(self.channel.read_fd)

    def say(self, what: bytes = b".") -> None:
        self.channel.ours.sendall(what)

    @unittest.skipUnless(sys.platform == "linux", "elsewhere the loop is asyncio's")
    def test_what_gives_the_loop_nothing_to_do_takes_no_turn_of_it(self) -> None:
        turns: list[int] = []
        run_once = self.loop._run_once
        self.loop._run_once = lambda: (turns.append(1), run_once())
        left = 100

        def hear(_byte: bytes) -> None:
            nonlocal left
            left -= 1
            self.say() if left else self.loop.stop()

        self.channel.do = hear
        self.say()
        self.loop.run_forever()
        self.assertEqual((left, len(turns)), (0, 1))

    def test_what_a_message_plans_for_soon_is_run(self) -> None:
        self.channel.do = lambda _: self.loop.call_soon(self.loop.stop)
        self.say()
        self.loop.run_forever()

    def test_what_a_message_plans_for_later_is_run_in_time(self) -> None:
        self.channel.do = lambda _: self.loop.call_later(0.001, self.loop.stop)
        self.say()
        self.loop.run_forever()

    def test_messages_are_heard_while_a_timer_runs(self) -> None:
        self.loop.call_later(100, self.fail)
        self.channel.do = lambda _: self.loop.stop()
        self.say()
        self.loop.run_forever()

    def test_other_threads_and_descriptors_are_heard_while_the_channel_is_silent(self) -> None:
        ours, theirs = socket.socketpair()
        heard: list[str] = []

        def read() -> None:
            heard.append(theirs.recv(9).decode())
            self.loop.stop()

        self.channel.do = lambda _: threading.Thread(
            target=lambda: self.loop.call_soon_threadsafe(lambda: (heard.append("thread"), ours.sendall(b"descriptor")))
        ).start()
        with ours, theirs:
            self.loop.add_reader(theirs, read)
            self.say()
            self.loop.run_forever()
            self.loop.remove_reader(theirs)
        self.assertEqual(heard, ["thread", "descripto"])

    def test_other_descriptors_are_heard_while_the_channel_is_flooded(self) -> None:
        ours, theirs = socket.socketpair()
        self.channel.do = lambda _: self.say()
        with ours, theirs:
            self.loop.add_reader(theirs, self.loop.stop)
            self.say(b"........")
            ours.sendall(b".")
            self.loop.run_forever()
            self.loop.remove_reader(theirs)

    def test_a_reader_that_fails_is_told_of_and_goes_on_reading(self) -> None:
        told: list[Any] = []
        self.loop.set_exception_handler(lambda _loop, context: told.append(str(context["exception"])))

        def hear(byte: bytes) -> None:
            if byte == b"2":
                self.loop.stop()
            raise ValueError(f"failed at {byte.decode()}")

        self.channel.do = hear
        self.say(b"12")
        self.loop.run_forever()
        self.assertEqual(told, ["failed at 1", "failed at 2"])

    def test_sys_exit_in_a_reader_comes_out_of_the_loop_which_can_go_on(self) -> None:
        self.channel.do = lambda byte: sys.exit("asked to") if byte == b"1" else self.loop.stop()
        self.say(b"12")
        with self.assertRaisesRegex(SystemExit, "asked to"):
            self.loop.run_forever()
        self.loop.run_forever()

    def test_slow_messages_are_told_of_where_the_author_looks_for_them(self) -> None:
        self.loop.slow_callback_duration = 0
        self.loop.set_debug(True)
        self.channel.do = lambda _: self.loop.stop()
        self.say()
        with self.assertLogs("asyncio", "WARNING") as logs:
            self.loop.run_forever()
        self.assertIn("read", logs.output[0])

    def test_a_loop_that_somebody_chose_is_used(self) -> None:
        class Chosen(asyncio.SelectorEventLoop):
            pass

        before = asyncio.new_event_loop
        asyncio.new_event_loop = Chosen
        try:
            chosen = new_loop(self.channel)  # type: ignore[arg-type]
        finally:
            asyncio.new_event_loop = before
        self.assertIs(type(chosen), Chosen)
        chosen.close()


if __name__ == "__main__":
    unittest.main()
