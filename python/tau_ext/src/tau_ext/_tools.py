"""The tools of an extension: what is declared to the host, and what runs when it calls."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
from collections.abc import Callable
from typing import Any

from ._failure import as_failure
from ._framing import write_text_result
from ._peer import IncomingRequest
from ._shapes import Shape, Shapes, object_shape
from ._threads import Threads, is_async, positional_count
from ._values import Mismatch, show
from .contexts import ToolContext
from .errors import TauError, refused
from .results import ToolResult

#: What all large providers accept (spec/protocol.md, G-1).
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTEXT = "ctx"


@dataclasses.dataclass(slots=True)
class Tool:
    definition: dict[str, Any]
    function: Callable[..., Any]
    #: Makes the function's arguments of the call's, where they have types.
    read: Callable[[Any, str], Any] | None
    #: Whether arguments go by name, or as one value.
    by_name: bool
    takes_context: bool
    is_async: bool


class ToolRegistry:
    def __init__(self, threads: Threads, make_context: Callable[[IncomingRequest], ToolContext]) -> None:
        self._tools: dict[str, Tool] = {}
        self._threads = threads
        self._make_context = make_context

    def definitions(self) -> list[dict[str, Any]]:
        return [tool.definition for tool in self._tools.values()]

    def add(self, tool: Tool) -> dict[str, Any]:
        """Raises TauError `registration-refused`."""
        name, description = tool.definition["name"], tool.definition["description"]
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            text = f"Expected a tool name of 1 to 64 letters, digits, `_` or `-`, got {show(name)}. Models are not offered other names."
            raise refused(text)
        if not isinstance(description, str):
            raise refused(f"Expected tool `{name}` to have a `description` for the model, got {show(description)}.")
        if not callable(tool.function):
            raise refused(f"Expected tool `{name}` to have a function to execute, got {show(tool.function)}.")
        if name in self._tools:
            raise refused(f"Tool `{name}` is registered already by this extension. Remove the first, or rename one.")
        self._tools[name] = tool
        return tool.definition

    def remove(self, name: str) -> bool:
        return self._tools.pop(name, None) is not None

    async def execute(self, params: dict[str, Any], request: IncomingRequest) -> Any:
        """Answers `tool/execute`."""
        tool = self._tools.get(params.get("tool", ""))
        if tool is None:
            raise TauError("unknown-tool", f"This extension has no tool `{params.get('tool')}`.", executed="no")
        given: Any = params.get("arguments")
        if tool.read is not None:
            try:
                given = tool.read(given, "")
            except Mismatch as error:
                text = f"The arguments of `{tool.definition['name']}` are wrong:\n- {error}"
                raise TauError("invalid-arguments", text, executed="no") from None
        try:
            if tool.by_name:
                if tool.takes_context:
                    given[_CONTEXT] = self._make_context(request)
                result = await (tool.function(**given) if tool.is_async else self._threads.run(tool.function, **given))
            else:
                both = (given, self._make_context(request)) if tool.takes_context else (given,)
                result = await (tool.function(*both) if tool.is_async else self._threads.run(tool.function, *both))
        except BaseException as error:
            # What a tool raises is the tool's failure (C-9), even where it is the error of a request the tool made: that one's
            # `executed: "no"` would let the host run the whole tool again.
            raise as_failure(error, "cancelled" if request.is_cancelled else "tool-failed") from None
        return write_text_result(result) if isinstance(result, str) else _result_of(tool, result)


def _result_of(tool: Tool, result: Any) -> dict[str, Any]:
    if isinstance(result, ToolResult):
        return result.to_wire()
    if isinstance(result, dict) and isinstance(result.get("content"), list):
        return result
    kind = "None" if result is None else type(result).__name__
    text = f"Expected tool `{tool.definition['name']}` to return a text or a ToolResult, got {kind}. Return ToolResult.json(…) for data."
    raise TauError("tool-failed", text, executed="yes")


def typed_tool(function: Callable[..., Any], facts: dict[str, Any], names: dict[str, Any]) -> Tool:
    """A tool whose parameters are the function's own. `names`: what its hints may name beside the module's."""
    name = facts["name"]
    shapes = Shapes(f"tool `{name}`")
    parameters = list(inspect.signature(function).parameters.values())
    hints = shapes.hints_of(function if inspect.isroutine(function) else getattr(function, "__call__"), names)
    fields: dict[str, Shape] = {}
    optional: dict[str, Any] = {}
    for parameter in parameters:
        if parameter.name == _CONTEXT:
            continue
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise refused(f"Expected tool `{name}` to take its parameters by name, got `{parameter}`.")
        if parameter.name not in hints:
            text = f"Expected parameter `{parameter.name}` of tool `{name}` to have a type hint, as in `{parameter.name}: str`."
            raise refused(text)
        fields[parameter.name] = shapes.of(hints[parameter.name])
        if parameter.default is not parameter.empty:
            optional[parameter.name] = parameter.default
    shape = object_shape(fields, optional)
    return Tool(
        definition={**facts, "parameters": _whole(shape.schema, shapes)},
        function=function,
        read=shape.read,
        by_name=True,
        takes_context=any(parameter.name == _CONTEXT for parameter in parameters),
        is_async=is_async(function),
    )


def given_tool(function: Callable[..., Any], parameters: Any, facts: dict[str, Any]) -> Tool:
    """A tool with a JSON Schema, or with a type whose value its function takes."""
    name = facts["name"]
    read = None
    if isinstance(parameters, dict):
        schema = _plain_json(name, parameters)
    else:
        shapes = Shapes(f"tool `{name}`")
        shape = shapes.of(parameters)
        schema, read = _whole(shape.schema, shapes), shape.read
        # A type that holds itself is a reference, and parameters have to be an object in so many words (G-2).
        schema = schema if "$ref" not in schema else {"type": "object", **schema}
    return Tool(
        definition={**facts, "parameters": schema},
        function=function,
        read=read,
        by_name=False,
        takes_context=positional_count(function, 2) == 2,
        is_async=is_async(function),
    )


def _whole(schema: dict[str, Any], shapes: Shapes) -> dict[str, Any]:
    return {**schema, "$defs": shapes.definitions} if shapes.definitions else schema


def _plain_json(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(json.dumps(schema, allow_nan=False))
        return plain
    except (TypeError, ValueError) as error:
        raise refused(f"Expected `parameters` of tool `{name}` to be a JSON Schema, got what is not JSON: {error}") from None
