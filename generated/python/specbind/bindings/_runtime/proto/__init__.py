"""Messages of proto files: binary form, ProtoJSON, the types of google.protobuf. Loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "DecodeError",
    "EncodeError",
    "Extension",
    "JsonValue",
    "Message",
    "Registry",
    "decode",
    "encode",
    "from_dict",
    "from_json",
    "to_dict",
    "to_json",
    "unknown_fields",
    "value_or_default",
    "wellknown",
    "which_oneof",
]

if TYPE_CHECKING:
    from . import wellknown as wellknown
    from .errors import DecodeError as DecodeError
    from .errors import EncodeError as EncodeError
    from .extensions import Extension as Extension
    from .json_read import from_dict as from_dict
    from .json_read import from_json as from_json
    from .json_write import to_dict as to_dict
    from .json_write import to_json as to_json
    from .message import JsonValue as JsonValue
    from .message import Message as Message
    from .message import decode as decode
    from .message import encode as encode
    from .message import unknown_fields as unknown_fields
    from .message import value_or_default as value_or_default
    from .message import which_oneof as which_oneof
    from .registry import Registry as Registry
else:
    from ..lazy import lazy

    __getattr__, __dir__ = lazy(
        __name__,
        {
            "DecodeError": "errors",
            "EncodeError": "errors",
            "Extension": "extensions",
            "JsonValue": "message",
            "Message": "message",
            "Registry": "registry",
            "decode": "message",
            "encode": "message",
            "from_dict": "json_read",
            "from_json": "json_read",
            "to_dict": "json_write",
            "to_json": "json_write",
            "unknown_fields": "message",
            "value_or_default": "message",
            "wellknown": "",
            "which_oneof": "message",
        },
    )
