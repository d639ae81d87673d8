"""What each keyword of a schema means for the schema that is read: one rule per keyword."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from specbind.generator.codes import Code
from specbind.generator.ir.model import Constraints
from specbind.generator.source import Missing
from specbind.generator.source.pointer import child

from .cursor import Cursor, is_bounded, kind
from .document import Discriminator

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.ir.model import Json

    from .read_schema import SchemaReader

__all__ = ["MEANS_NULL", "NOT_CARRIED", "RULES", "SILENT", "Draft", "constraints"]

_TYPES = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))

_OTHER_TYPES = {"float": "number", "double": "number", "int": "integer", "long": "integer", "bool": "boolean",
                "str": "string", "text": "string", "list": "array", "map": "object", "dict": "object"}  # fmt: skip

# Keywords that say nothing about the values on the wire, or only hold schemas for references.
SILENT = frozenset(("$schema", "$id", "$anchor", "$dynamicAnchor", "$comment", "$defs", "$vocabulary", "definitions",
                     "externalDocs", "id"))  # fmt: skip
NOT_CARRIED = frozenset(("not", "if", "then", "else", "dependentSchemas", "dependentRequired", "dependencies",
                          "propertyNames", "contains", "minContains", "maxContains", "unevaluatedProperties",
                          "unevaluatedItems", "xml"))  # fmt: skip

MEANS_NULL = frozenset(("type", "const", "default", "example", "$ref"))
"""Keywords for which null is a value like any other, or a fault."""

_Read: TypeAlias = "Callable[[SchemaReader, Draft, str, Json], None]"


class Draft:
    """A schema that is being read."""

    __slots__ = ("constraints", "depth", "members", "place")

    def __init__(self, place: str, depth: int) -> None:
        self.place = place
        self.depth = depth
        self.members: dict[str, object] = {}
        self.constraints: dict[str, object] = {}


def _text(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, str):
        draft.members[_NAMES.get(key, key)] = value
    elif value is not None:
        draft.members[_NAMES.get(key, key)] = Cursor(reader.scope, {key: value}, draft.place).text(key)


def _flag(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, bool):
        draft.members[_NAMES.get(key, key)] = value
    else:
        draft.members[_NAMES.get(key, key)] = Cursor(reader.scope, {key: value}, draft.place).flag(key) or False


def _number(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, int | float) and (not isinstance(value, bool) or key in _EXCLUSIVE):
        draft.constraints[_NAMES.get(key, key)] = value
    elif value is not None:
        _wrong(reader, draft, key, "a number", value)


def _count(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        draft.constraints[_NAMES.get(key, key)] = value
    elif value is not None:
        _wrong(reader, draft, key, "a whole number from 0", value)


def _pattern(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, str):
        draft.constraints[key] = value
    elif value is not None:
        _wrong(reader, draft, key, "a string", value)


def _unique(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if value is True:
        draft.constraints["unique_items"] = True
    elif value is not False:
        _wrong(reader, draft, key, "true or false", value)


def _schema(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    draft.members[_NAMES.get(key, key)] = reader.read(value, f"{draft.place}/{key}", draft.depth + 1)


def _schemas(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, dict):
        _wrong(reader, draft, key, "an array of schemas", value)
        draft.members[_NAMES.get(key, key)] = (reader.read(value, f"{draft.place}/{key}", draft.depth + 1),)
        return
    if not isinstance(value, list):
        _wrong(reader, draft, key, "an array of schemas", value)
        return
    place = f"{draft.place}/{key}"
    draft.members[_NAMES.get(key, key)] = tuple(
        [reader.read(item, f"{place}/{index}", draft.depth + 1) for index, item in enumerate(value)]
    )


def _schema_map(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    place = f"{draft.place}/{key}"
    if isinstance(value, dict) and isinstance(value.get("$ref"), str) and len(value) == 1:
        followed = reader.scope.follow(value, place)
        if followed is None:
            return
        value, place = followed
    if not isinstance(value, dict):
        _wrong(reader, draft, key, "an object", value)
        return
    draft.members[_NAMES.get(key, key)] = {
        name: reader.read(item, child(place, name), draft.depth + 1) for name, item in value.items()
    }


def _items(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, list):  # before 2020-12, a list of items meant what prefixItems means now
        _schemas(reader, draft, "prefixItems", value)
    else:
        _schema(reader, draft, key, value)


def _reference(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if not isinstance(value, str):
        _wrong(reader, draft, key, "a string", value)
        draft.members["ref"] = None
        return
    draft.members["ref"] = reader.scope.workspace.resolve(value, draft.place, Code.DANGLING_SCHEMA)


def _type(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    names: list[str] = []
    if value == []:
        _say(reader, Code.DEGRADED, "'type' lists no type, which means nothing; it is left out", draft, key)
        draft.members["degraded"] = True
    for name in value if isinstance(value, list) else [value]:
        if isinstance(name, str) and name.lower() in _TYPES:
            names.append(name.lower())
        elif name is None:
            names.append("null")
        elif isinstance(name, str) and name.lower() in _OTHER_TYPES:
            known = _OTHER_TYPES[name.lower()]
            _say(reader, Code.WRONG_TYPE, f"{name!r} is not a type; {known!r} is taken", draft, key)
            names.append(known)
        elif name == "file":
            names.append("string")
            draft.members.setdefault("format", "binary")
        else:
            _say(reader, Code.DEGRADED, f"{name!r} is not a type", draft, key)
            draft.members["degraded"] = True
    draft.members["types"] = tuple(dict.fromkeys(names))


def _enum(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, list):
        draft.members["enum"] = tuple(value)
    else:
        _wrong(reader, draft, key, "an array", value)


_SWITCHES = frozenset(("true", "false", "yes", "no", "on", "off", ""))


def _required(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, list):
        draft.members["required"] = tuple(dict.fromkeys(name for name in value if isinstance(name, str)))
    elif isinstance(value, str):
        _wrong(reader, draft, key, "an array of names", value)
        if value.lower() not in _SWITCHES:  # of a member that is required, as people write it in 2.0 parameters
            draft.members["required"] = (value,)
    elif value is not False and value is not None:
        _wrong(reader, draft, key, "an array of names", value)


def _strings(_reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if isinstance(value, list):
        draft.members[_NAMES[key]] = tuple(item if isinstance(item, str) else "" for item in value)


def _json(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    if not is_bounded(value):
        _say(reader, Code.WRONG_TYPE, f"{key!r} is nested too deep; it is not used", draft, key)
    else:
        draft.members[key] = value


def _example(_reader: SchemaReader, draft: Draft, _key: str, value: Json) -> None:
    if is_bounded(value):
        draft.members.setdefault("examples", (value,))


def _examples(_reader: SchemaReader, draft: Draft, _key: str, value: Json) -> None:
    if isinstance(value, list) and is_bounded(value):
        draft.members["examples"] = tuple(value)


def _discriminator(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    cursor = Cursor(reader.scope, {key: value}, draft.place)
    if isinstance(value, str):  # as in 2.0
        draft.members["discriminator"] = Discriminator(value)
        return
    inner = cursor.mapping(key)
    name = inner.text("propertyName")
    if not name:
        _say(reader, Code.DISCRIMINATOR, "the discriminator has no propertyName; it is not used", draft, key)
        return
    mapping: dict[str, str | None] = {}
    for tag, target, place in inner.mapping("mapping").items():
        if isinstance(target, str):
            mapping[tag] = _mapped(reader, target, place)
    draft.members["discriminator"] = Discriminator(name, mapping)


def _mapped(reader: SchemaReader, target: str, place: str) -> str | None:
    """Where a mapping value leads: the name of a component, or a reference."""
    workspace = reader.scope.workspace
    named = f"#/components/schemas/{target.replace('~', '~0').replace('/', '~1')}"
    if not isinstance(workspace.value(named), Missing):
        return named
    if "#" in target or "/" in target or "." in target:
        found = workspace.find(target, place)
        if found is not None:
            return found
    reader.scope.report.add(Code.DISCRIMINATOR, f"the mapping to {target!r} leads to no schema", place)
    return None


def _passed(reader: SchemaReader, draft: Draft, key: str, value: Json) -> None:
    """`additionalItems` beside `prefixItems`; a silent true is the default."""
    if value is not True and value is not False:
        _schema(reader, draft, key, value)


def _failure(_reader: SchemaReader, draft: Draft, _key: str, value: Json) -> None:
    draft.members["failure"] = value is True


def _say(reader: SchemaReader, code: Code, message: str, draft: Draft, key: str) -> None:
    reader.scope.report.add(code, message, child(draft.place, key))


def _wrong(reader: SchemaReader, draft: Draft, key: str, wanted: str, value: Json) -> None:
    _say(reader, Code.WRONG_TYPE, f"{key!r} must be {wanted}, not {kind(value)}", draft, key)


def constraints(found: dict[str, object]) -> Constraints:
    """Constraints, with 3.0's boolean exclusive bounds made numbers."""
    for bound, exclusive in (("minimum", "exclusive_minimum"), ("maximum", "exclusive_maximum")):
        flag = found.get(exclusive)
        if isinstance(flag, bool):
            del found[exclusive]
            if flag and bound in found:
                found[exclusive] = found.pop(bound)
    return Constraints(**found)  # type: ignore[arg-type] # each rule sets its member's type


_NAMES = {
    "allOf": "all_of",
    "anyOf": "any_of",
    "oneOf": "one_of",
    "additionalProperties": "additional",
    "additionalItems": "items",
    "patternProperties": "patterns",
    "prefixItems": "prefix",
    "readOnly": "read_only",
    "writeOnly": "write_only",
    "x-nullable": "nullable",
    "contentMediaType": "media",
    "contentEncoding": "encoding",
    "contentSchema": "content",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
    "minProperties": "min_properties",
    "maxProperties": "max_properties",
    "x-enum-varnames": "value_names",
    "x-enum-descriptions": "value_docs",
}
_EXCLUSIVE = frozenset(("exclusiveMinimum", "exclusiveMaximum"))

RULES: dict[str, _Read] = {
    "$ref": _reference,
    "$dynamicRef": _reference,
    "type": _type,
    "properties": _schema_map,
    "patternProperties": _schema_map,
    "additionalProperties": _schema,
    "contentSchema": _schema,
    "required": _required,
    "items": _items,
    "additionalItems": _passed,
    "prefixItems": _schemas,
    "allOf": _schemas,
    "oneOf": _schemas,
    "anyOf": _schemas,
    "discriminator": _discriminator,
    "enum": _enum,
    "const": _json,
    "default": _json,
    "example": _example,
    "examples": _examples,
    "uniqueItems": _unique,
    "pattern": _pattern,
    "x-enum-varnames": _strings,
    "x-enum-descriptions": _strings,
    "x-specbind-failure": _failure,
    **dict.fromkeys(
        ("format", "title", "description", "contentMediaType", "contentEncoding"), _text
    ),
    **dict.fromkeys(("nullable", "x-nullable", "readOnly", "writeOnly", "deprecated"), _flag),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _number
    ),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _count
    ),
}  # fmt: skip
