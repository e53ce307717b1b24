"""Type hints to JSON Schema, and JSON to values of those types."""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import json
import sys
import types
import typing
from collections.abc import Callable
from typing import Any, NamedTuple

from ._values import Mismatch, anything, boolean, fraction, none, one_of, show, text, whole
from .errors import refused

Reader = Callable[[Any, str], Any]


class Shape(NamedTuple):
    """What a type looks like as JSON, and how such JSON becomes a value of it."""

    schema: dict[str, Any]
    read: Reader


_SIMPLE: dict[Any, Shape] = {
    Any: Shape({}, anything),
    object: Shape({}, anything),
    str: Shape({"type": "string"}, text),
    bool: Shape({"type": "boolean"}, boolean),
    int: Shape({"type": "integer"}, whole),
    float: Shape({"type": "number"}, fraction),
    None: Shape({"type": "null"}, none),
    type(None): Shape({"type": "null"}, none),
    list: Shape({"type": "array"}, one_of("a list", list)),
    dict: Shape({"type": "object"}, one_of("an object", dict)),
}

_LISTS = (list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection)
_SETS = (set, frozenset, collections.abc.Set)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_UNIONS = (typing.Union, types.UnionType)


class Shapes:
    """Makes the shapes of one schema. `what` begins the errors: whose hints they are."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.definitions: dict[str, Any] = {}
        self._open: set[type] = set()
        self._recursive: set[type] = set()
        self._readers: dict[type, Reader] = {}

    def of(self, hint: Any) -> Shape:
        """Raises TauError `registration-refused` for what JSON has no form of."""
        try:
            known = _SIMPLE.get(hint)
        except TypeError:
            # Not hashable, as `Annotated[int, {…}]`: none of the simple ones.
            known = None
        if known is not None:
            return known
        origin = typing.get_origin(hint)
        if origin is not None:
            return self._of_generic(hint, origin, typing.get_args(hint))
        if isinstance(hint, type):
            return self._of_class(hint)
        # NewType, and `type X = …` of Python 3.12.
        alias = getattr(hint, "__supertype__", None) or getattr(hint, "__value__", None)
        if alias is not None:
            return self.of(alias)
        raise self._refuse(hint)

    def _of_generic(self, hint: Any, origin: Any, args: tuple[Any, ...]) -> Shape:
        if origin is typing.Annotated:
            return self._annotated(args[0], args[1:])
        if origin in (getattr(typing, "Required", None), getattr(typing, "NotRequired", None)):
            return self.of(args[0])
        if origin is typing.Literal:
            return _literal(args)
        if origin in _UNIONS:
            return self._union(args)
        if origin in _LISTS:
            item = self.of(args[0])
            return Shape({"type": "array", "items": item.schema}, _list_reader(item.read))
        if origin in _SETS:
            item = self.of(args[0])
            make = frozenset if origin is frozenset else set
            read = _list_reader(item.read)
            return Shape(
                {"type": "array", "items": item.schema, "uniqueItems": True}, lambda value, path: make(read(value, path))
            )
        if origin is tuple:
            return self._tuple(args)
        if origin in _DICTS and args[0] is str:
            item = self.of(args[1])
            return Shape({"type": "object", "additionalProperties": item.schema}, _dict_reader(item.read))
        raise self._refuse(hint)

    def _annotated(self, hint: Any, notes: tuple[Any, ...]) -> Shape:
        shape = self.of(hint)
        schema = dict(shape.schema)
        for note in notes:
            if isinstance(note, str):
                schema["description"] = note
            elif isinstance(note, dict):
                schema.update(note)
            elif isinstance(getattr(note, "description", None), str):
                schema["description"] = note.description
        return Shape(schema, shape.read)

    def _union(self, args: tuple[Any, ...]) -> Shape:
        shapes = [self.of(arg) for arg in args]

        def read(value: Any, path: str) -> Any:
            expected: list[str] = []
            for shape in shapes:
                try:
                    return shape.read(value, path)
                except Mismatch as error:
                    if error.path != path:
                        raise
                    expected.append(error.expected)
            raise Mismatch(path, " or ".join(expected), value)

        return Shape({"anyOf": [shape.schema for shape in shapes]}, read)

    def _tuple(self, args: tuple[Any, ...]) -> Shape:
        if len(args) == 2 and args[1] is Ellipsis:
            item = self.of(args[0])
            read = _list_reader(item.read)
            return Shape({"type": "array", "items": item.schema}, lambda value, path: tuple(read(value, path)))
        shapes = [self.of(arg) for arg in args]
        schema = {
            "type": "array",
            "prefixItems": [shape.schema for shape in shapes],
            "minItems": len(shapes),
            "maxItems": len(shapes),
        }

        def read_all(value: Any, path: str) -> Any:
            if not isinstance(value, list) or len(value) != len(shapes):
                raise Mismatch(path, f"a list of {len(shapes)}", value)
            return tuple(shape.read(each, f"{path}[{n}]") for n, (shape, each) in enumerate(zip(shapes, value)))

        return Shape(schema, read_all)

    def _of_class(self, cls: type) -> Shape:
        if issubclass(cls, enum.Enum):
            return _enumeration(cls)
        if hasattr(cls, "model_json_schema") and hasattr(cls, "model_validate"):
            return self._of_model(cls)
        if dataclasses.is_dataclass(cls):
            return self._named(cls, self._of_dataclass)
        if typing.is_typeddict(cls):
            return self._named(cls, self._of_typed_dict)
        raise self._refuse(cls)

    def _named(self, cls: type, make: Callable[[type], Shape]) -> Shape:
        """A type may hold itself: then it is defined once and referred to."""
        reference = Shape({"$ref": f"#/$defs/{cls.__name__}"}, lambda value, path: self._readers[cls](value, path))
        if cls in self._open:
            self._recursive.add(cls)
            return reference
        self._open.add(cls)
        shape = make(cls)
        self._open.discard(cls)
        self._readers[cls] = shape.read
        if cls not in self._recursive:
            return shape
        self._define(cls.__name__, shape.schema)
        return reference

    def _define(self, name: str, schema: Any) -> None:
        if self.definitions.setdefault(name, schema) != schema:
            raise refused(f"Expected {self._what} to use one type of the name `{name}`, got two. Rename one of them.")

    def _of_dataclass(self, cls: Any) -> Shape:
        hints = self.hints_of(cls, {})
        fields = {field.name: field for field in dataclasses.fields(cls) if field.init}
        missing = dataclasses.MISSING
        shapes = {name: self.of(hints[name]) for name in fields}
        optional = {
            name: field.default
            for name, field in fields.items()
            if field.default is not missing or field.default_factory is not missing
        }
        return object_shape(shapes, optional, lambda values: cls(**values))

    def _of_typed_dict(self, cls: Any) -> Shape:
        shapes = {name: self.of(hint) for name, hint in self.hints_of(cls, {}).items()}
        optional = {name: dataclasses.MISSING for name in shapes if name not in cls.__required_keys__}
        return object_shape(shapes, optional)

    def _of_model(self, cls: Any) -> Shape:
        """A pydantic model, or what behaves like one."""
        schema = dict(cls.model_json_schema())
        for name, definition in schema.pop("$defs", {}).items():
            self._define(name, definition)

        def read(value: Any, path: str) -> Any:
            try:
                return cls.model_validate(value)
            except ValueError as error:
                raise Mismatch(path, f"a {cls.__name__} ({error})", value) from error

        return Shape(schema, read)

    def hints_of(self, target: Any, names: dict[str, Any]) -> dict[str, Any]:
        """The hints of a function or class. `names`: what is known besides, where the target was defined."""
        try:
            return typing.get_type_hints(target, localns=names or None, include_extras=True)
        except NameError as error:
            raise refused(
                f"Expected the type hints of {self._what} to name types that are known where it is defined: {error}. "
                "Define the type at the top of the module."
            ) from None

    def _refuse(self, hint: Any) -> Exception:
        return refused(
            f"Expected the type hints of {self._what} to be str, int, float, bool, list, dict[str, …], tuple, Literal, an "
            f"Enum, a dataclass, a TypedDict, a pydantic model or unions of them, got {show(hint)}. Use one of these, or "
            "register_tool(…) with a JSON Schema."
        )


def object_shape(
    shapes: dict[str, Shape], optional: dict[str, Any], make: Callable[[dict[str, Any]], Any] | None = None
) -> Shape:
    """An object with these fields and no others. `optional` holds defaults; MISSING where there is none to show. `make`: what becomes of it."""
    properties = {name: _with_default(shape.schema, optional.get(name, dataclasses.MISSING)) for name, shape in shapes.items()}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    required = [name for name in shapes if name not in optional]
    if required:
        schema["required"] = required
    schema["additionalProperties"] = False
    readers = {name: shape.read for name, shape in shapes.items()}

    def read(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise Mismatch(path, "an object", value)
        for name in required:
            if name not in value:
                raise Mismatch(_join(path, name), "a value", None, "nothing")
        values: dict[str, Any] = {}
        for name, each in value.items():
            reader = readers.get(name)
            if reader is None:
                raise Mismatch(_join(path, name), "no such field", each)
            values[name] = reader(each, f"{path}.{name}" if path else name)
        if make is None:
            return values
        try:
            return make(values)
        except (TypeError, ValueError) as error:
            if isinstance(error, Mismatch):
                raise
            raise Mismatch(path, f"an object that fits ({error})", value) from error

    return Shape(schema, read)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _with_default(schema: dict[str, Any], default: Any) -> dict[str, Any]:
    value = default.value if isinstance(default, enum.Enum) else default
    if value is dataclasses.MISSING or "$ref" in schema:
        return schema
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return schema
    return {**schema, "default": value}


def _list_reader(read: Reader) -> Reader:
    def read_list(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise Mismatch(path, "a list", value)
        return [read(each, f"{path}[{n}]") for n, each in enumerate(value)]

    return read_list


def _dict_reader(read: Reader) -> Reader:
    def read_dict(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise Mismatch(path, "an object", value)
        return {name: read(each, _join(path, name)) for name, each in value.items()}

    return read_dict


def _literal(values: tuple[Any, ...]) -> Shape:
    plain = [value.value if isinstance(value, enum.Enum) else value for value in values]
    return Shape(_enum_schema(plain), _choice_reader(dict(zip(map(_key, plain), values))))


def _enumeration(cls: type[enum.Enum]) -> Shape:
    plain = [member.value for member in cls]
    return Shape(_enum_schema(plain), _choice_reader({_key(member.value): member for member in cls}))


def _enum_schema(values: list[Any]) -> dict[str, Any]:
    kinds = {_SIMPLE[type(value)].schema.get("type") for value in values if type(value) in _SIMPLE}
    return {"type": kinds.pop(), "enum": values} if len(kinds) == 1 else {"enum": values}


def _key(value: Any) -> tuple[bool, Any]:
    """`True` and `1` are the same key to a dict."""
    return isinstance(value, bool), value


def _choice_reader(choices: dict[tuple[bool, Any], Any]) -> Reader:
    expected = "one of " + ", ".join(show(value) for _, value in choices)

    def read(value: Any, path: str) -> Any:
        try:
            return choices[_key(value)]
        except (KeyError, TypeError):
            raise Mismatch(path, expected, value) from None

    return read


def caller_names(depth: int) -> dict[str, Any]:
    """Local names of the function that many calls up: types may be defined beside the tool that uses them."""
    return dict(sys._getframe(depth + 1).f_locals)
