"""Runs an extension from its bundle: the text of its own files as they were when the host read them, under their real paths."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import linecache
import os
import sys
from collections.abc import Sequence
from types import CodeType, ModuleType
from typing import Any

from ._process import open_channel_or_exit, run
from .errors import TauError


def main(argv: list[str]) -> None:
    channel = open_channel_or_exit()
    bundle, name, version = argv[1:4]
    run(channel, lambda: load_setup(bundle), name, version)


def load_setup(bundle: str) -> Any:
    """The function `setup` of the entry file. Raises TauError `setup-failed` when there is none, and whatever the file raises."""
    with open(bundle, encoding="utf-8") as file:
        content = json.load(file)
    entry: str = content["entry"]
    # As if Python had been started with the file itself.
    sys.argv = [entry]
    sys.path[0] = os.path.dirname(entry)
    finder = BundleFinder(os.path.dirname(entry), content["files"])
    # Behind those of Python's built-in modules, in front of the files.
    at = next((n for n, each in enumerate(sys.meta_path) if each is importlib.machinery.PathFinder), len(sys.meta_path))
    sys.meta_path.insert(at, finder)
    setup = getattr(_load(entry, finder), "setup", None)
    if callable(setup):
        return setup
    found = "none" if setup is None else type(setup).__name__
    raise TauError(
        "setup-failed",
        f"Expected {entry} to define a function `setup(api)`, got {found}. Write `async def setup(api): …`.",
        executed="no",
    )


class BundleFinder:
    """Finds the extension's own modules in the bundle: a file that is saved meanwhile belongs to the next version."""

    def __init__(self, folder: str, files: dict[str, str]) -> None:
        self._folder = folder
        self._files = files

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        last = name.rpartition(".")[2]
        for folder in [self._folder] if path is None else path:
            package = os.path.join(folder, last, "__init__.py")
            if package in self._files:
                return self.spec_of(name, package, [os.path.join(folder, last)])
            module = os.path.join(folder, f"{last}.py")
            if module in self._files:
                return self.spec_of(name, module, None)
        return None

    def spec_of(self, name: str, path: str, inside: list[str] | None) -> importlib.machinery.ModuleSpec | None:
        loader = BundleLoader(name, path, self._files[path])
        return importlib.util.spec_from_file_location(name, path, loader=loader, submodule_search_locations=inside)


class BundleLoader(importlib.machinery.SourceFileLoader):
    """
    Compiles what the bundle says and keeps no bytecode: Python tells bytecode's age in whole seconds, and would run what was
    saved twice within one in its first form.
    """

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, _name: str) -> CodeType:
        # Tracebacks show lines, and these are the ones that run. Without a time it is never looked up on the disk.
        linecache.cache[self.path] = (len(self._text), None, self._text.splitlines(keepends=True), self.path)
        return compile(self._text, self.path, "exec", dont_inherit=True)


def _load(entry: str, finder: BundleFinder) -> ModuleType:
    stem = os.path.splitext(os.path.basename(entry))[0]
    # A file called json.py must not stand for Python's own.
    taken = stem in sys.modules or stem in sys.stdlib_module_names
    spec = finder.spec_of(f"tau_extension_{stem}" if taken else stem, entry, None)
    if spec is None or spec.loader is None:
        raise TauError("setup-failed", f"Expected {entry} to be a Python module.", executed="no")
    module = importlib.util.module_from_spec(spec)
    # Where dataclasses, pickles and the modules that import it back look.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
