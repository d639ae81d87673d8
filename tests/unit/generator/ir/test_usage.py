"""Where definitions are used."""

from specbind.generator.ir.model import (
    Api,
    Body,
    Field,
    HttpBinding,
    Object,
    Operation,
    Payload,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
    Service,
)
from specbind.generator.ir.usage import Usage

TEXT = Scalar(ScalarKind.STRING)


def usage(media, **marks):
    upload = Object("Upload", (Field("a", TEXT, Presence.REQUIRED, **marks),))
    operation = Operation("o", HttpBinding("POST", "/", ()), body=Body((Payload(media, Ref("Upload")),)))
    api = Api(1, "a", "1", definitions=(upload,), services=(Service("", (operation,)),))
    return Usage(api, {"Upload": upload}), upload.fields[0]


def test_multipart_bodies_are_known_in_any_spelling():
    assert usage("Multipart/Form-Data; boundary=x")[0].multipart == {"Upload"}
    assert usage("application/json")[0].multipart == frozenset()


def test_what_one_direction_leaves_out_is_optional_where_a_type_goes_that_way():
    for marks, required in (({}, True), ({"read_only": True}, False), ({"write_only": True}, True)):
        found, field = usage("application/json", **marks)
        assert found.is_required("Upload", field) is required
