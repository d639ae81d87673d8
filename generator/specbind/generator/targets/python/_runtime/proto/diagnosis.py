"""Finds out what is wrong with bytes or with a message, after a codec has failed on them.

The codecs keep no path while they work. Here the same input is walked once more, slowly, with the path at hand.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, cast

from msgspec import UNSET

from .codec import CODECS
from .encoding import map_part
from .errors import DecodeError, EncodeError
from .failures import Malformed, Unencodable
from .jsonvalues import read_list, read_struct, read_value, wrapped_reader, write_list, write_struct, write_value
from .scalars import is_list, read_scalar, unpack
from .table import WIRE_TYPES, Field
from .wire import MAX_DEPTH, group_end, read_tag, read_varint, skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .codec import Codec
    from .message import Message

__all__ = ["decode_error", "encode_error"]

_READERS = {"struct": read_struct, "value": read_value, "list": read_list}
_WRITERS = {"struct": write_struct, "value": write_value, "list": write_list}
_EXPECTED = {
    "string": "text",
    "bytes": "bytes",
    "bool": "a bool",
    "struct": "a dict",
    "list": "a list",
    "double": "a number",
    "float": "a number",
}
_SHORT = 60


class _Found(Exception):  # noqa: N818 - it never reaches a caller
    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


def decode_error(cls: type[Message], content: bytes, error: Exception) -> DecodeError:
    """Make the error for bytes that could not be read."""
    path, reason = "", _reason(error)
    try:
        _walk(CODECS[cls], content, 0, len(content), 0, "")
    except _Found as found:
        path, reason = found.path, found.reason
    except RecursionError:
        reason = "it has too many levels for the stack of the program"
    name = CODECS[cls].name
    return DecodeError(f"{name}{'.' if path else ''}{path}: {reason}", path=path, content=content)


def encode_error(message: Message, error: Exception) -> EncodeError:
    """Make the error for a message that could not be written."""
    codec = CODECS[type(message)]
    path, reason = "", _reason(error)
    try:
        _check(codec, message, "", 0)
    except _Found as found:
        path, reason = found.path, found.reason
    except RecursionError:
        reason = "it has too many levels"
    except RuntimeError as changed:
        reason = str(changed)
    return EncodeError(f"{codec.name}{'.' if path else ''}{path}: {reason}", path=path)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "text that is not UTF-8" if isinstance(error, UnicodeDecodeError) else "text with a lone surrogate"
    if isinstance(error, IndexError | struct.error) or not str(error):
        return "it stops inside a field"
    return str(error)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


# --- reading


def _walk(codec: Codec, b: bytes, p: int, end: int, depth: int, path: str) -> None:
    if depth > MAX_DEPTH:
        raise _Found(path, f"more than {MAX_DEPTH} levels of messages")
    by_number = {field.number: field for field in codec.fields}
    counts: dict[int, int] = {}
    while p < end:
        place = path
        try:
            tag, p = read_tag(b, p)
            field = by_number.get(tag >> 3)
            if field is None or tag not in {field.tag, field.other_tag}:
                p = skip(b, p, end, tag, depth)
            else:
                place = _below(path, field.name)
                if field.presence == "repeated" and not (tag & 7 == 2 and field.wire_type not in {2, 3}):
                    place += f"[{counts.setdefault(field.number, 0)}]"
                    counts[field.number] += 1
                p = _field(codec, field, b, p, end, tag, depth, place)
        except (Malformed, IndexError, ValueError, struct.error) as error:
            raise _Found(place, _reason(error)) from None
        if p > end:
            raise _Found(place, "it stops inside the field")


def _field(codec: Codec, field: Field, b: bytes, p: int, end: int, tag: int, depth: int, place: str) -> int:
    """Walk one field, or raise what is wrong with it."""
    if field.kind == "group":
        close, behind = group_end(b, p, end, field.number, depth)
        _walk(codec.child(field), b, p, close, depth + 1, place)
        return behind
    if tag & 7 != 2:
        return read_scalar(field.kind, b, p)[1]
    n, p = read_varint(b, p)
    if p + n > end:
        raise Malformed("it stops inside the field")
    if field.kind == "map":
        _entry(codec, field, b, p, p + n, depth, place)
    elif field.wire_type != 2:
        unpack(field.kind)(b, p, p + n)
    else:
        _content(codec, field, b, p, p + n, depth, place)
    return p + n


def _content(codec: Codec, field: Field, b: bytes, p: int, end: int, depth: int, place: str) -> None:
    if field.kind == "message":
        _walk(codec.child(field), b, p, end, depth + 1, place)
    elif field.kind in _READERS:
        _READERS[field.kind](b, p, end, depth + 1)
    elif field.kind == "wrapped":
        wrapped_reader(field.reference)(b, p, end, depth + 1)
    elif field.kind == "string" and field.checked:
        b[p:end].decode()


def _entry(codec: Codec, field: Field, b: bytes, p: int, end: int, depth: int, place: str) -> None:
    value = field.value
    while p < end and value is not None:
        tag, p = read_tag(b, p)
        if tag == 1 << 3 | WIRE_TYPES[field.key]:
            p = read_scalar(field.key, b, p, checked=field.checked)[1]
        elif tag == value.tag:
            p = _field(codec, value, b, p, end, tag, depth, place)
        else:
            p = skip(b, p, end, tag, depth)
    if p > end:
        raise Malformed("it stops inside the entry")


# --- writing


def _check(codec: Codec, message: object, path: str, depth: int) -> None:
    """Raise _Found for the first value that cannot be written."""
    if not isinstance(message, codec.cls):
        raise _Found(path, f"expected {codec.cls.__name__}, got {type(message).__name__}")
    members: dict[str, list[str]] = {}
    for field in codec.fields:
        value = getattr(message, field.attribute)
        place = _below(path, field.name)
        if value is UNSET and field.presence != "repeated":
            if field.presence == "required":
                raise _Found(place, "a required field has no value")
            continue
        if not value and (
            field.presence == "implicit" or (field.value is None and field.presence == "repeated" and value is not None)
        ):
            continue  # it is not written
        if field.oneof:
            members.setdefault(field.oneof, []).append(field.name)
        for at, kind, one in _values(field, value, place):
            _check_one(codec, kind, one, at, depth)
    for oneof, names in members.items():
        if len(names) > 1:
            raise _Found(_below(path, oneof), f"only one of a oneof can be set, not {' and '.join(names)}")


def _values(field: Field, value: object, place: str) -> Iterator[tuple[str, Field | str, object]]:
    """Each single value that a field holds, with its path."""
    if field.value is not None:
        if not isinstance(value, dict):
            raise _Found(place, f"expected a dict, got {type(value).__name__}")
        for key, one in cast("dict[object, object]", value).items():
            at = f"{place}[{_shown(key)}]"
            yield at, field.key, key
            yield at, field.value, one
    elif field.presence == "repeated":
        if not is_list(value):
            raise _Found(place, f"expected a list, got {type(value).__name__}")
        for i, one in enumerate(cast("list[object]", value)):
            yield f"{place}[{i}]", field, one
    else:
        yield place, field, value


def _check_one(codec: Codec, field: Field | str, value: object, place: str, depth: int) -> None:
    kind = field if isinstance(field, str) else field.kind
    if not isinstance(field, str) and kind in {"message", "group"}:
        _check(codec.child(field), value, place, depth + 1)
        return
    if not isinstance(field, str) and kind == "wrapped":
        kind = field.reference
    try:
        if kind in _WRITERS:
            _WRITERS[kind](value)  # type: ignore[operator]  # what does not fit raises
        elif kind == "closed" and isinstance(field, Field):
            if value not in codec.enum_values(field):
                raise _Found(place, f"{_shown(value)} is no value of {codec.enum(field).__name__}")
        else:
            map_part(kind, 8, checked=isinstance(field, str) or field.checked)(value)
    except Unencodable as error:
        raise _Found(place, str(error)) from None
    except UnicodeError as error:
        raise _Found(place, _reason(error)) from None
    except RuntimeError:
        raise  # a dict changes meanwhile
    except (TypeError, ValueError, AttributeError, LookupError, OverflowError, struct.error) as error:
        raise _Found(place, _misfit(kind, value, error)) from None


def _misfit(kind: str, value: object, error: Exception) -> str:
    """Say what a value of this kind has to be."""
    if kind in _WRITERS and isinstance(value, dict | list):
        return "a key that is no text, or a value that JSON does not have"
    if isinstance(error, struct.error | OverflowError) and isinstance(
        value, int | float if kind in {"double", "float"} else int
    ):
        return f"{_shown(value)} is out of the range of {kind}"
    return f"expected {_EXPECTED.get(kind, 'an integer')}, got {type(value).__name__}"


def _shown(value: object) -> str:
    try:
        return repr(value)[:_SHORT]
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a large integer"
