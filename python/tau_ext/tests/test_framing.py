from __future__ import annotations

import json
import random
import unittest
from typing import Any

from tau_ext._framing import Fault, MessageDecoder, Oversized, encode_answer, encode_line, owner_of, write_text_result

RUNS = 300


class Heard:
    def __init__(self, max_line_bytes: int = 2**24) -> None:
        self.messages: list[Any] = []
        self.faults: list[Fault | Oversized] = []
        self.decoder = MessageDecoder(self.messages.append, self.faults.append, max_line_bytes)

    def feed(self, data: bytes, cuts: list[int] | None = None) -> Heard:
        places = [0, *sorted(cuts or []), len(data)]
        for start, end in zip(places, places[1:]):
            if end > start:
                self.decoder.feed(data[start:end])
        return self


def random_value(random: random.Random, depth: int = 0) -> Any:
    kind = random.randrange(8 if depth < 3 else 6)
    if kind == 0:
        return random.choice([None, True, False])
    if kind == 1:
        return random.randint(-(2**60), 2**60)
    if kind == 2:
        return random.uniform(-1e9, 1e9)
    if kind < 6:
        return "".join(chr(random.choice([random.randrange(1, 128), random.randrange(0x80, 0xD800), 0x1F600])) for _ in range(random.randrange(12)))
    if kind == 6:
        return [random_value(random, depth + 1) for _ in range(random.randrange(4))]
    return {str(n): random_value(random, depth + 1) for n in range(random.randrange(4))}


class Framing(unittest.TestCase):
    def test_messages_come_out_as_they_went_in_however_the_bytes_are_cut(self) -> None:
        for seed in range(RUNS):
            dice = random.Random(seed)
            messages = [{"n": random_value(dice)} for _ in range(dice.randrange(1, 6))]
            ends = [dice.choice([b"\n", b"\r\n", b"\n \n\n"]) for _ in messages]
            data = b"".join(encode_line(message)[:-1] + end for message, end in zip(messages, ends))
            cuts = [dice.randrange(len(data)) for _ in range(dice.randrange(8))]
            heard = Heard().feed(data, cuts)
            self.assertEqual((heard.messages, heard.faults), (messages, []), f"seed {seed}")

    def test_lines_are_written_as_json_writes_them(self) -> None:
        for seed in range(RUNS):
            value = {"value": random_value(random.Random(seed))}
            expected = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            self.assertEqual(encode_line(value), expected, f"seed {seed}")

    def test_answers_are_the_lines_that_they_are_as_messages(self) -> None:
        for seed in range(RUNS):
            dice = random.Random(seed)
            id, result = dice.randrange(1, 2**53), random_value(dice)
            self.assertEqual(encode_answer(id, result), encode_line({"jsonrpc": "2.0", "id": id, "result": result}))

    def test_text_results_are_the_lines_that_they_are_as_messages(self) -> None:
        class Text(str):
            pass

        for seed in range(RUNS):
            dice = random.Random(seed)
            # All that JSON escapes, quotes it and halves of surrogate pairs included.
            kinds = [range(0, 128), range(0x80, 0x800), range(0xD800, 0xE000), range(0xE000, 0x10000), range(0x10000, 0x110000)]
            text = "".join(chr(dice.choice(dice.choice(kinds[:2] if seed % 2 else kinds))) for _ in range(dice.randrange(20)))
            message = {"jsonrpc": "2.0", "id": 7, "result": {"content": [{"type": "text", "text": text}]}}
            line = encode_answer(7, write_text_result(Text(text) if seed % 3 == 0 else text))
            self.assertEqual(line, encode_line(message), f"seed {seed}")
            # Two halves that follow each other are one character to whoever reads them.
            whole = json.loads(json.dumps(message))
            self.assertEqual(Heard().feed(line).messages, [whole], f"seed {seed}")

    def test_a_message_that_is_handed_on_while_another_is_comes_after_those_before_it(self) -> None:
        heard: list[Any] = []

        def hear(message: dict[str, Any]) -> None:
            heard.append(message["n"])
            if message["n"] == 1:
                decoder.feed(b'": 4}\n{"n": 5}\n{"n": 6')
            if message["n"] == 2:
                decoder.feed(b"}\n")

        decoder = MessageDecoder(hear, heard.append, max_line_bytes=20)
        long = b'{"n": ' + b" " * 20
        for piece in (long, b'0}\n{"n": 1}\n{"n": 2}\n{"n": 3}\n{"n'):
            decoder.feed(piece)
        self.assertEqual(heard, [Oversized(long.decode(), 28), 1, 2, 3, 4, 5, 6])

    def test_garbage_between_messages_costs_no_message(self) -> None:
        for seed in range(RUNS):
            dice = random.Random(seed)
            garbage = bytes(dice.choice([b for b in range(256) if b != 10]) for _ in range(dice.randrange(40)))
            data = b'{"a":1}\n' + garbage + b'\n{"b":2}\n'
            heard = Heard().feed(data, [dice.randrange(len(data)) for _ in range(3)])
            self.assertEqual((heard.messages[0], heard.messages[-1]), ({"a": 1}, {"b": 2}), f"seed {seed}")

    def test_a_line_over_the_limit_is_skipped_wherever_it_is_cut(self) -> None:
        for seed in range(RUNS):
            dice = random.Random(seed)
            length = dice.randrange(90, 130)
            line = b'{"a":"' + b"x" * (length - 8) + b'"}'
            data = line + b'\n{"b":2}\n'
            heard = Heard(max_line_bytes=100).feed(data, [dice.randrange(len(data)) for _ in range(4)])
            if length > 100:
                self.assertEqual(heard.messages, [{"b": 2}], f"seed {seed}")
                [fault] = heard.faults
                self.assertIsInstance(fault, Oversized)
                self.assertEqual(fault.length, length)  # type: ignore[union-attr]
            else:
                self.assertEqual((len(heard.messages), heard.faults), (2, []), f"seed {seed}")

    def test_what_is_no_json_is_a_fault(self) -> None:
        for line in (b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1}x', b"\xef\xbb\xbf{}", b"[1]", b"1", b'{"a":\xff}', b"{" * 100_000):
            heard = Heard().feed(line + b"\n")
            self.assertEqual((heard.messages, len(heard.faults)), ([], 1), line[:20])

    def test_half_a_surrogate_pair_survives(self) -> None:
        heard = Heard().feed(encode_line({"text": "\ud83d"}))
        self.assertEqual(heard.messages, [{"text": "\ud83d"}])

    def test_a_print_in_front_of_a_message_does_not_hide_it(self) -> None:
        heard = Heard().feed(b'progress 50%{"jsonrpc":"2.0","id":1}\n')
        self.assertEqual(heard.messages, [{"jsonrpc": "2.0", "id": 1}])
        self.assertEqual(heard.faults, [Fault("text in front of a message", "progress 50%")])

    def test_a_beginning_tells_whose_a_line_was(self) -> None:
        cases = [
            ('{"jsonrpc":"2.0","id":7,"method":"x","params":{"id":9', (True, 7)),
            ('{"jsonrpc":"2.0","id":7,"result":{"method":"x', (False, 7)),
            ('{"jsonrpc":"2.0","method":"x","params":{"id":9,', None),
            ('{"jsonrpc":"2.0","id":7', None),
            ('{"id":7,"method":"x"', None),
        ]
        for head, owner in cases:
            self.assertEqual(owner_of(head), owner, head)

    def test_a_value_that_holds_itself_is_refused(self) -> None:
        value: dict[str, Any] = {}
        value["self"] = value
        with self.assertRaises((ValueError, RecursionError)):
            encode_line(value)


if __name__ == "__main__":
    unittest.main()
