# The floor of a round trip with Python: reads a line of JSON, prints a line of JSON.
import json
import sys

for line in sys.stdin:
    message = json.loads(line)
    print(json.dumps({"id": message["id"], "text": message["text"]}), flush=True)
