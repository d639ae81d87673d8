"""How bodies are written and answers are read is decided once, for every language."""

import pytest

from specbind.generator.ir.answers import answer_headers, answer_kind, body_kind, failure_members, result_of
from specbind.generator.ir.graph import Alternative, alternatives, reachable
from specbind.generator.ir.hoist import hoist_unions
from specbind.generator.ir.media import MediaKind
from specbind.generator.ir.model import (
    SCHEMA_VERSION,
    Alias,
    Api,
    Body,
    Field,
    HttpBinding,
    ListType,
    NeverType,
    NullableType,
    Object,
    Operation,
    Parameter,
    PathPiece,
    Payload,
    Presence,
    Ref,
    Response,
    Scalar,
    ScalarKind,
    Service,
    UnionType,
    Variant,
)
from specbind.generator.ir.services import ordered_parameters
from specbind.generator.ir.usage import Usage

TEXT, BYTES = Scalar(ScalarKind.STRING), Scalar(ScalarKind.BINARY)
BINDING = HttpBinding("POST", "/{b}/{a}", (PathPiece("/"), PathPiece(parameter="b"), PathPiece(parameter="a")))


def call(*responses: Response, **members: object) -> Operation:
    return Operation("call", BINDING, responses=responses, **members)


def answer(media: str, type_=TEXT, status="200", **members: object) -> Response:
    return Response(status, (Payload(media, type_, **members),))


@pytest.mark.parametrize(
    ("media", "type_", "body", "read"),
    [
        ("application/json", TEXT, MediaKind.JSON, MediaKind.JSON),
        ("application/vnd.x+json; v=1", TEXT, MediaKind.JSON, MediaKind.JSON),
        ("application/json", NullableType(BYTES), MediaKind.BINARY, MediaKind.BINARY),
        ("application/X-MsgPack; v=1", TEXT, MediaKind.MSGPACK, MediaKind.MSGPACK),
        ("application/vnd.x+msgpack", TEXT, MediaKind.MSGPACK, MediaKind.MSGPACK),
        ("application/msgpack", BYTES, MediaKind.BINARY, MediaKind.BINARY),
        ("*/*", TEXT, MediaKind.JSON, MediaKind.JSON),
        ("text/plain", TEXT, MediaKind.TEXT, MediaKind.TEXT),
        ("text/event-stream", TEXT, MediaKind.BINARY, MediaKind.EVENTS),
        ("application/x-ndjson", TEXT, MediaKind.LINES, MediaKind.LINES),
        ("multipart/form-data", TEXT, MediaKind.MULTIPART, MediaKind.BINARY),
        ("image/png", TEXT, MediaKind.BINARY, MediaKind.BINARY),
    ],
)
def test_kinds(media, type_, body, read):
    assert body_kind(Payload(media, type_)) is body
    assert answer_kind(Payload(media, type_)) is read


def test_bytes_alone_are_a_stream_and_whole_beside_others():
    alone = result_of(call(answer("image/png", BYTES)))
    assert alone.streams == ((MediaKind.BINARY, BYTES),)
    assert not alone.content
    mixed = result_of(call(answer("image/png", BYTES), answer("application/json", status="201"), Response("204")))
    assert (mixed.types, mixed.content, mixed.empty, mixed.streams) == ((TEXT,), True, True, ())


def test_an_answer_that_is_never_good_and_errors_are_no_results():
    failure = answer("application/json", NeverType(), failure=Ref("Failure"))
    found = result_of(
        call(answer("application/zip", BYTES), failure, Response("404", (Payload("a/b", TEXT),), error=True))
    )
    assert found.streams == ((MediaKind.BINARY, BYTES),)
    failed = Object("Failure", (Field("error", TEXT, Presence.REQUIRED), Field("more", TEXT, Presence.OPTIONAL)))
    assert failure_members(failure.payloads[0], {"Failure": failed}) == ("error",)
    assert failure_members(Payload("a/b", TEXT), {}) is None


def test_headers_of_all_answers_are_one_group():
    def header(wire: str) -> Parameter:
        return Parameter(wire, "header", TEXT, "simple", explode=False, presence=Presence.REQUIRED)

    found = answer_headers(
        call(Response("200", headers=(header("X-A"), header("bad name"))), Response("404", headers=(header("x-a"),)))
    )
    assert [(field.wire, field.presence) for field in found] == [("X-A", Presence.OPTIONAL)]


def test_parameters_have_one_order():
    def parameter(wire: str, location: str) -> Parameter:
        return Parameter(wire, location, TEXT, "simple", explode=False)

    given = [("a", "path"), ("h", "header"), ("b", "path"), ("q", "query"), ("c", "cookie"), ("unused", "path")]
    found = ordered_parameters(call(parameters=tuple(parameter(*pair) for pair in given)))
    assert [item.wire for item in found] == ["b", "a", "q", "h", "c"]


def test_alternatives_open_unions_and_keep_what_selects_them():
    inner = UnionType((Variant(Ref("C"), ("c",)),), discriminator="sort")
    union = UnionType((Variant(Ref("A"), ("a",)), Variant(NullableType(Ref("B")), ("b",)), Variant(inner)), "kind")
    assert list(alternatives(NullableType(union))) == [
        Alternative(Ref("A"), "kind", ("a",)),
        Alternative(Ref("B"), "kind", ("b",)),
        Alternative(None),
        Alternative(Ref("C"), "sort", ("c",)),
        Alternative(None),
    ]


def objects() -> Api:
    fields = (
        Field("in", TEXT, Presence.REQUIRED, write_only=True),
        Field("out", TEXT, Presence.REQUIRED, read_only=True),
        Field("list", ListType(UnionType((Variant(TEXT), Variant(Ref("Other"))))), Presence.OPTIONAL),
    )
    body = Body((Payload("multipart/form-data", Ref("Sent")),))
    return Api(
        SCHEMA_VERSION,
        "api",
        "1",
        definitions=(Object("Sent", fields), Object("Other", ()), Object("Idle", fields)),
        services=(Service("", (call(answer("application/json", Ref("Other")), body=body),)),),
    )


def test_usage_says_where_types_go_and_what_is_always_there():
    api = objects()
    definitions = {found.id: found for found in api.definitions}
    usage = Usage(api, definitions)
    assert usage.requests == usage.multipart == {"Sent", "Other"} == reachable([Ref("Sent")], definitions)
    assert usage.answers == {"Other"}
    sent, idle = definitions["Sent"], definitions["Idle"]
    assert [usage.is_required("Sent", field) for field in sent.fields] == [True, False, False]
    assert [usage.is_required("Idle", field) for field in idle.fields] == [True, True, False]


def test_unions_that_may_not_stay_get_a_name_after_their_place():
    api = objects()
    assert hoist_unions(api, lambda _: lambda _: True) == api
    named = hoist_unions(api, lambda _: lambda _: False)
    assert [found.id for found in named.definitions] == ["Sent", "Sent.list.item", "Other", "Idle"]
    assert isinstance(named.definitions[1], Alias)
    assert named.definitions[0].fields[2].type == ListType(Ref("Sent.list.item"))
