"""Types with read-only or write-only members have a form for requests and one for answers."""

from msgspec.structs import replace

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import (
    Api,
    Body,
    Callback,
    Field,
    HttpBinding,
    ListType,
    Object,
    Operation,
    Payload,
    Presence,
    Ref,
    Response,
    Scalar,
    ScalarKind,
    Service,
)
from specbind.generator.passes.directions import split_directions

TEXT = Scalar(ScalarKind.STRING)


def field(wire, type_=TEXT, **more):
    return Field(wire, type_, Presence.REQUIRED, **more)


def api(*definitions, sends, receives):
    operation = Operation(
        "put",
        HttpBinding("PUT", "/", ()),
        body=Body((Payload("application/json", sends),)),
        responses=(Response("200", (Payload("application/json", receives),)),),
    )
    return split_directions(
        Api(1, "a", "1", definitions=definitions, services=(Service("", (operation,)),)), Diagnostics()
    )


def shape(found):
    return {definition.id: [field.wire for field in definition.fields] for definition in found.definitions}


PET = Object("Pet", (field("id", read_only=True), field("name"), field("secret", write_only=True)))


def test_a_type_that_goes_both_ways_is_split():
    found = api(PET, sends=Ref("Pet"), receives=Ref("Pet"))
    assert shape(found) == {"Pet": ["id", "name"], "Pet.input": ["name", "secret"]}
    operation = found.services[0].operations[0]
    assert operation.body.payloads[0].type == Ref("Pet.input")
    assert operation.responses[0].payloads[0].type == Ref("Pet")


def test_a_type_that_leads_to_a_split_one_is_split_too():
    owner = Object("Owner", (field("pets", ListType(Ref("Pet"))),))
    found = api(owner, PET, sends=Ref("Owner"), receives=Ref("Owner"))
    by_id = {definition.id: definition for definition in found.definitions}
    assert by_id["Owner.input"].fields[0].type == ListType(Ref("Pet.input"))
    assert by_id["Owner"].fields[0].type == ListType(Ref("Pet"))


def test_a_type_that_goes_one_way_keeps_every_member():
    found = api(PET, Object("Other", (field("n"),)), sends=Ref("Pet"), receives=Ref("Other"))
    assert shape(found) == {"Pet": ["id", "name", "secret"], "Other": ["n"]}


def test_types_without_such_members_stay_one():
    plain = Object("Plain", (field("name"), field("next", Ref("Plain"))))
    assert shape(api(plain, sends=Ref("Plain"), receives=Ref("Plain"))) == {"Plain": ["name", "next"]}


def test_the_new_id_takes_no_name_from_the_spec():
    other = Object("Pet.input", (field("n"),))
    found = api(PET, other, sends=Ref("Pet"), receives=Ref("Pet"))
    assert list(shape(found)) == ["Pet", "Pet.input.input", "Pet.input"]


def test_what_the_server_calls_goes_the_other_way():
    ours = Operation("put", HttpBinding("PUT", "/", ()), body=Body((Payload("application/json", Ref("Pet")),)))
    answers = (Response("200", (Payload("application/json", Ref("Pet")),)),)
    theirs = Operation(
        "hook",
        HttpBinding("POST", "hook", ()),
        body=Body((Payload("application/json", Ref("Pet")),)),
        responses=answers,
    )
    calling = replace(ours, callbacks=(Callback("c", "{$url}", (replace(theirs, id="back"),)),))
    found = split_directions(
        Api(1, "a", "1", definitions=(PET,), services=(Service("", (calling,)),), webhooks=(theirs,)), Diagnostics()
    )
    (put,) = found.services[0].operations
    assert put.body.payloads[0].type == Ref("Pet.input")
    for operation in (found.webhooks[0], put.callbacks[0].operations[0]):
        assert operation.body.payloads[0].type == Ref("Pet")
        assert operation.responses[0].payloads[0].type == Ref("Pet.input")


def test_items_of_a_sequence_that_is_sent_are_split():
    payload = Payload("application/jsonl", ListType(Ref("Pet")), item=Ref("Pet"))
    operation = Operation(
        "put", HttpBinding("PUT", "/", ()), body=Body((payload,)), responses=(Response("200", (payload,)),)
    )
    found = split_directions(Api(1, "a", "1", definitions=(PET,), services=(Service("", (operation,)),)), Diagnostics())
    (put,) = found.services[0].operations
    assert (put.body.payloads[0].item, put.responses[0].payloads[0].item) == (Ref("Pet.input"), Ref("Pet"))
