"""ProtoJSON, to messages: `from_json` and `from_dict`. What the specification does not allow is refused."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

from msgspec import Struct

from .codec import CODECS
from .errors import DecodeError, EncodeError
from .extensions import in_order
from .failures import Fault, Malformed
from .message import UNKNOWN, Message, encode
from .registry import WELL_KNOWN
from .texts import bytes_from_text, duration_from_text, integer, json_kind, mask_from_text, number, timestamp_from_text
from .wire import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from enum import Enum

    from .codec import Codec
    from .message import JsonValue
    from .registry import Registry
    from .table import Field

__all__ = ["from_dict", "from_json", "from_text"]

M = TypeVar("M", bound=Message)

_RANGES = {
    **dict.fromkeys(("int32", "sint32", "sfixed32", "enum", "closed"), (-1 << 31, (1 << 31) - 1)),
    **dict.fromkeys(("uint32", "fixed32"), (0, (1 << 32) - 1)),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), (-1 << 63, (1 << 63) - 1)),
    **dict.fromkeys(("uint64", "fixed64"), (0, (1 << 64) - 1)),
}
_SHOWN = 100


def from_json(cls: type[M], text: str | bytes, *, ignore_unknown: bool = False, registry: Registry | None = None) -> M:
    """Read a message from ProtoJSON.

    Args:
        cls: type of the message.
        text: JSON, as text or in UTF-8.
        ignore_unknown: pass over members and names of enum values that the type does not have.
        registry: knows extensions, and the types that messages of google.protobuf.Any hold; by default `REGISTRY` of
            the package of the message.

    Raises:
        DecodeError: it is no JSON, or not of this message; `path` says where.
    """
    name = CODECS[cls].name
    try:
        source = text if isinstance(text, str) else text.decode()
        value: object = json.loads(source, object_pairs_hook=_object, parse_constant=_constant, parse_int=_int)
    except (ValueError, Malformed) as error:
        raise DecodeError(f"{name}: {error}") from None
    except RecursionError:
        raise DecodeError(f"{name}: JSON of too many levels") from None
    return _whole(cls, value, _Reader(ignore_unknown, CODECS[cls].registry if registry is None else registry))


def from_dict(
    cls: type[M],
    value: Mapping[str, JsonValue],
    *,
    ignore_unknown: bool = False,
    registry: Registry | None = None,
) -> M:
    """Read a message from what its JSON text means; arguments and errors as those of `from_json`."""
    return _whole(cls, dict(value), _Reader(ignore_unknown, CODECS[cls].registry if registry is None else registry))


def from_text(cls: type[M], text: str) -> M:
    """Read a message that is a text in JSON, as a Timestamp.

    Raises:
        DecodeError: it is something else.
    """
    return _whole(cls, text, _Reader(ignore_unknown=False, registry=WELL_KNOWN))


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out = dict(pairs)
    if len(out) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise Malformed(f"the member {name[:_SHOWN]!r} stands twice in an object")
            seen.add(name)
    return out


def _constant(text: str) -> NoReturn:
    raise Malformed(f"{text} is no number of JSON")


def _int(text: str) -> float:
    return int(text) if text != "-0" else -0.0


def _whole(cls: type[M], value: object, reader: _Reader) -> M:
    name = CODECS[cls].name
    try:
        return cast("M", reader.message(CODECS[cls], value, 0))
    except Fault as fault:
        path = fault.path()
        raise DecodeError(f"{name}{'.' if path else ''}{path}: {fault}", path=path) from None
    except RecursionError:
        raise DecodeError(f"{name}: it has too many levels") from None


def _refuse(reason: str) -> NoReturn:
    raise Fault(reason)


class _Skipped(Exception):  # noqa: N818 - it never reaches a caller
    """A name of an enum value that is passed over."""


class _Reader(Struct, frozen=True):
    ignore_unknown: bool
    registry: Registry

    def message(self, codec: Codec, value: object, depth: int) -> Message:
        """Read a message in the form of its type."""
        if depth > MAX_DEPTH:
            raise Fault(f"more than {MAX_DEPTH} levels of messages")
        special = _SPECIAL.get(codec.name)
        try:
            return special(self, codec, value, depth) if special else self.fields(codec, value, depth)
        except (Malformed, EncodeError) as error:
            raise Fault(str(error)) from None

    def fields(self, codec: Codec, value: object, depth: int, *, without: str = "") -> Message:
        """Read the members of an object."""
        if not isinstance(value, dict):
            raise Fault(f"expected an object, got {json_kind(value)}")
        arguments: dict[str, object] = {}
        members: dict[str, str] = {}
        seen: set[int] = set()
        extended: list[bytes] = []
        for name, member in cast("dict[object, object]", value).items():
            field = codec.by_json_name.get(cast("str", name))
            if field is None:
                if name != without:
                    extended += self._extension(codec, str(name), member, depth)
                continue
            try:
                if field.number in seen:
                    _refuse("the field stands twice, under both of its names")
                seen.add(field.number)
                if member is None and field.kind != "value" and field.reference != "@NullValue":
                    continue
                if field.oneof and members.setdefault(field.oneof, field.name) != field.name:
                    _refuse(f"only one of a oneof can be set, and {members[field.oneof]} is")
                arguments[field.attribute] = self.field(codec, field, member, depth)
            except _Skipped:
                continue
            except (Fault, Malformed) as error:
                raise Fault.at(error, field.name) from None
        return _make(codec, {**arguments, UNKNOWN: in_order(extended)} if extended else arguments)

    def _extension(self, codec: Codec, name: str, value: object, depth: int) -> list[bytes]:
        """Read a member that is no field: an extension, as it stands among the unknown fields."""
        extension = self.registry.extensions_of(codec.name).get(name[1:-1]) if name[:1] + name[-1:] == "[]" else None
        if extension is None:
            if self.ignore_unknown:
                return []
            bracketed = name[:1] + name[-1:] == "[]"
            hint = ": no extension of this name is in the registry, which the argument registry= gives"
            raise Fault(f"there is no field {name[:_SHOWN]!r}{hint if bracketed else ''}")
        if value is None:
            return []
        inner = CODECS[extension.holder]
        try:
            return extension.pieces(self.field(inner, inner.fields[0], value, depth))
        except _Skipped:
            return []
        except (Fault, Malformed) as error:
            raise Fault.at(error, name[:_SHOWN]) from None

    def field(self, codec: Codec, field: Field, value: object, depth: int) -> object:
        """Read all that a field holds."""
        if field.value is not None:
            return self._map(codec, field, field.value, value, depth)
        if field.presence != "repeated":
            return self.value(codec, field, value, depth)
        if not isinstance(value, list):
            raise Fault(f"expected a list, got {json_kind(value)}")
        out: list[object] = []
        for i, one in enumerate(cast("list[object]", value)):
            try:
                out.append(self.value(codec, field, one, depth))
            except _Skipped:
                continue
            except (Fault, Malformed) as error:
                raise Fault.at(error, f"[{i}]") from None
        return out

    def _map(self, codec: Codec, field: Field, item: Field, value: object, depth: int) -> dict[object, object]:
        if not isinstance(value, dict):
            raise Fault(f"expected an object, got {json_kind(value)}")
        out: dict[object, object] = {}
        for name, one in cast("dict[str, object]", value).items():
            try:
                key = _map_key(field.key, name)
                if key in out:
                    _refuse("the key stands twice")
                out[key] = self.value(codec, item, one, depth)
            except _Skipped:
                continue
            except (Fault, Malformed) as error:
                raise Fault.at(error, f"[{str(name)[:_SHOWN]!r}]") from None
        return out

    def value(self, codec: Codec, field: Field, value: object, depth: int) -> object:
        """Read one value."""
        kind = field.kind
        if kind == "value":
            return plain(value, depth + 1)
        if value is None and field.reference != "@NullValue":
            raise Fault("null is no value here")
        if kind in {"message", "group"}:
            return self.message(codec.child(field), value, depth + 1)
        if kind in {"enum", "closed"}:
            return self._enum(codec, field, value)
        if kind in {"struct", "list"}:
            if not isinstance(value, dict if kind == "struct" else list):
                raise Fault(f"expected {'an object' if kind == 'struct' else 'a list'}, got {json_kind(value)}")
            return plain(cast("object", value), depth + 1)
        return scalar(field.reference if kind == "wrapped" else kind, value)

    def _enum(self, codec: Codec, field: Field, value: object) -> object:
        cls: type[Enum] = codec.enum(field)
        if value is None:
            return cls(0)
        if isinstance(value, str):
            found = codec.enum_by_name(field).get(value)
            if found is None:
                if self.ignore_unknown:
                    raise _Skipped
                raise Fault(f"there is no enum value {value[:_SHOWN]!r}")
            return found
        wanted = integer(value, *_RANGES["enum"])
        values = codec.enum_values(field)
        if field.kind == "closed" and wanted not in values:
            if self.ignore_unknown:
                raise _Skipped
            raise Fault(f"there is no enum value {wanted}")
        return values[wanted]


def _make(codec: Codec, arguments: Mapping[str, object]) -> Message:
    """Make a message of values that were checked."""
    make = cast("Callable[..., Message]", codec.cls)
    return make(**arguments)


def _map_key(kind: str, name: object) -> object:
    if not isinstance(name, str):
        raise Fault(f"expected a text as a key, got {json_kind(name)}")
    if kind == "bool":
        if name not in {"true", "false"}:
            raise Fault("expected true or false")
        return name == "true"
    return scalar(kind, name)


def scalar(kind: str, value: object) -> object:
    """Read a scalar."""
    if kind in _RANGES:
        return integer(value, *_RANGES[kind])
    if kind in {"double", "float"}:
        return number(value, single=kind == "float")
    if kind == "bool":
        if not isinstance(value, bool):
            raise Fault(f"expected true or false, got {json_kind(value)}")
        return value
    if not isinstance(value, str):
        raise Fault(f"expected a text, got {json_kind(value)}")
    return bytes_from_text(value) if kind == "bytes" else _text(value)


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Fault("text with a lone surrogate") from None
    return value


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise Fault(f"expected a text as a key, got {json_kind(key)}")
    return _text(key)


def plain(value: object, depth: int) -> JsonValue:
    """Read a value of google.protobuf.Value: numbers become doubles."""
    if depth > MAX_DEPTH:
        raise Fault(f"more than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        try:
            found = float(value)
        except OverflowError:
            found = math.inf
        if not math.isfinite(found):
            raise Fault("a number that is out of range")
        return found
    if isinstance(value, dict):
        items = cast("dict[object, object]", value)
        return {_key(key): plain(one, depth + 2) for key, one in items.items()}
    if isinstance(value, list):
        return [plain(one, depth + 2) for one in cast("list[object]", value)]
    raise Fault(f"{type(value).__name__} is no value of JSON")


# --- messages with a form of their own


def _instant(read: Callable[[str], tuple[int, int]]) -> Callable[[_Reader, Codec, object, int], Message]:
    def make(_reader: _Reader, codec: Codec, value: object, _depth: int) -> Message:
        if not isinstance(value, str):
            raise Fault(f"expected a text, got {json_kind(value)}")
        seconds, nanos = read(value)
        return _make(codec, {"seconds": seconds, "nanos": nanos})

    return make


def _mask(_reader: _Reader, codec: Codec, value: object, _depth: int) -> Message:
    if not isinstance(value, str):
        raise Fault(f"expected a text, got {json_kind(value)}")
    return _make(codec, {"paths": mask_from_text(value)})


def _one_field(attribute: str) -> Callable[[_Reader, Codec, object, int], Message]:
    """A message that is its one field."""

    def make(reader: _Reader, codec: Codec, value: object, depth: int) -> Message:
        return _make(codec, {attribute: reader.field(codec, codec.by_attribute[attribute], value, depth)})

    return make


def _value_of(_reader: _Reader, codec: Codec, value: object, depth: int) -> Message:
    found = plain(value, depth)
    if found is None:
        return _make(codec, {"null_value": codec.enum(codec.by_attribute["null_value"])(0)})
    names = {bool: "bool_value", float: "number_value", str: "string_value", list: "list_value", dict: "struct_value"}
    return _make(codec, {names[type(found)]: found})


def _any(reader: _Reader, codec: Codec, value: object, depth: int) -> Message:
    if not isinstance(value, dict):
        raise Fault(f"expected an object, got {json_kind(value)}")
    members = cast("dict[str, object]", value)
    if not members:
        return codec.cls()
    url = members.get("@type")
    if not isinstance(url, str) or "/" not in url[:-1]:
        raise Fault("an Any needs a member @type that ends in / and the full name of a message")
    try:
        inner = CODECS[reader.registry.find(url.rpartition("/")[2])]
    except LookupError as error:
        raise Fault(str(error.args[0])) from None
    if inner.name not in _SPECIAL:
        message = reader.fields(inner, members, depth + 1, without="@type")
    else:
        if set(members) != {"@type", "value"} and not (reader.ignore_unknown and "value" in members):
            raise Fault(f"an Any of {inner.name} has the members @type and value")
        message = reader.message(inner, members["value"], depth + 1)
    return _make(codec, {"type_url": url, "value": encode(message)})


_SPECIAL: dict[str, Callable[[_Reader, Codec, object, int], Message]] = {
    "google.protobuf.Timestamp": _instant(timestamp_from_text),
    "google.protobuf.Duration": _instant(duration_from_text),
    "google.protobuf.FieldMask": _mask,
    "google.protobuf.Any": _any,
    "google.protobuf.Struct": _one_field("fields"),
    "google.protobuf.ListValue": _one_field("values"),
    "google.protobuf.Value": _value_of,
    **{
        f"google.protobuf.{name}Value": _one_field("value")
        for name in "Double Float Int64 UInt64 Int32 UInt32 Bool String Bytes".split()
    },
}
