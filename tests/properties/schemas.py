"""The schemas of an OpenAPI document as JSON Schema 2020-12, for a validator that knows nothing of OpenAPI."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

__all__ = ["validator"]

_PLAIN = ("default", "example", "examples", "enum", "const")
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def validator(document: dict[str, Any], component: str) -> Draft202012Validator:
    """What checks values of a component schema, as they are received: members that are only written are unknown."""
    name = component.replace("~", "~0").replace("/", "~1")
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _converted_map(document)}}
    return Draft202012Validator(root)


def _converted_map(document: dict[str, Any]) -> dict[str, Any]:
    return {name: _converted(schema) for name, schema in document["components"]["schemas"].items()}


def _converted(schema: Any) -> Any:
    """3.0's `nullable` and boolean bounds in the words of 2020-12; all else is the same there."""
    if isinstance(schema, list):
        return [_converted(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties", "$defs"):
            found[key] = {name: _converted(item) for name, item in value.items()}
        else:
            found[key] = value if key in _PLAIN else _converted(value)
    found.pop("discriminator", None)
    for exclusive, bound in _BOUNDS.items():
        if isinstance(found.get(exclusive), bool):
            flag = found.pop(exclusive)
            if flag and bound in found:
                found[exclusive] = found.pop(bound)
    unseen = [
        name for name, item in found.get("properties", {}).items() if isinstance(item, dict) and item.get("writeOnly")
    ]
    if unseen:
        found["properties"] = {name: item for name, item in found["properties"].items() if name not in unseen}
        found["required"] = [name for name in found.get("required", []) if name not in unseen]
    if found.pop("nullable", None) is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found
