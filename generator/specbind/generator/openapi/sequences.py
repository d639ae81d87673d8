"""Sequences of values in one body: JSON lines, server-sent events, parts of multipart/mixed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from specbind.generator.ir.model import Event, ListType, Scalar, ScalarKind, Variant

from .enums import values_of
from .unions import union

if TYPE_CHECKING:
    from specbind.generator.ir.model import Type

    from .document import MediaType, Schema
    from .lower_schema import SchemaLowering

__all__ = ["lower_item"]

_LINES = re.compile(r"application/(x-ndjson|ndjson|jsonl|x-jsonlines|jsonlines|x-jsonl|json-seq)\b", re.IGNORECASE)
_EVENTS = re.compile(r"text/event-stream\b", re.IGNORECASE)
_PARTS = re.compile(r"multipart/(mixed|parallel|digest)\b", re.IGNORECASE)
_EVENT_FIELDS = frozenset(("data", "event", "id", "retry", "comment"))


def lower_item(lowering: SchemaLowering, media: MediaType, whole: Type | None) -> tuple[Type | None, tuple[Event, ...]]:
    """The type of a sequence's items with the kinds of events; None for what is no sequence.

    `whole` is the type of the schema for the whole body: of a sequence it either is a list or describes one item.
    """
    name = media.media.strip()
    if media.item is not None:
        events = _events(lowering, media.item) if _EVENTS.match(name) else ()
        if events:
            return union([Variant(event.type) for event in events], exclusive=False), events
        return lowering.type(media.item), ()
    if whole is None:
        return None, ()
    if _EVENTS.match(name) or _LINES.match(name):
        return whole.item if isinstance(whole, ListType) else whole, ()
    return (whole.item, ()) if _PARTS.match(name) and isinstance(whole, ListType) else (None, ())


def _events(lowering: SchemaLowering, schema: Schema) -> tuple[Event, ...]:
    """The kinds of events where a schema describes the fields of an event, () where it describes the data."""
    resolved = lowering.traits.resolved(schema)
    variants = resolved.one_of or resolved.any_of
    found = [_event(lowering, variant) for variant in variants or (schema,)]
    return tuple(event for event in found if event is not None) if all(found) else ()


def _event(lowering: SchemaLowering, schema: Schema) -> Event | None:
    if not lowering.traits.is_object(schema):
        return None
    fields = lowering.records.known(schema).fields
    if not fields or not _EVENT_FIELDS.issuperset(fields) or not {"data", "event"} & fields.keys():
        return None
    names = values_of(lowering.traits.resolved(fields["event"][-1])) if "event" in fields else ()
    type_: Type = Scalar(ScalarKind.STRING)
    if "data" in fields:
        text = lowering.traits.resolved(fields["data"][-1])
        type_ = lowering.type(text.content if text.content is not None else fields["data"][-1])
    return Event(names[0] if len(names) == 1 else "", type_)
