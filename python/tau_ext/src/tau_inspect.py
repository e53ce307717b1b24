"""
Reads a `.py` extension and the modules beside it that it imports, without running any of them. Speaks one line in, one line
out; run with `python3 -I -S`, it starts in a moment.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import sys
import warnings
from typing import Any


class Reader:
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.files: dict[str, str] = {}
        #: SHA-256 of the bytes that were read.
        self.hashes: dict[str, str] = {}
        #: Where a module would have counted, had it been there.
        self.missing: list[str] = []
        self.diagnostics: list[dict[str, Any]] = []

    def read(self, path: str, package: str) -> None:
        """`package`: the folder that relative imports in the file begin at."""
        if path in self.files:
            return
        try:
            with open(path, "rb") as file:
                content = file.read()
            self.hashes[path] = hashlib.sha256(content).hexdigest()
            self.files[path] = text = importlib.util.decode_source(content)
            # All of compiling: `return` outside of a function is found after parsing.
            compile(text, path, "exec", dont_inherit=True)
            tree = ast.parse(text, path)
        except SyntaxError as error:
            self.diagnostics.append(_diagnostic(path, error))
            return
        except (OSError, ValueError) as error:
            self.diagnostics.append({"severity": "error", "message": str(error), "file": path})
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._follow(self.folder, alias.name.split("."))
            elif isinstance(node, ast.ImportFrom):
                self._follow_from(node, package)

    def _follow_from(self, node: ast.ImportFrom, package: str) -> None:
        start = self.folder
        if node.level:
            start = package
            for _ in range(node.level - 1):
                start = os.path.dirname(start)
        parts = node.module.split(".") if node.module else []
        for alias in node.names:
            # Each name may be a module of its own.
            self._follow(start, [*parts, alias.name])

    def _follow(self, folder: str, parts: list[str]) -> None:
        for part in parts:
            package = os.path.join(folder, part, "__init__.py")
            module = os.path.join(folder, f"{part}.py")
            if os.path.isfile(package):
                self.read(package, os.path.join(folder, part))
            elif os.path.isfile(module):
                self.read(module, folder)
                return
            elif not os.path.isdir(os.path.join(folder, part)):
                self.missing.append(module)
                return
            folder = os.path.join(folder, part)


def _diagnostic(path: str, error: SyntaxError) -> dict[str, Any]:
    found: dict[str, Any] = {"severity": "error", "message": f"{type(error).__name__}: {error.msg}", "file": path}
    if error.lineno:
        found["line"] = error.lineno
    if error.text and error.offset is not None:
        line = error.text.rstrip("\r\n")
        # Columns count as the text is shown; 0 stands for an end of the line that is not known.
        found.update(lineText=line, column=max(1, min(error.offset, len(line) + 1)))
    return found


def main() -> None:
    # A wrong escape in a text is its author's, and is told when the extension runs.
    warnings.simplefilter("ignore")
    request = json.loads(sys.stdin.readline())
    entry = request["params"]["entry"]
    folder = os.path.dirname(entry)
    reader = Reader(folder)
    reader.read(entry, folder)
    result = {
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "files": reader.files,
        "hashes": reader.hashes,
        "missing": sorted(set(reader.missing)),
        "diagnostics": reader.diagnostics,
    }
    # Half a surrogate pair in a text has no UTF-8, and an escape in JSON.
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
