"""Scalars, constraints and literal values of schemas."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from specbind.generator.ir.model import Constraints, Scalar, ScalarKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from specbind.generator.ir.model import Json

    from .document import Schema

__all__ = ["constraints_for", "format_fits", "infer", "json_kind", "scalar"]

_KINDS = {
    ("integer", "int32"): ScalarKind.INT32,
    ("integer", "int64"): ScalarKind.INT64,
    ("integer", "uint32"): ScalarKind.UINT32,
    ("integer", "uint64"): ScalarKind.UINT64,
    ("number", "float"): ScalarKind.FLOAT,
    ("number", "double"): ScalarKind.DOUBLE,
    ("string", "binary"): ScalarKind.BINARY,
}
_PLAIN = {
    "string": ScalarKind.STRING,
    "integer": ScalarKind.INTEGER,
    "number": ScalarKind.NUMBER,
    "boolean": ScalarKind.BOOLEAN,
}
_NUMBER_WORDS = ("minimum", "maximum", "exclusive_minimum", "exclusive_maximum", "multiple_of")
_WORDS: dict[str, tuple[str, ...]] = {
    "string": ("min_length", "max_length", "pattern"),
    "integer": _NUMBER_WORDS,
    "number": _NUMBER_WORDS,
    "array": ("min_items", "max_items", "unique_items"),
    "object": ("min_properties", "max_properties"),
    "boolean": (),
}
_BASE64 = frozenset(("base64", "base64url"))
_TEXT_MEDIA = re.compile(r"text/|application/([^;]+\+)?(json|xml|yaml|jwt)\b", re.IGNORECASE)
_DURATION = re.compile(r"P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?)\Z")


def scalar(schema: Schema, name: str) -> Scalar:
    """The scalar of a schema whose type is `name`."""
    constraints = constraints_for(schema, name)
    word = schema.format
    if name == "string":
        if schema.encoding and not word:
            word = "byte" if schema.encoding.lower() in _BASE64 else schema.encoding
        elif schema.media and not word and not _TEXT_MEDIA.match(schema.media):
            return Scalar(ScalarKind.BINARY, constraints=constraints)
    kind = _KINDS.get((name, word))
    if kind is not None:
        return Scalar(kind, constraints=constraints)
    return Scalar(_PLAIN[name], word, constraints)


def infer(schema: Schema) -> str:
    """The type of a schema that states none: `object`, `array`, a scalar's, or "" for any value."""
    if schema.properties or schema.additional is not None or schema.patterns or schema.required:
        return "object"
    if schema.items is not None or schema.prefix:
        return "array"
    if schema.media or schema.encoding:
        return "string"
    if schema.format in ("int32", "int64", "uint32", "uint64"):
        return "integer"
    if schema.format in ("float", "double"):
        return "number"
    if schema.format:
        return "string"
    stated = schema.constraints
    if stated is None:
        return ""
    for name in ("string", "number", "array", "object"):
        if any(getattr(stated, word) not in (None, False) for word in _WORDS[name]):
            return name
    return ""


def constraints_for(schema: Schema, name: str) -> Constraints | None:
    """The constraints of a schema that concern values of one type."""
    stated = schema.constraints
    if stated is None:
        return None
    kept = {word: getattr(stated, word) for word in _WORDS[name]}
    found = Constraints(**kept)
    return None if found == Constraints() else found


def json_kind(value: Json) -> str:
    """The JSON schema type of a value; whole floats are numbers."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def format_fits(text: str, word: str) -> bool:
    """Whether a string is written as its format asks; formats that are not known fit."""
    read = _FORMATS.get(word)
    if read is None:
        return True
    try:
        return bool(read(text))
    except (ValueError, binascii.Error, msgspec.ValidationError):
        return False


def _byte(text: str) -> bool:
    base64.b64decode(text, validate=True)
    return True


_FORMATS: dict[str, Callable[[str], object]] = {
    "date": date.fromisoformat,
    "date-time": datetime.fromisoformat,
    "uuid": UUID,
    "byte": _byte,
    "duration": _DURATION.match,
}
