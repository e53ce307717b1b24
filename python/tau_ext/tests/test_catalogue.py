from __future__ import annotations

import json
import re
import unittest
from pathlib import Path

from tau_ext.catalogue import EVENTS
from tau_ext.errors import WIRE_CODES

SPEC = Path(__file__).parents[3] / "spec"


class Catalogue(unittest.TestCase):
    def test_the_events_are_those_of_the_spec(self) -> None:
        events = json.loads((SPEC / "events.json").read_text("utf-8"))["events"]
        self.assertEqual(EVENTS, {event["name"]: event["kind"] for event in events})

    def test_the_kinds_of_error_are_those_of_the_spec(self) -> None:
        text = (SPEC / "protocol.md").read_text("utf-8")
        table = re.findall(r"^\| `([a-z-]+)` +\| (-?\d+) +\|", text, re.MULTILINE)
        self.assertEqual(WIRE_CODES, {kind: int(code) for kind, code in table})


if __name__ == "__main__":
    unittest.main()
