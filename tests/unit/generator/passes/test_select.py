"""Selecting operations, and what goes with those that are left out."""

import pytest

from specbind.generator.diagnostics import Diagnostics, Severity, SpecError
from specbind.generator.ir.graph import all_operations
from specbind.generator.ir.model import (
    Alias,
    Api,
    ApiKeyScheme,
    Body,
    Callback,
    Field,
    HttpBinding,
    Link,
    ListType,
    Object,
    Operation,
    Parameter,
    Part,
    Payload,
    Presence,
    Ref,
    Response,
    Scalar,
    ScalarKind,
    Service,
)
from specbind.generator.passes import select

STRING = Scalar(ScalarKind.STRING)


def operation(name: str, path: str, type_=STRING, **more) -> Operation:
    responses = (Response("200", (Payload("application/json", type_),)),)
    return Operation(name, HttpBinding("GET", path, ()), responses=more.pop("responses", responses), **more)


def api() -> Api:
    pets = (
        operation("listPets", "/pets", ListType(Ref("Pet")), tags=("pets",), security=((("key", ()),),)),
        operation("getPet", "/pets/{id}", Ref("Pet"), tags=("pets", "public")),
        operation("toys", "/pets/{id}/toys", Ref("Toy"), tags=("pets",)),
    )
    ping = operation("ping", "/ping", security=((("other", ()),),))
    return Api(
        1, "a", "1",
        definitions=(
            Object("Pet", (Field("owner", Ref("Name"), Presence.OPTIONAL),), bases=("Base",)),
            Object("Base", ()), Alias("Name", STRING), Object("Toy", ()), Object("Event", ()),
        ),
        services=(Service("pets", pets), Service("", (ping,))),
        webhooks=(operation("newPet", "newPet", Ref("Event"), tags=("pets",)),),
        security_schemes=(ApiKeyScheme("key", "k", "header"), ApiKeyScheme("other", "o", "header")),
    )  # fmt: skip


def names(part: Api) -> list[str]:
    return [found.id for found in all_operations(part)]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ([], ["tag:public"], ["listPets", "toys", "ping", "newPet"]),
        (["tag:pets"], [], ["listPets", "getPet", "toys", "newPet"]),
        (["tag:"], [], ["ping"]),
        (["path:/pets/**"], [], ["listPets", "getPet", "toys"]),
        (["path:/pets/*"], [], ["getPet"]),
        (["path:/pets/{id}"], [], ["getPet"]),
        (["path:**/toys"], [], ["toys"]),
        (["path:/p?ng"], [], ["ping"]),
        (["path:/pet*"], [], ["listPets"]),
        (["operation:*Pet*"], [], ["listPets", "getPet", "newPet"]),
        (["operation:get?et", "path:/ping"], [], ["getPet", "ping"]),
        (["tag:pets"], ["operation:toys", "path:newPet"], ["listPets", "getPet"]),
        (["path:***"], ["path:/pets/**"], ["ping", "newPet"]),
    ],
)
def test_which_operations_are_left(include, exclude, expected):
    diagnostics = Diagnostics()
    assert names(select(api(), include, exclude, diagnostics)) == expected
    assert [found.code for found in diagnostics] == ["SB304"]


def test_without_selectors_nothing_changes():
    diagnostics = Diagnostics()
    whole = api()
    assert select(whole, [], [], diagnostics) is whole
    assert len(diagnostics) == 0


def test_what_nothing_uses_is_left_out_and_counted_once():
    diagnostics = Diagnostics()
    part = select(api(), ["path:/pets"], [], diagnostics)
    assert [found.id for found in part.definitions] == ["Pet", "Base", "Name"]
    assert [scheme.id for scheme in part.security_schemes] == ["key"]
    assert [service.id for service in part.services] == ["pets"]
    (note,) = diagnostics
    assert note.severity is Severity.NOTE
    assert note.message == (
        "selectors leave out 4 of 5 operations, 2 of 5 types, 1 of 2 security schemes, 1 of 2 services"
    )


def test_types_of_bodies_parts_callbacks_and_failures_stay():
    header = Parameter("X", "header", Ref("Header"), "simple", explode=False)
    body = Body((Payload("multipart/mixed", Ref("Form"), (Part("p", headers=(header,)),), item=Ref("Item")),))
    back = Callback("c", "{$url}", (operation("called", "{$url}", Ref("Called")),))
    answer = Response("200", (Payload("application/json", STRING, failure=Ref("Failure")),))
    found = operation("o", "/o", body=body, callbacks=(back,), responses=(answer,))
    ids = ("Header", "Form", "Item", "Called", "Failure")
    whole = Api(
        1,
        "a",
        "1",
        definitions=tuple(Object(name, ()) for name in (*ids, "Unused")),
        services=(Service("", (found, operation("x", "/x"))),),
    )
    part = select(whole, ["operation:o"], [], Diagnostics())
    assert tuple(definition.id for definition in part.definitions) == ids
    assert names(part) == ["o", "called"]


def test_links_to_what_is_left_out_lead_elsewhere():
    answer = Response("200", links=(Link("a", "x"), Link("b", "o")))
    whole = Api(1, "a", "1", services=(Service("", (operation("o", "/o", responses=(answer,)), operation("x", "/x"))),))
    (service,) = select(whole, [], ["operation:x"], Diagnostics()).services
    assert service.operations[0].responses[0].links == (Link("a", reference="x"), Link("b", "o"))


def test_a_selector_that_matches_nothing_is_said():
    diagnostics = Diagnostics()
    select(api(), ["tag:pets", "tag:cats"], ["path:/dogs/**"], diagnostics)
    found = [(item.place.file, item.message) for item in diagnostics if item.code == "SB303"]
    assert found == [
        ("--include", "the selector 'tag:cats' matches no operation"),
        ("--exclude", "the selector 'path:/dogs/**' matches no operation"),
    ]


@pytest.mark.parametrize("text", ["pets", "", "tags:pets", ":x", "id:x"])
def test_a_malformed_selector_is_refused(text):
    with pytest.raises(SpecError, match="is no selector"):
        select(api(), [], [text], Diagnostics())


def test_selectors_that_leave_nothing_are_refused():
    with pytest.raises(SpecError, match="leave no operation"):
        select(api(), ["tag:nothing"], [], Diagnostics())
