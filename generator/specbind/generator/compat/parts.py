"""Parts of forms compared; where none is stated, its default encoding holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specbind.generator.ir.model import AnyType, Enum, ListType, MapType, Object, Part, Ref, Scalar, ScalarKind

from .parameters import compare_parameters
from .rules import Rule

if TYPE_CHECKING:
    from specbind.generator.ir.model import Payload, Type

    from .findings import Site
    from .shapes import Definitions
    from .types import TypeComparison

__all__ = ["compare_parts"]

_JSON, _BYTES, _TEXT = "application/json", "application/octet-stream", "text/plain"


def compare_parts(types: TypeComparison, old: Payload, new: Payload, site: Site) -> None:
    """Compare how the members of two forms are written."""
    before = {part.wire: part for part in old.parts}
    after = {part.wire: part for part in new.parts}
    for wire in sorted(before.keys() | after.keys()):
        within = site.inside(f" part {wire}")
        part, other = before.get(wire, Part(wire)), after.get(wire, Part(wire))
        if _written(part, types.old, old) != _written(other, types.new, new):
            types.log.add(Rule.PARAMETER_STYLE, within, "is written in another way")
        elif wire not in before or wire not in after:
            types.log.add(Rule.PART_CHANGED, within, "its encoding is stated on one side only")
        if part.allow_reserved != other.allow_reserved:
            types.log.add(Rule.PARAMETER_ENCODING, within, "allowReserved has changed")
        compare_parameters(types, part.headers, other.headers, within, noun="header")


def _written(part: Part, definitions: Definitions, payload: Payload) -> tuple[str, str, bool]:
    return (
        part.media or _default_media(_member(payload.type, part.wire, definitions), definitions),
        part.style,
        part.explode,
    )


def _member(form: Type, wire: str, definitions: Definitions) -> Type:
    found = definitions.shape(form).only
    record = definitions.by_id.get(found.id) if isinstance(found, Ref) else None
    if isinstance(record, Object):
        return next((field.type for field in record.fields if field.wire == wire), record.additional or AnyType())
    return found.value if isinstance(found, MapType) else AnyType()


def _default_media(type_: Type, definitions: Definitions) -> str:
    """The media type of a part that states none (OpenAPI 3.1, Encoding Object); of a list it is that of its items."""
    only = definitions.shape(type_).only
    if isinstance(only, ListType):
        only = definitions.shape(only.item).only
    if isinstance(only, Ref):
        return _TEXT if isinstance(definitions.by_id.get(only.id), Enum) else _JSON
    if isinstance(only, Scalar):
        return _BYTES if only.scalar is ScalarKind.BINARY else _TEXT
    return _JSON
