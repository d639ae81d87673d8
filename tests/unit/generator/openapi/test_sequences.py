"""Sequences of values in one body."""

import pytest

from specbind.generator.ir.model import Event, ListType, Ref, Scalar, ScalarKind, UnionType, Variant

STRING = Scalar(ScalarKind.STRING)
INTEGER = Scalar(ScalarKind.INTEGER)
LINES = ("application/jsonl", "application/x-ndjson", "application/x-jsonlines; charset=utf-8", "application/json-seq")


@pytest.fixture
def payload(paths):
    """The only payload of an answer with one media type."""

    def of(media: str, text: str, components: str = "{}"):
        read = paths(
            f"""
paths: {{/a: {{get: {{operationId: o, responses: {{'200': {{description: d, content: {{'{media}': {{{text}}}}}}}}}}}}}}}
components: {{schemas: {components}}}
""",
            version="3.2.0",
        )
        (found,) = read.operations["o"].responses[0].payloads
        return read, found

    return of


@pytest.mark.parametrize("media", [*LINES, "text/event-stream"])
def test_a_schema_for_the_whole_is_a_list_or_describes_one_item(payload, media):
    _, found = payload(media, "schema: {type: array, items: {type: integer}}")
    assert (found.type, found.item) == (ListType(INTEGER), INTEGER)
    _, found = payload(media, "schema: {$ref: '#/components/schemas/E'}", "{E: {type: object, properties: {a: {}}}}")
    assert (found.type, found.item) == (Ref("E"), Ref("E"))


@pytest.mark.parametrize("media", [*LINES, "text/event-stream", "multipart/mixed"])
def test_an_item_schema_types_the_items(payload, media):
    read, found = payload(media, "itemSchema: {type: object, properties: {a: {type: string}}}")
    assert (found.type, found.item) == (ListType(Ref("o.200.item")), Ref("o.200.item"))
    assert read.codes == []


def test_parts_of_multipart_are_a_sequence_where_the_schema_is_a_list(payload):
    _, found = payload("multipart/mixed", "schema: {type: array, items: {type: integer}}")
    assert found.item == INTEGER
    _, found = payload("multipart/mixed", "schema: {type: object, properties: {a: {type: string}}}")
    assert found.item is None


@pytest.mark.parametrize("media", ["application/json", "application/jsonlike", "text/plain"])
def test_other_media_types_are_no_sequences(payload, media):
    assert payload(media, "schema: {type: array, items: {type: integer}}")[1].item is None


def test_the_fields_of_an_event_are_no_data(payload):
    read, found = payload(
        "text/event-stream",
        """itemSchema: {type: object, required: [data], properties: {
             event: {type: string}, id: {type: string}, retry: {type: integer},
             data: {type: string, contentMediaType: application/json,
                    contentSchema: {$ref: '#/components/schemas/E'}}}}""",
        "{E: {type: object, properties: {a: {type: string}}}}",
    )
    assert found.item == Ref("E")
    assert found.events == (Event("", Ref("E")),)
    assert found.type == ListType(Ref("E"))
    assert read.codes == []


def test_kinds_of_events_are_told_apart(payload):
    _, found = payload(
        "text/event-stream",
        """itemSchema: {oneOf: [
             {properties: {event: {const: add}, data: {contentSchema: {type: object, properties: {n: {}}}}}},
             {properties: {event: {enum: [ping]}}},
             {$ref: '#/components/schemas/Count'}]}""",
        "{Count: {type: object, properties: {event: {const: count}, data: {type: integer}}}}",
    )
    added = Ref("o.200.item.variant1.data.content")
    assert found.events == (Event("add", added), Event("ping", STRING), Event("count", INTEGER))
    assert found.item == UnionType((Variant(added), Variant(STRING), Variant(INTEGER)), exclusive=False)


def test_data_that_has_other_members_is_data(payload):
    _, found = payload(
        "text/event-stream", "itemSchema: {type: object, properties: {data: {type: string}, more: {type: string}}}"
    )
    assert (found.item, found.events) == (Ref("o.200.item"), ())


def test_what_a_text_holds_is_a_note_elsewhere(schemas):
    read = schemas("A: {type: string, contentMediaType: application/json, contentSchema: {type: integer}}")
    assert read.type("A") == STRING
    assert read.codes == ["SB208"]
