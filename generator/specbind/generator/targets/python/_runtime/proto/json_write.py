"""ProtoJSON, from messages: `to_json` and `to_dict`."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import UNSET, Struct

from .codec import CODECS
from .errors import DecodeError, EncodeError
from .failures import Fault, Malformed, Unencodable
from .jsonvalues import check_double
from .message import UNKNOWN, Message, decode
from .registry import WELL_KNOWN
from .scalars import BOOLS, blob, is_list
from .texts import bytes_to_text, duration_to_text, mask_to_text, shortest_float, timestamp_to_text
from .wire import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from .codec import Codec
    from .message import JsonValue
    from .registry import Registry
    from .table import Field

__all__ = ["instant_text", "to_dict", "to_json"]

_SHOWN = 60
_WIDE = frozenset("int64 uint64 sint64 fixed64 sfixed64".split())
_REFUSALS = (Fault, Unencodable, DecodeError, TypeError, ValueError, AttributeError, OverflowError, RuntimeError)
_FLOATS = {"double": struct.Struct("<d").pack, "float": struct.Struct("<f").pack}
_BITS = {"uint32": 32, "fixed32": 32, "uint64": 64, "fixed64": 64}


def to_json(
    message: Message,
    *,
    defaults: bool = False,
    proto_names: bool = False,
    enum_numbers: bool = False,
    registry: Registry | None = None,
) -> str:
    """Give the text of a message in ProtoJSON. Unknown fields have no form in JSON and are left out.

    Args:
        message: what to write.
        defaults: also write fields without presence that have their default, and empty lists and maps.
        proto_names: use the names of the .proto file.
        enum_numbers: write enums as numbers.
        registry: knows extensions, and the types that messages of google.protobuf.Any hold; by default `REGISTRY` of
            the package of the message.

    Raises:
        EncodeError: something has no form in JSON, or does not fit its field.
    """
    return msgspec.json.encode(
        _whole(message, _writer(message, defaults, proto_names, enum_numbers, registry))
    ).decode()


def to_dict(
    message: Message,
    *,
    defaults: bool = False,
    proto_names: bool = False,
    enum_numbers: bool = False,
    registry: Registry | None = None,
) -> dict[str, JsonValue]:
    """Give a message as what the JSON text means; arguments and errors as those of `to_json`.

    Raises:
        EncodeError: also if the message is no object in JSON, as a Timestamp.
    """
    value = _whole(message, _writer(message, defaults, proto_names, enum_numbers, registry))
    if not isinstance(value, dict):
        raise EncodeError(f"{CODECS[type(message)].name} is no object in JSON; to_json gives its text")
    return value


def instant_text(message: Message) -> str:
    """Give the text of a message that is a text in JSON, as a Timestamp.

    Raises:
        EncodeError: it is out of range.
    """
    return str(_whole(message, _Writer(defaults=False, proto_names=False, enum_numbers=False, registry=WELL_KNOWN)))


def _writer(
    message: Message, defaults: bool, proto_names: bool, enum_numbers: bool, registry: Registry | None
) -> _Writer:
    known = CODECS[type(message)].registry if registry is None else registry
    return _Writer(defaults, proto_names, enum_numbers, known)


def _whole(message: Message, writer: _Writer) -> JsonValue:
    name = CODECS[type(message)].name
    try:
        return writer.message(message, 0)
    except Fault as fault:
        path = fault.path()
        raise EncodeError(f"{name}{'.' if path else ''}{path}: {fault}", path=path) from None
    except RecursionError:
        raise EncodeError(f"{name}: it has too many levels") from None


class _Writer(Struct, frozen=True):
    defaults: bool
    proto_names: bool
    enum_numbers: bool
    registry: Registry

    def message(self, message: object, depth: int) -> JsonValue:
        """A message in the form of its type."""
        if not isinstance(message, Message):
            raise Fault(f"expected a message, got {type(message).__name__}")
        if depth > MAX_DEPTH:
            raise Fault(f"more than {MAX_DEPTH} levels of messages")
        codec = CODECS[type(message)]
        special = _SPECIAL.get(codec.name)
        try:
            return special(self, message, depth) if special else self.fields(codec, message, depth)
        except (Unencodable, Malformed, LookupError, DecodeError) as error:
            raise Fault(str(error)) from None

    def fields(self, codec: Codec, message: Message, depth: int) -> dict[str, JsonValue]:
        """The members of an object."""
        out: dict[str, JsonValue] = {}
        members: dict[str, str] = {}
        for field in codec.fields:
            value: object = getattr(message, field.attribute)
            if field.oneof and value is not UNSET and members.setdefault(field.oneof, field.name) != field.name:
                raise Fault(f"only one of a oneof can be set, not {members[field.oneof]} and {field.name}")
            if not self._is_written(field, value):
                if field.presence == "required":
                    raise Fault(f"the required field {field.name} has no value")
                continue
            try:
                out[field.name if self.proto_names else field.json_name] = self.field(codec, field, value, depth)
            except RecursionError:
                raise
            except _REFUSALS as error:
                raise Fault.at(error, field.name) from None
        if getattr(message, UNKNOWN):
            self._extensions(codec, message, depth, out)
        return out

    def _extensions(self, codec: Codec, message: Message, depth: int, out: dict[str, JsonValue]) -> None:
        for name, extension in self.registry.extensions_of(codec.name).items():
            try:
                value = extension.get(message)
            except DecodeError as error:
                raise Fault(str(error)) from None
            if value is not UNSET:
                inner = CODECS[extension.holder]
                out[f"[{name}]"] = self.field(inner, inner.fields[0], value, depth)

    def _is_written(self, field: Field, value: object) -> bool:
        if field.explicit:
            return value is not UNSET
        if value or self.defaults:
            return True
        if field.presence == "repeated":
            return value is None if field.value is None else not isinstance(value, dict)
        return isinstance(value, float) and math.copysign(1.0, value) < 0

    def field(self, codec: Codec, field: Field, value: object, depth: int) -> JsonValue:
        """All that a field holds."""
        if field.value is not None:
            return self._map(codec, field, field.value, value, depth)
        if field.presence != "repeated":
            return self._value(codec, field, value, depth)
        if not is_list(value):
            raise Fault(f"expected a list, got {type(value).__name__}")
        out: list[JsonValue] = []
        for i, one in enumerate(cast("list[object]", value)):
            try:
                out.append(self._value(codec, field, one, depth))
            except (Fault, Unencodable) as error:
                raise Fault.at(error, f"[{i}]") from None
        return out

    def _map(self, codec: Codec, field: Field, item: Field, value: object, depth: int) -> dict[str, JsonValue]:
        if not isinstance(value, dict):
            raise Fault(f"expected a dict, got {type(value).__name__}")
        out: dict[str, JsonValue] = {}
        for key, one in cast("dict[object, object]", value).items():
            try:
                out[_key(field.key, key)] = self._value(codec, item, one, depth)
            except (Fault, Unencodable) as error:
                raise Fault.at(error, f"[{repr(key)[:_SHOWN]}]") from None
        return out

    def _value(self, codec: Codec, field: Field, value: object, depth: int) -> JsonValue:
        kind = field.kind
        if kind in {"message", "group"}:
            return self.message(value, depth + 1)
        if kind in {"enum", "closed"}:
            return self._enum(codec, field, value)
        if kind in {"struct", "value", "list"}:
            return plain(value, depth + 1)
        return scalar(field.reference if kind == "wrapped" else kind, value)

    def _enum(self, codec: Codec, field: Field, value: object) -> JsonValue:
        if not isinstance(value, int):
            raise Fault(f"expected an integer, got {type(value).__name__}")
        number = int(value)
        _check_range("enum", number)
        if field.kind == "closed" and number not in codec.enum_values(field):
            raise Fault(f"{number} is no value of {codec.enum(field).__name__}")
        if field.reference == "@NullValue":
            return None
        if self.enum_numbers:
            return number
        return codec.enum_names(field).get(number, number)


def _key(kind: str, key: object) -> str:
    value = scalar(kind, key)
    if isinstance(value, str):
        return value
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def scalar(kind: str, value: object) -> bool | int | float | str:
    """A scalar in JSON; what the binary form refuses is refused here, too."""
    if kind == "string":
        return _text(value, "text")
    if kind == "bytes":
        return bytes_to_text(_bytes(value))
    if kind == "bool":
        if value not in BOOLS:
            raise Fault(f"expected a bool, got {type(value).__name__}")
        return bool(value)
    if kind in _FLOATS:
        return _float(kind, value)
    if not isinstance(value, int):
        raise Fault(f"expected an integer, got {type(value).__name__}")
    _check_range(kind, value)
    return str(int(value)) if kind in _WIDE else int(value)


def _bytes(value: object) -> bytes:
    try:
        return blob(value)
    except TypeError:
        raise Fault(f"expected bytes, got {type(value).__name__}") from None


def _check_range(kind: str, value: int) -> None:
    bits = _BITS.get(kind)
    if bits is None:
        bits = 64 if kind in _WIDE else 32
        low, high = -1 << bits - 1, (1 << bits - 1) - 1
    else:
        low, high = 0, (1 << bits) - 1
    if not low <= value <= high:
        raise Fault(f"{value} is out of the range of {kind}")


def _float(kind: str, value: object) -> float | str:
    try:
        _FLOATS[kind](value)
        found = float(cast("float", value))
    except struct.error:
        raise Fault(f"expected a number, got {type(value).__name__}") from None
    except OverflowError:
        raise Fault(f"a number that is out of the range of {kind}") from None
    if math.isnan(found):
        return "NaN"
    if math.isinf(found):
        return "Infinity" if found > 0 else "-Infinity"
    return shortest_float(found) if kind == "float" else found


def plain(value: object, depth: int) -> JsonValue:
    """A value of google.protobuf.Value, checked."""
    if depth > MAX_DEPTH:
        raise Fault(f"more than {MAX_DEPTH} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, "text")
    if isinstance(value, int):
        check_double(value)
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Fault(f"{value} is no number of JSON")
        return float(value)
    if isinstance(value, dict):
        items = cast("dict[object, object]", value)
        return {_text(key, "text as a key"): plain(one, depth + 2) for key, one in items.items()}
    if isinstance(value, list | tuple):
        return [plain(one, depth + 2) for one in cast("list[object]", value)]
    raise Fault(f"{type(value).__name__} is no JSON value")


def _text(value: object, what: str) -> str:
    """A plain text, also of a class derived from `str`."""
    if not isinstance(value, str):
        raise Fault(f"expected {what}, got {type(value).__name__}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Fault("text with a lone surrogate") from None
    return value if type(value) is str else str.__str__(value)


# --- messages with a form of their own


def _instant(text: Callable[[int, int], str]) -> Callable[[_Writer, Message, int], JsonValue]:
    def write(_writer: _Writer, message: Message, _depth: int) -> JsonValue:
        return text(getattr(message, "seconds"), getattr(message, "nanos"))  # noqa: B009 - any class of this name

    return write


def _mask(_writer: _Writer, message: Message, _depth: int) -> JsonValue:
    return mask_to_text(getattr(message, "paths"))  # noqa: B009 - any class of this name


def _one_field(attribute: str) -> Callable[[_Writer, Message, int], JsonValue]:
    """A message that is its one field."""

    def write(writer: _Writer, message: Message, depth: int) -> JsonValue:
        codec = CODECS[type(message)]
        return writer.field(codec, codec.by_attribute[attribute], getattr(message, attribute), depth)

    return write


def _value_of(writer: _Writer, message: Message, depth: int) -> JsonValue:
    found = writer.fields(CODECS[type(message)], message, depth)
    if not found:
        raise Fault("a Value without content has no form in JSON")
    value = next(iter(found.values()))
    if "numberValue" in found and isinstance(value, str):
        raise Fault(f"{value} is no number of JSON")
    return value


def _any(writer: _Writer, message: Message, depth: int) -> JsonValue:
    url: str = getattr(message, "type_url")  # noqa: B009 - any class of this name
    content: bytes = getattr(message, "value")  # noqa: B009
    if not url:
        if content:
            raise Fault("an Any with content and without the name of its type")
        return {}
    cls = writer.registry.find(url.rpartition("/")[2])
    inner = writer.message(decode(cls, content), depth + 1)
    if cls.__proto__[0] in _SPECIAL:
        return {"@type": url, "value": inner}
    return {"@type": url, **cast("dict[str, JsonValue]", inner)}


_SPECIAL: dict[str, Callable[[_Writer, Message, int], JsonValue]] = {
    "google.protobuf.Timestamp": _instant(timestamp_to_text),
    "google.protobuf.Duration": _instant(duration_to_text),
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
