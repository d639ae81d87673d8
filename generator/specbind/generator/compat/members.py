"""Members of records and values of enums compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import UNSET

from specbind.generator.ir.model import AnyType, Presence

from .rules import Flow, Rule
from .scalars import json_words, same_value

if TYPE_CHECKING:
    from msgspec import UnsetType

    from specbind.generator.ir.model import Enum, EnumValue, Field, Json, Object, Parameter, Type

    from .findings import Log, Site
    from .types import TypeComparison

__all__ = ["compare_defaults", "compare_enums", "compare_objects", "compare_presence"]

_LONG = 200  # characters of a pattern or name that is tried


def compare_objects(types: TypeComparison, old: Object, new: Object, site: Site) -> None:
    """Compare two records for one flow; members that do not go that way are left out."""
    log = types.log
    before, after = _fields(old, site.node[2]), _fields(new, site.node[2])
    _compare_renamed(types, before, after, site)
    for wire, field in before.items():
        if wire not in after:
            rule = Rule.FIELD_REFUSED if new.additional is None else Rule.FIELD_REMOVED
            log.add(rule, site.inside(f".{wire}"), "the member is gone", removed=True, source=field.source)
            for cover in _covers(new, wire):
                types.compare(field.type, cover, site.inside(f".{wire}", field.source))
    for wire, field in after.items():
        within = site.inside(f".{wire}", before[wire].source if wire in before else "", field.source)
        if wire in before:
            _compare_fields(types, before[wire], field, within)
            continue
        for cover in _covers(old, wire):
            types.compare(cover, field.type, within)
        if field.presence is Presence.REQUIRED:
            log.add(Rule.FIELD_ADDED_REQUIRED, within, "the member is new, and required")
        else:
            log.add(Rule.FIELD_ADDED, within, "the member is new")
    types.constraints(old, new, site)
    _compare_additional(types, old, new, site)
    if old.failure != new.failure:
        log.add(Rule.FAILURE, site, f"marks a failure: {'yes' if new.failure else 'no longer'}")


def _compare_renamed(types: TypeComparison, before: dict[str, Field], after: dict[str, Field], site: Site) -> None:
    """Compare fields of protos whose name is gone with what has their number now; takes both out."""
    now: dict[int | None, Field] = {
        field.number: field for wire, field in after.items() if field.number and wire not in before
    }
    for old in [field for wire, field in before.items() if wire not in after and field.number in now]:
        new = now[old.number]
        del before[old.wire], after[new.wire]
        within = site.inside(f".{old.wire}", old.source, new.source)
        if old.type != new.type:
            text = f"the number {old.number} was that of {old.wire}, is that of {new.wire}, which has another type"
            types.log.add(Rule.NUMBER_REUSED, within, text)
            continue
        text = f"renamed: is called {new.wire}; JSON and source break, the binary form does not"
        types.log.add(Rule.FIELD_RENAMED, within, text)
        _compare_fields(types, old, new, within)


def _covers(record: Object, wire: str) -> list[Type]:
    """What a record without this member asks of it all the same: types of patterns, or of other members."""
    if any(field.wire == wire for field in record.fields):
        return []  # it has the member, for the other way
    found = [type_ for pattern, type_ in record.patterns if _may_match(pattern, wire)]
    if not found and record.additional is not None and not isinstance(record.additional, AnyType):
        found.append(record.additional)
    return found


def _may_match(pattern: str, wire: str) -> bool:
    """Whether a name matches. A pattern that could take long, or that Python cannot read, does."""
    repeats = sum(map(pattern.count, "*+?{"))
    if len(pattern) > _LONG or len(wire) > _LONG or repeats > 2 or (repeats and "(" in pattern):
        return True
    try:
        return re.search(pattern, wire) is not None
    except re.error:
        return True


def _fields(record: Object, flow: Flow) -> dict[str, Field]:
    return {
        field.wire: field
        for field in record.fields
        if not (flow is Flow.SENT and field.read_only) and not (flow is Flow.RECEIVED and field.write_only)
    }


def _compare_fields(types: TypeComparison, old: Field, new: Field, site: Site) -> None:
    log = types.log
    compare_presence(log, old.presence, new.presence, site)
    compare_defaults(log, old, new, site)
    if old.deprecated != new.deprecated:
        log.add(Rule.DEPRECATED if new.deprecated else Rule.UNDEPRECATED, site, "the member")
    if (old.read_only, old.write_only) != (new.read_only, new.write_only):
        log.add(Rule.FIELD_DIRECTION, site, "read-only or write-only has changed")
    if old.number != new.number:
        log.add(Rule.FIELD_NUMBER, site, f"the field number was {old.number}, is {new.number}")
    types.compare(old.type, new.type, site)


def compare_presence(log: Log, old: Presence, new: Presence, site: Site) -> None:
    """Compare whether two values must be there."""
    if old is new:
        return
    if new is Presence.REQUIRED:
        log.add(Rule.VALUE_REQUIRED, site, "was optional, is required")
    elif old is Presence.REQUIRED:
        log.add(Rule.VALUE_OPTIONAL, site, "was required, is optional")
    if Presence.IMPLICIT in (old, new):
        log.add(Rule.PRESENCE_KIND, site, f"presence was {old.value}, is {new.value}")


def compare_defaults(log: Log, old: Field | Parameter, new: Field | Parameter, site: Site) -> None:
    """Compare the defaults that two values state."""
    before: Json | UnsetType = old.default
    after: Json | UnsetType = new.default
    if before is UNSET and after is not UNSET:
        log.add(Rule.DEFAULT_STATED, site, f"the default {json_words(after)} is stated")
    elif before is not UNSET and (after is UNSET or not same_value(before, after)):
        now = "none is stated" if after is UNSET else f"is {json_words(after)}"
        log.add(Rule.DEFAULT_CHANGED, site, f"the default was {json_words(before)}, {now}")


def _compare_additional(types: TypeComparison, old: Object, new: Object, site: Site) -> None:
    if old.additional is not None and new.additional is not None:
        types.compare(old.additional, new.additional, site.inside("{}"))
    elif old.additional is not None:
        types.log.add(Rule.MEMBERS_REFUSED, site, "other members were allowed, are refused")
    elif new.additional is not None:
        types.log.add(Rule.MEMBERS_ALLOWED, site, "other members were refused, are allowed")
    before, after = dict(old.patterns), dict(new.patterns)
    for pattern in sorted(before.keys() | after.keys()):
        within = site.inside(f"{{{pattern}}}")
        if pattern not in after and new.additional is None:
            types.log.add(
                Rule.MEMBERS_REFUSED, within, "members of this pattern were allowed, are refused", removed=True
            )
        elif pattern not in after:
            types.log.add(Rule.TYPE_WIDENED, within, "members of this pattern have no type of their own any more")
            _compare_stated(types, before[pattern], new.additional, within)
        elif pattern not in before and old.additional is None:
            types.log.add(Rule.MEMBERS_ALLOWED, within, "members of this pattern were refused, are allowed")
        elif pattern not in before:
            types.log.add(Rule.TYPE_NARROWED, within, "members of this pattern have a type of their own now")
            _compare_stated(types, old.additional, after[pattern], within)
        else:
            types.compare(before[pattern], after[pattern], within)


def _compare_stated(types: TypeComparison, old: Type | None, new: Type | None, site: Site) -> None:
    """Compare two types where both say something."""
    if old is not None and new is not None and not isinstance(old, AnyType) and not isinstance(new, AnyType):
        types.compare(old, new, site)


def compare_enums(log: Log, old: Enum, new: Enum, site: Site) -> None:
    """Compare the values of two enums."""
    before, after = _values(old), _values(new)
    for key, value in before.items():
        if key not in after:
            log.add(Rule.ENUM_VALUE_REMOVED, site, f"the value {json_words(value.value)} is gone", removed=True)
        elif value.name != after[key].name:
            log.add(Rule.ENUM_VALUE_NAME, site, f"the value {json_words(value.value)} has another name")
        if key in after and value.deprecated != after[key].deprecated:
            rule = Rule.DEPRECATED if after[key].deprecated else Rule.UNDEPRECATED
            log.add(rule, site, f"the value {json_words(value.value)}")
    for key, value in after.items():
        if key not in before:
            rule = Rule.ENUM_VALUE_ADDED if old.open else Rule.ENUM_VALUE_ADDED_CLOSED
            log.add(rule, site, f"the value {json_words(value.value)} is new")
    if old.open != new.open:
        log.add(Rule.ENUM_OPENNESS, site, f"the enum is {'open' if new.open else 'closed'} now")


def _values(enum: Enum) -> dict[tuple[bool, object], EnumValue]:
    return {(isinstance(found.value, bool), found.value): found for found in enum.values}
