"""Makes the reader of a message type out of its table: one function that knows every field by its tag.

Fields are expected in the order of their numbers, as everybody writes them: after one was read, the next tag is
compared with the next fields first. Any other order costs another round of comparisons, nothing else; large messages
have guards around every 8, 64, 512 fields, which keep that round short.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import astuple

from . import wire
from .failures import Malformed
from .jsonvalues import read_list, read_struct, read_value, wrapped_reader
from .scalars import FIXED, unpack, zero
from .source import Source
from .table import WIRE_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import LiteralString

    from .codec import Codec
    from .table import Field

__all__ = ["compile_reader"]

_BLOCK = 8
_NAMES: dict[str, object] = {
    "_U": UNSET,
    "_values": astuple,
    "_Bad": Malformed,
    "_long": wire.length,
    "_i32": wire.rest_i32,
    "_i64": wire.rest_i64,
    "_u32": wire.rest_u32,
    "_u64": wire.rest_u64,
    "_tag1": wire.tag1,
    "_tag2": wire.tag2,
    "_skip": wire.skip,
    "_keep": wire.keep,
    "_ge": wire.group_end,
    "_struct": read_struct,
    "_value": read_value,
    "_list": read_list,
    "_varint": wire.varint,
    **{f"_r{code}": struct.Struct(f"<{code}").unpack_from for code, _ in FIXED.values()},
}

_LENGTH: tuple[LiteralString, ...] = (
    "n=b[p];p+=1",
    "if n>127:",
    " n=n&127|b[p]<<7;p+=1",
    " if n>16383:n,p=_long(b,p,n)",
    "e=p+n",
)


def _varint(rest: LiteralString) -> tuple[LiteralString, ...]:
    return (
        "n=b[p];p+=1",
        "if n>127:",
        " c=b[p];p+=1",
        " if c<128:n=n&127|c<<7",
        " else:n,p=" + rest + "(b,p,n,c)",
    )


# kind: lines before, the value, lines after
_READ: dict[str, tuple[tuple[LiteralString, ...], LiteralString, LiteralString]] = {
    "string": (_LENGTH, "b[p:e].decode()", "p=e"),
    "raw": (_LENGTH, "b[p:e].decode('utf-8','surrogateescape')", "p=e"),
    "bytes": (_LENGTH, "b[p:e]", "p=e"),
    "double": ((), "_rd(b,p)[0]", "p+=8"),
    "float": ((), "_rf(b,p)[0]", "p+=4"),
    "fixed64": ((), "_rQ(b,p)[0]", "p+=8"),
    "sfixed64": ((), "_rq(b,p)[0]", "p+=8"),
    "fixed32": ((), "_rI(b,p)[0]", "p+=4"),
    "sfixed32": ((), "_ri(b,p)[0]", "p+=4"),
    "int32": (_varint("_i32"), "n", ""),
    "int64": (_varint("_i64"), "n", ""),
    "uint32": (_varint("_u32"), "n", ""),
    "uint64": (_varint("_u64"), "n", ""),
    "sint32": (_varint("_u32"), "n>>1^-(n&1)", ""),
    "sint64": (_varint("_u64"), "n>>1^-(n&1)", ""),
    "bool": (_varint("_u64"), "n!=0", ""),
}
_LITERALS: dict[str, LiteralString] = {
    "string": "''",
    "bytes": "b''",
    "bool": "False",
    "double": "0.0",
    "float": "0.0",
}
_MAP_ZEROS: dict[str, LiteralString] = {
    **_LITERALS,
    "enum": "_Z#",
    "closed": "_Z#",
    "wrapped": "_Z#",
    "message": "_U",
    "struct": "{}",
    "list": "[]",
    "value": "None",
}
_JSON_READERS: dict[str, LiteralString] = {"struct": "_struct", "value": "_value", "list": "_list"}


def compile_reader(codec: Codec) -> Callable[..., object]:
    """Make `read(buffer, start, end, depth, into=UNSET)`."""
    return _ReaderSource(codec).build()


def fixed_run(fields: Sequence[Field]) -> list[Field]:
    """The fields at the beginning that are single numbers of a fixed width with a short tag."""
    run: list[Field] = []
    for field in fields:
        if field.kind not in FIXED or field.presence == "repeated" or field.oneof or field.tag > 127:
            break
        run.append(field)
    return run


def _pairs(run: Sequence[Field]) -> list[int]:
    """Where each tag but the first stands, and which it must be."""
    return [number for i, field in enumerate(run[1:]) for number in (2 * i + 1, field.tag)]


class _ReaderSource(Source):
    def __init__(self, codec: Codec) -> None:
        super().__init__()
        self.codec = codec
        self.fields = codec.fields
        self.names.update(_NAMES)
        self.names["_c"] = codec.cls
        self.slots = {field.attribute: i for i, field in enumerate(codec.fields_by_slot)}
        highest = max([max(field.tag, field.other_tag) for field in self.fields], default=0)
        self.running = 0
        self.wide = 1 if highest < 128 else 2 if highest < 16384 else 3
        self.known = {field.tag for field in self.fields} | {f.other_tag for f in self.fields if f.other_tag}

    def build(self) -> Callable[..., object]:
        """Write the function and compile it."""
        numbers = tuple(range(len(self.fields)))
        self.bind("_T", frozenset(self.known))
        self.add("def _f(b,p,end,d,m=_U):")
        self.level = 1
        self.add("if d>%d:raise _Bad('more than %d levels')", wire.MAX_DEPTH, wire.MAX_DEPTH)
        self.add("d+=1")
        self.add("u=None")
        self._start()
        self.add("if p<end:")
        self.level = 2
        self._tag()
        self.add("while True:")
        self.level = 3
        self._chain()
        self._others()
        self._unknown()
        self.level = 1
        self.add("if p!=end:raise _Bad('it stops inside a field')")
        self.add("if u is None:return _c(" + "f%d," * len(numbers) + ")", *numbers)
        self.add("return _c(" + "f%d," * len(numbers) + "_unknown_fields=u)", *numbers)
        return self.compile(self.codec.name)

    def _start(self) -> None:
        """Values of an empty message, or those of the message that is read on."""
        self.add("if m is _U:")
        self.level = 2
        defaults = dict(
            zip(self.codec.cls.__struct_fields__[::-1], self.codec.cls.__struct_defaults__[::-1], strict=False)
        )
        for field in self.codec.fields_by_slot:
            self.slot = self.slots[field.attribute]
            if field.presence == "repeated":
                self.add("f#={}" if field.kind == "map" else "f#=[]")
            elif field.explicit:
                self.add("f#=_U")
            elif field.kind in {"enum", "closed"}:
                self.bind("_Z#", self.codec.enum(field)(0))
                self.add("f#=_Z#")
            elif field.kind in {"double", "float"}:
                self.bind("_Z#", defaults[field.attribute])  # this very object: what is equal only is shown by repr
                self.add("f#=_Z#")
            else:
                self.add("f#=" + _LITERALS.get(field.kind, "0"))
        self.add("pass")
        self.level = 1
        self.add("else:")
        numbers = tuple(range(len(self.fields)))
        self.add(" " + "f%d," * len(numbers) + "u,=_values(m)", *numbers)
        self.add(" if not u:u=None")

    def _tag(self) -> None:
        self.add("t=b[p];p+=1")
        if self.wide > 1:
            self.add("if t>127:")
            self.add(" t=t&127|b[p]<<7;p+=1")
        if self.wide > 2:
            self.add(" if t>16383:t,p=_tag2(b,p,t)")

    def _next(self) -> None:
        self.add("if p>=end:break")
        self._tag()

    def _chain(self) -> None:
        if len(self.fields) > _BLOCK + 4:
            self._guarded(self.fields)
        else:
            self._block(self.fields)

    def _guarded(self, fields: Sequence[Field]) -> None:
        """Fields in eight parts at most, each behind a comparison of its ends, down to the block of eight fields."""
        size = _BLOCK
        while size * _BLOCK < len(fields):
            size *= _BLOCK
        for first in range(0, len(fields), size):
            part = fields[first : first + size]
            self.add("if %d<=t<=%d:", part[0].tag, part[-1].tag)
            self.level += 1
            self._guarded(part) if size > _BLOCK else self._block(part)
            self.level -= 1

    def _block(self, block: Sequence[Field]) -> None:
        for i, field in enumerate(block):
            self._run(block[i:])
            self.slot = self.slots[field.attribute]
            if field.presence == "repeated" and not field.packed:
                self._loop(field)
            else:
                self.add("if t==%d:", field.tag)
                self.level += 1
                self._packed(field) if field.packed else self._single(field)
                self._next()
                self.level -= 1

    def _run(self, fields: Sequence[Field]) -> None:
        """Numbers of a fixed width that mostly come together: read them at once."""
        run = fixed_run(fields)
        if len(run) < 2 or (self.running and len(run) < self.running):
            self.running = max(0, self.running - 1)
            return
        self.running = len(run)
        layout = struct.Struct("<" + "B".join(FIXED[field.kind][0] for field in run))
        slots = [self.slots[field.attribute] for field in run]
        self.slot = slots[0]
        self.bind("_R#", layout.unpack_from)
        self.add("if t==%d and p+%d<=end:", run[0].tag, layout.size)
        self.level += 1
        self.add("x=_R#(b,p)")
        tests: list[LiteralString] = ["x[%d]==%d"] * (len(run) - 1)
        self.add("if " + " and ".join(tests) + ":", *_pairs(run))
        self.level += 1
        self.add("f%d,_," * (len(run) - 1) + "f%d=x", *slots)
        self.add("p+=%d", layout.size)
        self._next()
        self.level -= 2

    def _loop(self, field: Field) -> None:
        """Elements of a list follow each other: stay while they do."""
        self.add("if t==%d:", field.tag)
        self.level += 1
        self.add("while t==%d:", field.tag)
        self.level += 1
        self._map(field) if field.kind == "map" else self._element(field)
        self.add("if p>=end:t=-1;break")
        self._tag()
        self.level -= 1
        self.add("if t<0:break")
        self.level -= 1

    def _others(self) -> None:
        """Lists in the other of the two forms."""
        for field in self.fields:
            if field.other_tag:
                self.slot = self.slots[field.attribute]
                self.add("if t==%d:", field.other_tag)
                self.level += 1
                self._element(field) if field.packed else self._packed(field)
                self._next()
                self.add("continue")
                self.level -= 1

    def _unknown(self) -> None:
        """A field that is out of order, whose tag is longer than needed, or that the table does not know."""
        if self.wide < 3:
            self.add("if t>127:" if self.wide == 1 else "if t>16383:")
            self.add(" t,p=_tag1(b,p,t)" if self.wide == 1 else " t,p=_tag2(b,p,t)")
        self.add("if t in _T:continue")
        self.add("if u is None:u=[]")
        self.add("p=_keep(b,p,end,t,d,u)")
        self._next()

    # --- one field

    def _single(self, field: Field) -> None:
        others = [other for other in self.fields if field.oneof and other.oneof == field.oneof and other is not field]
        slots = [self.slots[other.attribute] for other in others]
        clear: LiteralString = "f%d=" * len(others) + "_U" if others else "pass"
        if field.kind == "closed":
            self._closed(field, "f#=v")
            self.add(" " + clear, *slots)  # only if the enum has the number
        else:
            self._value(field, "f#=@", ",f#" if field.wire_type in {2, 3} else "")
            if others:
                self.add(clear, *slots)

    def _element(self, field: Field) -> None:
        if field.kind == "closed":
            self._closed(field, "f#.append(v)")
        else:
            self._value(field, "f#.append(@)", "")

    def _value(self, field: Field, target: LiteralString, into: LiteralString) -> None:
        """Read one value; `target` has @ where it goes. `into` names what a message is read on into."""
        kind = "raw" if field.kind == "string" and not field.checked else field.kind
        if kind == "enum":
            self.bind("_E#", self.codec.enum_values(field))
            self.block(_READ["int32"][0])
            self.add(target.replace("@", "_E#[n]"))
        elif kind == "group":
            self._link(field)
            self.add("z,e=_ge(b,p,end,%d,d)", field.number)
            self.add(target.replace("@", "_d#(b,p,z,d" + into + ")"))
            self.add("p=e")
        elif kind in {"message", "wrapped"} or kind in _JSON_READERS:
            self._link(field)
            self.block(_LENGTH)
            self.add(target.replace("@", _JSON_READERS.get(kind, "_d#") + "(b,p,e,d" + into + ")"))
            self.add("p=e")
        else:
            before, value, after = _READ[kind]
            self.block(before)
            self.add(target.replace("@", value))
            if after:
                self.add(after)

    def _link(self, field: Field) -> None:
        if field.kind == "wrapped":
            self.bind("_d#", wrapped_reader(field.reference))
        elif field.kind in {"message", "group"}:
            self.bind("_d#", self.codec.lazy_reader(field, self.names, self.bind("_d#", None)))

    def _closed(self, field: Field, store: LiteralString) -> None:
        """A closed enum: a number that it does not have becomes an unknown field."""
        self.bind("_E#", self.codec.enum_values(field))
        self.block(_READ["int32"][0])
        self._closed_number(field, store)

    def _closed_number(self, field: Field, store: LiteralString) -> None:
        self.add("v=_E#.get(n)")
        self.add("if v is None:")
        self.add(" if u is None:u=[]")
        self.add(" u.append(_varint(%d)+_varint(n&%d))", field.number << 3, 0xFFFF_FFFF_FFFF_FFFF)
        self.add("else:")
        self.add(" " + store)

    def _packed(self, field: Field) -> None:
        self.bind("_k#", unpack(field.kind))
        self.block(_LENGTH)
        if field.kind == "closed":
            self.bind("_E#", self.codec.enum_values(field))
            self.add("for n in _k#(b,p,e):")
            self.level += 1
            self._closed_number(field, "f#.append(v)")
            self.level -= 1
        else:
            if field.kind == "enum":
                self.bind("_E#", self.codec.enum_values(field))
                self.add("x=[_E#[n] for n in _k#(b,p,e)]")
            else:
                self.add("x=_k#(b,p,e)")
            self.add("if f#:f#+=x")
            self.add("else:f#=x")
        self.add("p=e")

    # --- maps

    def _map(self, field: Field) -> None:
        value = field.value
        if value is None:  # only of other kinds
            return
        self.block(_LENGTH)
        self.add("z=e;s=p;x=0")
        self.add("k=" + _LITERALS.get(field.key, "0"))
        if value.kind in {"enum", "closed"}:
            self.bind("_Z#", self.codec.enum(value)(0) if value.kind == "enum" else self.codec.first(value))
        if value.kind == "wrapped":
            self.bind("_Z#", zero(value.reference))
        self.add("v=" + _MAP_ZEROS.get(value.kind, "0"))
        self.add("while p<z:")
        self.level += 1
        self.add("t=b[p];p+=1")
        self.add("if t>127:t,p=_tag1(b,p,t)")
        self.add("if t==%d:", 1 << 3 | WIRE_TYPES[field.key])
        self.level += 1
        before, text, after = _READ["raw" if field.key == "string" and not field.checked else field.key]
        self.block((*before, "k=" + text, after or "pass"))
        self.level -= 1
        self.add("elif t==%d:", value.tag)
        self.level += 1
        if value.kind == "closed":
            self.bind("_E#", self.codec.enum_values(value))
            self.block((*_READ["int32"][0], "v=_E#.get(n)", "if v is None:x=1"))
        else:
            self._value(value, "v=@", ",v" if value.kind == "message" or value.kind in _JSON_READERS else "")
        self.level -= 1
        self.add("else:p=_skip(b,p,z,t,d);x=1")
        self.level -= 1
        self.add("if p!=z:raise _Bad('it stops inside an entry of a map')")
        if value.kind == "message":
            self.add("if v is _U:v=_d#(b,z,z,d)")
        # an entry with anything unknown in it is an unknown field, as in google's libraries: so nothing of it is lost
        self.add("if x:")
        self.add(" if u is None:u=[]")
        self.add(" u.append(_varint(%d)+_varint(z-s)+b[s:z])", field.tag)
        self.add("else:f#[k]=v")
