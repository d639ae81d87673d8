"""Which of several media types a value goes in: the first whose declared type is the value's own."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from .forms import Form, Multipart
from .open_model import OpenModel
from .part_headers import BodyWithPartHeaders
from .payloads import Codec, Typed
from .unions import UnknownVariant, is_union, json_kinds

__all__ = ["fits"]

_CLASSES = (msgspec.Struct, OpenModel)


def fits(codec: Codec, value: object) -> bool:
    """Say whether a value that a codec takes is of the declared type: text is no JSON object, a Cat is no Dog."""
    if not isinstance(codec, Typed | Form | Multipart):
        return True
    return _takes(codec.type(), value.body if isinstance(value, BodyWithPartHeaders) else value)


def _takes(kind: Any, value: object) -> bool:  # noqa: ANN401 - a type expression
    origin = get_origin(kind)
    if origin is Annotated:
        return _takes(get_args(kind)[0], value)
    if origin is Union or origin is types.UnionType:
        return any(_takes(part, value) for part in get_args(kind))
    if is_union(kind):
        return isinstance(value, UnknownVariant) or any(_takes(variant.type, value) for variant in kind.variants())
    if isinstance(value, _CLASSES) and isinstance(kind, type) and issubclass(kind, _CLASSES):
        return isinstance(value, kind)
    return bool(json_kinds(type(value)) & json_kinds(kind))
