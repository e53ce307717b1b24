from __future__ import annotations

import dataclasses
import enum
import unittest
from typing import Annotated, Any, Literal, NewType, Optional, TypedDict, Union

from tau_ext import TauError
from tau_ext._shapes import Shapes
from tau_ext._tools import given_tool, typed_tool
from tau_ext._values import Mismatch


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


@dataclasses.dataclass
class Tree:
    name: str
    children: list[Tree] = dataclasses.field(default_factory=list)


class Options(TypedDict, total=False):
    deep: bool


class Model:
    """What pydantic's models look like from outside."""

    def __init__(self, city: str) -> None:
        self.city = city

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        return {"type": "object", "properties": {"city": {"$ref": "#/$defs/City"}}, "$defs": {"City": {"type": "string"}}}

    @classmethod
    def model_validate(cls, value: Any) -> Model:
        if not value.get("city"):
            raise ValueError("a city is needed")
        return cls(value["city"])


UserId = NewType("UserId", int)

SCHEMAS: list[tuple[Any, dict[str, Any]]] = [
    (str, {"type": "string"}),
    (int, {"type": "integer"}),
    (float, {"type": "number"}),
    (bool, {"type": "boolean"}),
    (Any, {}),
    (UserId, {"type": "integer"}),
    (list[int], {"type": "array", "items": {"type": "integer"}}),
    (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
    (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
    (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
    (Literal["a", 1], {"enum": ["a", 1]}),
    (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    (int | str, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
    (Union[int, None], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
    (Annotated[int, "how many", {"minimum": 1}], {"type": "integer", "description": "how many", "minimum": 1}),
    (Color, {"type": "string", "enum": ["red", "blue"]}),
    (tuple[int, ...], {"type": "array", "items": {"type": "integer"}}),
    (
        tuple[int, str],
        {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "maxItems": 2},
    ),
    (
        Point,
        {
            "type": "object",
            "properties": {"x": {"type": "integer"}, "y": {"type": "integer", "default": 0}},
            "required": ["x"],
            "additionalProperties": False,
        },
    ),
    (Options, {"type": "object", "properties": {"deep": {"type": "boolean"}}, "additionalProperties": False}),
]

VALUES: list[tuple[Any, Any, Any]] = [
    (int, 3.0, 3),
    (float, 3, 3),
    (set[int], [1, 1, 2], {1, 2}),
    (tuple[int, str], [1, "a"], (1, "a")),
    (Color, "blue", Color.BLUE),
    (Point, {"x": 1}, Point(1, 0)),
    (list[Point], [{"x": 1, "y": 2}], [Point(1, 2)]),
    (Point | str, "home", "home"),
    (Tree, {"name": "a", "children": [{"name": "b"}]}, Tree("a", [Tree("b")])),
    (Literal[True, 1], 1, 1),
]

WRONG: list[tuple[Any, Any, str]] = [
    (str, 1, "arguments: expected text, got 1"),
    (int, True, "arguments: expected a whole number, got true"),
    (int, 1.5, "arguments: expected a whole number, got 1.5"),
    (bool, 1, "arguments: expected true or false, got 1"),
    (list[int], [1, "a"], '[1]: expected a whole number, got "a"'),
    (Point, {"y": 1}, "x: expected a value, got nothing"),
    (Point, {"x": 1, "z": 1}, "z: expected no such field, got 1"),
    (dict[str, Point], {"home": {"x": "a"}}, 'home.x: expected a whole number, got "a"'),
    (Color, "green", 'arguments: expected one of "red", "blue", got "green"'),
    (Color, [], 'arguments: expected one of "red", "blue", got []'),
    (int | str, [], "arguments: expected a whole number or text, got []"),
    (Model, {}, "arguments: expected a Model (a city is needed), got {}"),
]


class ShapesOfTypes(unittest.TestCase):
    def test_each_hint_has_its_schema(self) -> None:
        for hint, schema in SCHEMAS:
            self.assertEqual(Shapes("it").of(hint).schema, schema, hint)

    def test_each_value_becomes_one_of_its_type(self) -> None:
        for hint, value, expected in VALUES:
            found = Shapes("it").of(hint).read(value, "")
            self.assertEqual((found, type(found)), (expected, type(expected)), hint)

    def test_a_value_that_does_not_fit_is_refused_with_its_place(self) -> None:
        for hint, value, message in WRONG:
            with self.assertRaises(Mismatch) as caught:
                Shapes("it").of(hint).read(value, "")
            self.assertEqual(str(caught.exception), message, hint)

    def test_a_type_that_holds_itself_is_defined_once(self) -> None:
        shapes = Shapes("it")
        self.assertEqual(shapes.of(Tree).schema, {"$ref": "#/$defs/Tree"})
        self.assertEqual(shapes.definitions["Tree"]["properties"]["children"]["items"], {"$ref": "#/$defs/Tree"})

    def test_a_hint_without_a_form_in_json_is_refused_with_the_ways_out(self) -> None:
        for hint in (complex, dict[int, str], bytes):
            with self.assertRaises(TauError) as caught:
                Shapes("tool `x`").of(hint)
            self.assertEqual(caught.exception.kind, "registration-refused")
            self.assertIn("register_tool(…)", str(caught.exception))


class ToolsOfFunctions(unittest.TestCase):
    FACTS = {"name": "x", "description": "d"}

    def test_defaults_make_parameters_optional_and_ctx_is_none_of_them(self) -> None:
        def function(a: int, ctx: Any, b: str = "no", *, c: Color = Color.RED) -> None: ...

        tool = typed_tool(function, self.FACTS, {})
        self.assertEqual(
            tool.definition["parameters"],
            {
                "type": "object",
                "properties": {
                    "a": {"type": "integer"},
                    "b": {"type": "string", "default": "no"},
                    "c": {"type": "string", "enum": ["red", "blue"], "default": "red"},
                },
                "required": ["a"],
                "additionalProperties": False,
            },
        )
        self.assertTrue(tool.takes_context)

    def test_a_model_brings_its_definitions_along(self) -> None:
        def function(where: Model) -> None: ...

        schema = typed_tool(function, self.FACTS, {}).definition["parameters"]
        self.assertEqual(schema["$defs"], {"City": {"type": "string"}})
        self.assertEqual(schema["properties"]["where"]["properties"]["city"], {"$ref": "#/$defs/City"})

    def test_types_may_be_defined_beside_the_function_that_uses_them(self) -> None:
        @dataclasses.dataclass
        class Local:
            n: int

        def function(value: Local) -> None: ...

        tool = typed_tool(function, self.FACTS, {"Local": Local})
        self.assertEqual(tool.definition["parameters"]["properties"]["value"]["required"], ["n"])

    def test_what_a_model_could_not_give_is_refused(self) -> None:
        def untyped(a) -> None: ...  # type: ignore[no-untyped-def]
        def many(*a: int) -> None: ...
        def unknown(a: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

        for function, text in ((untyped, "to have a type hint"), (many, "by name"), (unknown, "Nowhere")):
            with self.assertRaises(TauError) as caught:
                typed_tool(function, self.FACTS, {})
            self.assertIn(text, str(caught.exception))

    def test_a_type_that_holds_itself_is_an_object_in_so_many_words(self) -> None:
        schema = given_tool(lambda tree: tree, Tree, self.FACTS).definition["parameters"]
        self.assertEqual((schema["type"], schema["$ref"]), ("object", "#/$defs/Tree"))


if __name__ == "__main__":
    unittest.main()
