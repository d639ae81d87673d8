"""What only proto2 and editions have, on the example of generated code."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import message_factory
from msgspec import UNSET
from tests.support.compiled import compiled, google_pool
from tests.support.proto_package import Generated
from tests.unit.proto.shop.ticket import REMARK, ZONES, Grade, Ticket, TicketFare

from specbind.generator.targets.python._runtime.proto import (
    DecodeError,
    EncodeError,
    Registry,
    decode,
    encode,
    from_json,
    to_json,
    unknown_fields,
    value_or_default,
)
from specbind.generator.targets.python._runtime.proto.table import parse

HERE = Path(__file__).parent
KNOWN = Registry([Ticket], extensions=[REMARK, ZONES])


def test_the_tables_of_the_example_are_those_that_are_generated(tmp_path: Path):
    made = Generated(tmp_path, "ticket_as_generated", [HERE / "ticket.proto"], [HERE])
    for cls in (Ticket, TicketFare):
        ours, theirs = parse(cls.__proto__), parse(made.find(cls.__proto__[0]).__proto__)
        for one, other in zip(ours, theirs, strict=True):
            for part in ("number", "kind", "presence", "packed", "checked", "default", "name", "json_name"):
                assert getattr(one, part) == getattr(other, part)


def test_google_reads_what_we_write():
    ticket = Ticket(id="a", seats=2, tried=[Grade.FIRST], fare=TicketFare(cents=-5))
    REMARK.set(ticket, "by the window")
    ZONES.set(ticket, [1, -2, 300])
    pool = google_pool(compiled([HERE / "ticket.proto"], [HERE]))
    theirs = message_factory.GetMessageClass(pool.FindMessageTypeByName("ticket.v1.Ticket"))()
    theirs.ParseFromString(encode(ticket))
    extensions = {field.full_name: value for field, value in theirs.ListFields()}
    assert extensions["ticket.v1.remark"] == "by the window"
    assert list(extensions["ticket.v1.zones"]) == [1, -2, 300]
    assert theirs.SerializeToString() == encode(ticket)
    assert decode(Ticket, encode(ticket)) == ticket


def test_a_required_field_must_be_set_when_written_not_when_read():
    with pytest.raises(EncodeError, match=r"ticket\.v1\.Ticket\.id: a required field has no value"):
        encode(Ticket())
    assert decode(Ticket, b"").id is UNSET


def test_defaults_of_the_proto_are_never_sent():
    ticket = decode(Ticket, encode(Ticket(id="")))
    assert encode(ticket) == b"\x0a\x00"
    assert ticket.seats is UNSET
    assert value_or_default(ticket, "seats") == 1
    assert value_or_default(ticket, "grade") is Grade.SECOND
    assert encode(Ticket(id="", seats=1)) == b"\x0a\x00\x10\x01"


def test_numbers_that_a_closed_enum_does_not_have_are_unknown_fields():
    ticket = decode(Ticket, b"\x0a\x00\x18\x09\x20\x01\x20\x07\x22\x02\x02\x08")
    assert ticket.grade is UNSET
    assert ticket.tried == [Grade.FIRST, Grade.SECOND]
    assert unknown_fields(ticket) == b"\x18\x09\x20\x07\x20\x08"


def test_text_that_is_no_utf8_is_kept_where_the_proto_does_not_check_it():
    assert encode(decode(Ticket, b"\x0a\x01\xff")) == b"\x0a\x01\xff"


@pytest.mark.parametrize("content", [b"\x2b\x08\x01", b"\x2b\x08\x01\x34", b"\x2b\x08", b"\x2b\x2b\x2c", b"\x2c"])
def test_groups_that_do_not_end_as_they_began_are_refused(content: bytes):
    with pytest.raises(DecodeError):
        decode(Ticket, content)


def test_extensions_in_json():
    ticket = Ticket(id="a")
    REMARK.set(ticket, "r")
    ZONES.set(ticket, [-1])
    text = to_json(ticket, registry=KNOWN)
    assert text == '{"id":"a","[ticket.v1.remark]":"r","[ticket.v1.zones]":[-1]}'
    assert from_json(Ticket, text, registry=KNOWN) == ticket
    with pytest.raises(DecodeError, match=r"no field '\[ticket\.v1\.remark\]'"):
        from_json(Ticket, text)
    with pytest.raises(DecodeError, match=r"ticket\.v1\.Ticket\.\[ticket\.v1\.zones\]\[0\]: expected an integer"):
        from_json(Ticket, '{"[ticket.v1.zones]": [true]}', registry=KNOWN)
