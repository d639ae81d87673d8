"""ProtoJSON: what is written, what is read, what is refused."""

from __future__ import annotations

import json
import math

import pytest
from msgspec import UNSET
from tests.unit.proto.shop.group_1 import Category, Order, OrderLine, OrderState, Voucher
from tests.unit.proto.shop.registry import TYPES
from tests.unit.proto.test_messages import full_order

from specbind.generator.targets.python._runtime.proto import (
    DecodeError,
    EncodeError,
    from_dict,
    from_json,
    to_dict,
    to_json,
    wellknown,
)
from specbind.generator.targets.python._runtime.proto.failures import Malformed
from specbind.generator.targets.python._runtime.proto.json_read import _object


def test_a_message_comes_back_as_it_was():
    order = full_order()
    assert from_json(Order, to_json(order, registry=TYPES), registry=TYPES) == order
    assert from_dict(Order, to_dict(order, registry=TYPES), registry=TYPES) == order
    assert json.loads(to_json(order, registry=TYPES)) == to_dict(order, registry=TYPES)


def test_the_forms_of_the_specification():
    assert to_dict(full_order(), registry=TYPES) == {
        "id": "18446744073709551615",
        "state": "ORDER_STATE_SENT",
        "lines": [{"article": "näil", "pieces": 3, "price": "-5"}, {"price": "0"}],
        "labels": {"a": "b", "": ""},
        "categories": {"-1": {"name": "all", "children": [{"name": "some"}]}},
        "voucher": {"code": "x"},
        "placed": "2023-11-14T22:13:20.000000001Z",
        "settings": {"deep": [1.0, None, {"yes": True}]},
        "note": None,
        "nickname": "",
        "attachment": {"@type": "type.googleapis.com/shop.v1.Voucher", "code": "y"},
        "weights": [0.5, -0.0],
        "history": ["None", 77],
        "sig": "/w==",
        "from": "here",
        "comment": "",
    }


def test_options_of_writing():
    line = OrderLine(pieces=0)
    assert to_dict(line) == {}
    assert to_dict(line, defaults=True) == {"article": "", "pieces": 0}
    assert to_dict(Order(signature=b"a"), proto_names=True) == {"signature": "YQ=="}
    assert to_dict(Order(state=OrderState.NONE), enum_numbers=True) == {"state": 3}


def test_both_names_and_all_forms_of_values_are_read():
    text = """{"id": 7, "signature": "_-8", "state": 2, "history": ["None", 1.0], "weights": ["NaN", "-Infinity", 1],
        "lines": [{"pieces": "1e2", "price": "-0"}], "nickname": null, "note": null, "card": null, "cash": true}"""
    order = from_json(Order, text)
    assert order.id == 7
    assert order.signature == b"\xff\xef"
    assert order.state is OrderState.ORDER_STATE_SENT
    assert order.history == [OrderState.NONE, OrderState.ORDER_STATE_OPEN]
    assert math.isnan(order.weights[0])
    assert order.weights[1:] == [-math.inf, 1.0]
    assert order.lines == [OrderLine(pieces=100, price=0)]
    assert order.nickname is UNSET
    assert order.note is None
    assert order.cash is True


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "shop.v1.Order: Expecting value"),
        ("[]", "shop.v1.Order: expected an object, got a list"),
        ('{"id": 1, "id": 2}', "shop.v1.Order: the member 'id' stands twice"),
        ('{"sig": "", "signature": ""}', "shop.v1.Order.signature: the field stands twice"),
        ('{"nothing": 1}', "shop.v1.Order: there is no field 'nothing'"),
        ('{"id": -1}', "shop.v1.Order.id: -1 is out of range"),
        ('{"id": 1.5}', "shop.v1.Order.id: 1.5 is no integer"),
        ('{"id": true}', "shop.v1.Order.id: expected an integer, got a boolean"),
        ('{"id": " 1"}', "shop.v1.Order.id: ' 1' is no number"),
        ('{"id": "1e999999999"}', "shop.v1.Order.id: '1e999999999' is out of range"),
        ('{"lines": [{}, {"pieces": 4294967296}]}', "shop.v1.Order.lines[1].pieces: 4294967296 is out of range"),
        ('{"lines": [null]}', "shop.v1.Order.lines[0]: null is no value here"),
        ('{"labels": {"a": 1}}', "shop.v1.Order.labels['a']: expected a text, got a number"),
        ('{"categories": {"1": {}, "1.0": {}}}', "shop.v1.Order.categories['1.0']: the key stands twice"),
        ('{"card": "1", "cash": true}', "shop.v1.Order.cash: only one of a oneof can be set, and card is"),
        ('{"state": "LOST"}', "shop.v1.Order.state: there is no enum value 'LOST'"),
        ('{"weights": [NaN]}', "shop.v1.Order: NaN is no number of JSON"),
        ('{"weights": [1e999]}', "shop.v1.Order.weights[0]: inf is out of range"),
        ('{"sig": "a"}', "shop.v1.Order.signature: 'a' is no base64"),
        ('{"sig": "a b="}', "shop.v1.Order.signature: 'a b=' is no base64"),
        ('{"from": "\\ud800"}', "shop.v1.Order.from: text with a lone surrogate"),
        ('{"settings": []}', "shop.v1.Order.settings: expected an object, got a list"),
        ('{"placed": "2020-02-30T00:00:00Z"}', "shop.v1.Order.placed: '2020-02-30T00:00:00Z': day is out of range"),
        ('{"placed": "2020-01-01t00:00:00Z"}', "shop.v1.Order.placed: '2020-01-01t00:00:00Z' is no time stamp"),
        ('{"attachment": {"code": ""}}', "shop.v1.Order.attachment: an Any needs a member @type"),
        ('{"attachment": {"@type": "a/b.C"}}', "shop.v1.Order.attachment: the message type 'b.C' is not in"),
    ],
)
def test_what_the_specification_does_not_allow_is_refused(text: str, words: str):
    with pytest.raises(DecodeError) as caught:
        from_json(Order, text)
    assert str(caught.value).startswith(words)


def test_bytes_that_are_no_utf8_are_refused():
    with pytest.raises(DecodeError, match="utf-8"):
        from_json(Order, b'{"from": "\xff"}')


def test_unknown_members_are_passed_over_when_asked():
    text = '{"nothing": {"at": "all"}, "state": "LOST", "history": ["LOST", 1], "id": "1"}'
    expected = Order(id=1, history=[OrderState.ORDER_STATE_OPEN])
    assert from_json(Order, text, ignore_unknown=True) == expected


def test_depth_is_limited():
    deep = '{"children":[' * 101 + "{}" + "]}" * 101
    with pytest.raises(DecodeError, match="more than 100 levels"):
        from_json(Category, deep)
    assert from_json(Category, deep[13:-2])
    with pytest.raises(DecodeError, match="levels"):
        from_json(Order, '{"note": ' + "[" * 100_000 + "]" * 100_000 + "}")
    inner = '{"@type": "type.googleapis.com/google.protobuf.Any", "value": ' * 200 + "{}" + "}" * 200
    with pytest.raises(DecodeError, match="more than 100 levels"):
        from_json(Order, f'{{"attachment": {inner}}}')


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (Order(note=math.nan), "shop.v1.Order.note: nan is no number of JSON"),
        (Order(settings={"a": [math.inf]}), "shop.v1.Order.settings: inf is no number of JSON"),
        (Order(placed=wellknown.Timestamp(seconds=1 << 40)), "shop.v1.Order.placed: 1099511627776 s and 0 ns are no"),
        (Order(card="", cash=False), "shop.v1.Order: only one of a oneof can be set, not card and cash"),
        (Order(id=1 << 64), "shop.v1.Order.id: 18446744073709551616 is out of the range of uint64"),
        (Order(attachment=wellknown.Any(type_url="a/b.C")), "shop.v1.Order.attachment: the message type 'b.C'"),
        (Order(attachment=wellknown.Any(type_url="a/shop.v1.Voucher", value=b"\x08")), "shop.v1.Order.attachment: "),
    ],
)
def test_what_has_no_form_in_json_is_refused(order: Order, words: str):
    with pytest.raises(EncodeError) as caught:
        to_json(order, registry=TYPES)
    assert str(caught.value).startswith(words)


def test_text_with_a_lone_surrogate_is_refused():
    with pytest.raises(EncodeError):
        to_json(Voucher(code="\ud800"))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (wellknown.Timestamp(), '"1970-01-01T00:00:00Z"'),
        (wellknown.Duration(seconds=-1, nanos=-500_000_000), '"-1.500s"'),
        (wellknown.FieldMask(paths=["a_b.c", "d"]), '"aB.c,d"'),
        (wellknown.Int64Value(value=5), '"5"'),
        (wellknown.BytesValue(), '""'),
        (wellknown.Struct(fields={"a": 1.0}), '{"a":1.0}'),
        (wellknown.ListValue(values=[None, "x"]), '[null,"x"]'),
        (wellknown.Value(bool_value=False), "false"),
        (wellknown.Empty(), "{}"),
        (wellknown.Any(), "{}"),
        (
            wellknown.Any.pack(wellknown.Duration(seconds=1)),
            '{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}',
        ),
    ],
)
def test_messages_of_google_protobuf_have_their_own_forms(message: wellknown.Message, text: str):
    assert to_json(message) == text
    assert from_json(type(message), text) == message


class Name(str):
    """A text that counts how often it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        type(self).compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_member_that_stands_twice_is_found_in_one_pass():
    pairs: list[tuple[str, object]] = [(Name(f"member {i}"), 0) for i in range(2000)]
    with pytest.raises(Malformed, match="'last' stands twice"):
        _object([*pairs, (Name("last"), 0), (Name("last"), 0)])
    assert Name.compared < 200  # only of the same hash
