"""Makes the writer of a message type out of its table: fields in the order of their numbers, then the unknown ones.

What does not fit (a text in a number field, a number that is too large) raises something here; `diagnosis` finds out
where it stands.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from math import copysign
from typing import TYPE_CHECKING, cast

from msgspec import UNSET
from msgspec.structs import astuple

from . import wire
from .decoding import fixed_run
from .failures import Unencodable
from .jsonvalues import write_list, write_struct, write_value
from .scalars import BOOLS, FIXED, blob, is_list, pack
from .source import Source
from .table import WIRE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import LiteralString

    from .codec import Codec
    from .message import Message
    from .table import Field

__all__ = ["compile_writer"]


def _negative(number: object) -> bool:
    """Tell -0.0, which is sent, from 0.0 and what is empty otherwise, which is not."""
    return isinstance(number, float) and copysign(1.0, number) < 0


def _listed(value: object) -> list[object]:
    """A list of another sequence; anything else is refused."""
    if not is_list(value):
        raise Unencodable(f"expected a list, got {type(value).__name__}")
    return list(cast("Sequence[object]", value))


def _same_type(cls: type[Message], message: object) -> None:
    """Let a subclass without fields of its own pass."""
    if not isinstance(message, cls) or type(message).__struct_fields__ != cls.__struct_fields__:
        raise Unencodable(f"expected {cls.__name__}, got {type(message).__name__}")


_NAMES: dict[str, object] = {
    "_U": UNSET,
    "_values": astuple,
    "_Bad": Unencodable,
    "_j": b"".join,
    "_js": "".join,
    "_C": tuple(map(chr, range(128))),
    "_v": wire.varint,
    "_V": wire.VARINTS,
    "_i32": wire.varint_i32,
    "_i64": wire.varint_i64,
    "_u32": wire.varint_u32,
    "_u64": wire.varint_u64,
    "_s32": wire.varint_s32,
    "_s64": wire.varint_s64,
    "_neg": _negative,
    "_l": list,
    "_ls": _listed,
    "_blob": blob,
    "_bytes": bytes,
    "_same": _same_type,
    "_struct": write_struct,
    "_value": write_value,
    "_list": write_list,
}

# @ is the value; numbers below 2**28 are the same in all integer types, and _V has the first 2048 of them;
# _P# are the tag and a number below 128, _T# is the tag
_HEAD: LiteralString = "a(_P#[n] if n<128 else _T#+_V[n] if n<2048 else _T#+_v(n))"


def _int(rest: LiteralString) -> tuple[LiteralString, ...]:
    return ("a(_P#[@] if 0<=@<128 else _T#+_v(@) if 0<=@<268435456 else _T#+" + rest + "(@))",)


_WRITE: dict[str, tuple[LiteralString, ...]] = {
    "string": ("s=@.encode();n=len(s)", _HEAD, "a(s)"),
    "raw": ("s=@.encode('utf-8','surrogateescape');n=len(s)", _HEAD, "a(s)"),
    "bytes": ("s=@ if type(@) is _bytes else _blob(@);n=len(s)", _HEAD, "a(s)"),
    "int32": _int("_i32"),
    "int64": _int("_i64"),
    "uint32": _int("_u32"),
    "uint64": _int("_u64"),
    "enum": _int("_i32"),
    "closed": ("a(_N#[@])",),
    "sint32": ("n=@<<1^@>>63", "a(_P#[n] if 0<=n<128 else _T#+_v(n) if 0<=n<268435456 else _T#+_s32(@))"),
    "sint64": ("n=@<<1^@>>63", "a(_P#[n] if 0<=n<128 else _T#+_v(n) if 0<=n<268435456 else _T#+_s64(@))"),
    "bool": ("a(_N#[@])",),
    "message": ("s=_d#(@);n=len(s)", _HEAD, "a(s)"),
    "group": ("a(_T#)", "a(_d#(@))", "a(_G#)"),
    "struct": ("s=_struct(@);n=len(s)", _HEAD, "a(s)"),
    "value": ("s=_value(@);n=len(s)", _HEAD, "a(s)"),
    "list": ("s=_list(@);n=len(s)", _HEAD, "a(s)"),
    "wrapped": ("s=_w#(@);n=len(s)", _HEAD, "a(s)"),
}


@lru_cache(maxsize=512)
def _prefixes(tag: int) -> tuple[bytes, ...]:
    """A tag with each number below 128; shared by all messages."""
    head = wire.varint(tag)
    return tuple(head + one for one in wire.ONE[:128])


def fixed_writer(tag: int, code: str) -> Callable[[float], bytes]:
    """Make the writer of a number of a fixed width with its tag."""
    if tag < 128:
        packer = struct.Struct(f"<B{code}").pack
        return lambda value: packer(tag, value)
    head = wire.varint(tag)
    bare = struct.Struct(f"<{code}").pack
    return lambda value: head + bare(value)


def text_run(fields: Sequence[Field]) -> list[Field]:
    """The fields at the beginning that are single texts without presence, with a short tag."""
    run: list[Field] = []
    for field in fields:
        if field.kind != "string" or field.presence != "implicit" or not field.checked or field.tag > 127:
            break
        run.append(field)
    return run


def _closed(tag: int, members: dict[int, object]) -> dict[int, bytes]:
    """Each number of a closed enum with its tag."""
    head = wire.varint(tag)
    return {number: head + wire.varint_i32(number) for number in members}


def compile_writer(codec: Codec) -> Callable[..., bytes]:
    """Make `write(message)`, which gives the bytes without a length."""
    return _WriterSource(codec).build()


class _WriterSource(Source):
    def __init__(self, codec: Codec) -> None:
        super().__init__()
        self.codec = codec
        self.names.update(_NAMES)
        self.names["_c"] = codec.cls
        self.slots = {field.attribute: i for i, field in enumerate(codec.fields_by_slot)}
        self.oneofs = list(dict.fromkeys(field.oneof for field in codec.fields if field.oneof))

    def build(self) -> Callable[..., bytes]:
        """Write the function and compile it."""
        numbers = tuple(range(len(self.slots)))
        self.add("def _f(m):")
        self.level = 1
        self.add("if type(m) is not _c:_same(_c,m)")
        self.add("f%d," * len(numbers) + "u,=_values(m)", *numbers)
        self.add("o=[];a=o.append")
        for number in range(len(self.oneofs)):
            self.add("w%d=0", number)
        fields = list(self.codec.fields)
        while fields:
            run, texts = fixed_run(fields), text_run(fields)
            if len(run) > 1:
                self._run(run)
            elif len(texts) > 1:
                run = texts
                self._text_run(run)
            else:
                run = fields[:1]
                self._field(run[0])
            del fields[: len(run)]
        self.add("if u:o+=u")
        self.add("return _j(o)")
        return cast("Callable[..., bytes]", self.compile(self.codec.name))  # what the text gives is known here only

    def _run(self, run: list[Field]) -> None:
        """Numbers of a fixed width that mostly are all there: write them at once."""
        layout = struct.Struct("<" + "".join("B" + FIXED[field.kind][0] for field in run))
        slots = [self.slots[field.attribute] for field in run]
        explicit = [slot for slot, field in zip(slots, run, strict=True) if field.explicit]
        present: list[LiteralString] = ["f%d is not _U"] * len(explicit)
        not_zero: list[LiteralString] = ["f%d"] * (len(run) - len(explicit))
        self.slot = slots[0]
        self.bind("_R#", layout.pack)
        self.add(
            "if " + " and ".join((*present, *not_zero)) + ":",
            *explicit,
            *(slot for slot in slots if slot not in explicit),
        )
        numbers = [number for slot, field in zip(slots, run, strict=True) for number in (field.tag, slot)]
        self.add(" a(_R#(" + "%d,f%d," * len(run) + "))", *numbers)
        self.add("else:")
        self.level += 1
        for field in run:
            self._field(field)
        self.level -= 1

    def _text_run(self, run: list[Field]) -> None:
        """Texts that mostly are all there, short and ASCII: join them with their tags and lengths, encode once.

        A byte above 127 anywhere (in a length, in a text) makes the whole no ASCII; then each is written apart.
        """
        slots = [self.slots[field.attribute] for field in run]
        given: list[LiteralString] = ["f%d"] * len(run)
        numbers = [number for slot, field in zip(slots, run, strict=True) for number in (field.tag, slot, slot)]
        self.add("y=1")
        self.add("if " + " and ".join(given) + ":", *slots)
        self.add(" try:")
        self.add("  x=_js((" + "'\\x%02x',_C[len(f%d)],f%d," * len(run) + "))", *numbers)
        self.add("  if x.isascii():a(x.encode());y=0")
        self.add(" except IndexError:pass")  # a text of more than 127 characters
        self.add("if y:")
        self.level += 1
        for field in run:
            self._field(field)
        self.level -= 1

    def _field(self, field: Field) -> None:
        self.slot = self.slots[field.attribute]
        if field.kind == "map":
            self._map(field)
        elif field.packed:
            self.bind("_T#", wire.varint(field.tag))
            self.bind("_k#", pack(field.kind))
            self.add("if f#:")
            self.add(" if f#.__class__ is not _l:f#=_ls(f#)")
            if field.kind == "closed":
                self.bind("_N#", self.codec.enum_values(field))
                self.add(" for v in f#:_N#[v]")  # an enum has no other numbers
            self.add(" s=_k#(f#)")
            self.add(" a(_T#+_v(len(s)))")
            self.add(" a(s)")
            self.add("elif f# is None:_ls(f#)")
        elif field.presence == "repeated":
            self.add("if f#:")
            self.add(" if f#.__class__ is not _l:f#=_ls(f#)")
            self.add(" for v in f#:")
            self.level += 2
            self._value(field, "v")
            self.level -= 2
            self.add("elif f# is None:_ls(f#)")
        else:
            self._single(field)

    def _single(self, field: Field) -> None:
        if field.presence == "required":
            self.add("if f# is _U:raise _Bad('a required field has no value')")
        self.add(
            "if f# is not _U:"
            if field.explicit
            else ("if f# or _neg(f#):" if field.kind in {"double", "float"} else "if f#:")
        )
        self.level += 1
        if field.oneof:
            number = self.oneofs.index(field.oneof)
            self.add("if w%d:raise _Bad('two members of a oneof are set')", number)
            self.add("w%d=1", number)
        self._value(field, "f#")
        self.level -= 1

    def _value(self, field: Field, name: LiteralString) -> None:
        """Write one value with its tag."""
        kind = "raw" if field.kind == "string" and not field.checked else field.kind
        self.bind("_T#", wire.varint(field.tag))
        if kind in FIXED:
            self._fixed(field, name)
            return
        self.bind("_P#", _prefixes(field.tag))
        if kind in {"message", "group"}:
            self.bind("_d#", self.codec.lazy_writer(field, self.names, self.bind("_d#", None)))
            self.bind("_G#", wire.varint(field.tag + 1))
        if kind == "wrapped":
            self.bind("_w#", wrapped_writer(field.reference))
        if kind == "bool":
            self.bind("_N#", {value: wire.varint(field.tag) + wire.ONE[number] for value, number in BOOLS.items()})
        if kind == "closed":
            self.bind("_N#", _closed(field.tag, self.codec.enum_values(field)))
        for text in _WRITE[kind]:
            self.add(text.replace("@", name))

    def _fixed(self, field: Field, name: LiteralString) -> None:
        code = FIXED[field.kind][0]
        if field.tag < 128:
            self.bind("_p#", struct.Struct(f"<B{code}").pack)
            self.add("a(_p#(%d," + name + "))", field.tag)
        else:
            self.bind("_p#", struct.Struct(f"<{code}").pack)
            self.add("a(_T#+_p#(" + name + "))")

    def _texts(self) -> None:
        """Entries of texts, mostly short ones."""
        self.names["_K"] = _prefixes(0x0A)
        self.names["_P"] = _prefixes(0x12)
        self.block(
            (
                "k=k.encode();v=v.encode();x=len(k);y=len(v)",
                "if x<128 and y<128:",
                " n=x+y+4",
                " " + _HEAD,
                " a(_K[x]);a(k);a(_P[y]);a(v)",
                "else:",
                " k=_K[0][:1]+_v(x)+k;v=_P[0][:1]+_v(y)+v;n=len(k)+len(v)",
                " " + _HEAD,
                " a(k);a(v)",
            )
        )

    def _map(self, field: Field) -> None:
        value = field.value
        if value is None:  # only of other kinds
            return
        self.bind("_x#", map_part(field.key, 1 << 3 | WIRE_TYPES[field.key], checked=field.checked))
        self.bind("_P#", _prefixes(field.tag))
        self.bind("_T#", wire.varint(field.tag))
        self.add("for k,v in f#.items():")
        self.level += 1
        if field.key == value.kind == "string" and field.checked and value.checked:
            self._texts()
            self.level -= 1
            return
        if field.key == "string" and field.checked:
            self._text_key()
        else:
            self.add("k=_x#(k)")
        if value.kind in {"message", "struct", "value", "list", "wrapped"}:
            if value.kind == "message":
                self.bind("_d#", self.codec.lazy_writer(value, self.names, self.bind("_d#", None)))
            if value.kind == "wrapped":
                self.bind("_w#", wrapped_writer(value.reference))
            self.names["_P"] = _prefixes(0x12)
            self.add(_WRITE[value.kind][0].replace("@", "v"))
            self.add("v=(_P[n] if n<128 else _P[0][:1]+_v(n))+s")
        elif value.kind == "string" and value.checked:
            self.names["_P"] = _prefixes(0x12)
            self.add("s=v.encode();n=len(s)")
            self.add("v=(_P[n] if n<128 else _P[0][:1]+_v(n))+s")
        else:
            self.bind("_y#", map_part(value.kind, value.tag, checked=value.checked))
            if value.kind == "closed":
                self.bind("_N#", _closed(value.tag, self.codec.enum_values(value)))
            self.add("v=_N#[v]" if value.kind == "closed" else "v=_y#(v)")
        self.add("n=len(k)+len(v)")
        self.add(_HEAD)
        self.add("a(k);a(v)")
        self.level -= 1

    def _text_key(self) -> None:
        self.names["_K"] = _prefixes(0x0A)
        self.add("s=k.encode();n=len(s)")
        self.add("k=(_K[n] if n<128 else _K[0][:1]+_v(n))+s")


_VARINTS: dict[str, Callable[[int], bytes]] = {
    "int32": wire.varint_i32,
    "int64": wire.varint_i64,
    "uint32": wire.varint_u32,
    "uint64": wire.varint_u64,
    "enum": wire.varint_i32,
    "closed": wire.varint_i32,
    "sint32": wire.varint_s32,
    "sint64": wire.varint_s64,
}


def map_part(kind: str, tag: int, *, checked: bool = True) -> Callable[..., bytes]:
    """Make the writer of a scalar with its tag, also of one that has the zero of its type."""
    head = wire.varint(tag)
    if kind in FIXED:
        return fixed_writer(tag, FIXED[kind][0])
    errors = "strict" if checked else "surrogateescape"

    def integer(value: int) -> bytes:
        return head + _VARINTS[kind](value)

    def flag(value: bool) -> bytes:
        return head + wire.ONE[BOOLS[value]]

    def text(value: str) -> bytes:
        content = value.encode("utf-8", errors)
        return head + wire.varint(len(content)) + content

    def buffer(value: object) -> bytes:
        content = blob(value)
        return head + wire.varint(len(content)) + content

    others: dict[str, Callable[..., bytes]] = {"bool": flag, "string": text, "bytes": buffer}
    return others.get(kind, integer)


def wrapped_writer(kind: str) -> Callable[..., bytes]:
    """Make the writer of a wrapper around a value; the zero of the type is an empty wrapper."""
    part = map_part(kind, 1 << 3 | WIRE_TYPES[kind])
    floating = kind in {"double", "float"}

    def write(value: object) -> bytes:
        content = part(value)  # also of what is empty: it has to be of the type
        return content if value or (floating and _negative(value)) else b""

    return write
