"""The example of generated code at work: what a caller sees of messages."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import UNSET
from tests.support.proto_package import Generated
from tests.unit.proto.shop.group_1 import Category, Order, OrderLine, OrderState, Voucher
from tests.unit.proto.shop.registry import TYPES

from specbind.generator.targets.python._runtime.proto import (
    DecodeError,
    EncodeError,
    Extension,
    Message,
    decode,
    encode,
    unknown_fields,
    value_or_default,
    which_oneof,
)
from specbind.generator.targets.python._runtime.proto.codec import CODECS
from specbind.generator.targets.python._runtime.proto.message import _CODECS
from specbind.generator.targets.python._runtime.proto.table import parse
from specbind.generator.targets.python._runtime.proto.wellknown import Any, Timestamp
from specbind.generator.targets.python._runtime.proto.wire import MAX_DEPTH, varint

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

HERE = Path(__file__).parent


def full_order() -> Order:
    return Order(
        id=2**64 - 1,
        state=OrderState.ORDER_STATE_SENT,
        lines=[OrderLine(article="näil", pieces=3, price=-5), OrderLine(price=0)],
        labels={"a": "b", "": ""},
        categories={-1: Category(name="all", children=[Category(name="some")])},
        voucher=Voucher(code="x"),
        placed=Timestamp(seconds=1_700_000_000, nanos=1),
        settings={"deep": [1.0, None, {"yes": True}]},
        note=None,
        nickname="",
        attachment=Any.pack(Voucher(code="y")),
        weights=[0.5, -0.0],
        history=[OrderState.NONE, OrderState(77)],
        signature=b"\xff",
        from_="here",
        comment="",
    )


def test_a_message_comes_back_as_it_was():
    order = full_order()
    assert Order.FromString(order.SerializeToString()) == order
    assert decode(Order, memoryview(encode(order))) == order


def test_the_tables_of_the_example_are_those_that_are_generated(tmp_path: Path):
    made = Generated(tmp_path, "shop_as_generated", [HERE / "shop.proto"], [HERE])
    for cls in (Category, Order, OrderLine, Voucher):
        ours, theirs = parse(cls.__proto__), parse(made.find(cls.__proto__[0]).__proto__)
        assert [(f.number, f.kind, f.presence, f.oneof, f.packed) for f in ours] == [
            (f.number, f.kind, f.presence, f.oneof, f.packed) for f in theirs
        ]
        assert [(f.name, f.json_name) for f in ours] == [(f.name, f.json_name) for f in theirs]


def test_an_absent_value_is_told_from_a_default_where_the_proto_says_so():
    assert encode(OrderLine(price=0)) == b"\x18\x00"
    assert encode(OrderLine(pieces=0)) == b""
    assert decode(OrderLine, b"").price is UNSET
    assert decode(Order, b"\x5a\x02\x08\x00").note is None
    assert decode(Order, b"").note is UNSET
    assert decode(Order, b"\x62\x00").nickname == ""
    assert value_or_default(OrderLine(), "price") == 0
    assert value_or_default(Order(), "placed") is UNSET


def test_the_last_member_of_a_oneof_wins():
    order = decode(Order, encode(Order(card="1")) + encode(Order(cash=True)))
    assert which_oneof(order, "payment") == "cash"
    assert order.card is UNSET
    assert which_oneof(Order(), "payment") is None
    with pytest.raises(LookupError, match="no oneof"):
        which_oneof(order, "delivery")


def test_two_members_of_a_oneof_cannot_be_written():
    with pytest.raises(
        EncodeError, match=r"shop\.v1\.Order\.payment: only one of a oneof can be set, not card and cash"
    ):
        encode(Order(card="1", cash=False))


def test_unknown_fields_are_kept_and_count():
    content = encode(Order(id=1)) + b"\xa2\x06\x02hi" + b"\xc3\x3e\x08\x01\xc4\x3e"
    order = decode(Order, content)
    assert unknown_fields(order) == content[2:]
    assert encode(order) == content
    assert order != Order(id=1)
    again = copy.deepcopy(order)
    assert again == order
    assert encode(pickle.loads(pickle.dumps(order))) == content  # noqa: S301 - our own
    assert encode(msgspec.structs.replace(order, id=1)) == content


def test_unknown_enum_values_come_back():
    assert encode(decode(Order, b"\x10\x4d")) == b"\x10\x4d"
    assert decode(Order, b"\x10\x4d").state == 77


def test_a_message_that_stands_twice_is_merged():
    first = Order(voucher=Voucher(code="a"), placed=Timestamp(seconds=5))
    second = Order(voucher=Voucher(), placed=Timestamp(nanos=7))
    merged = decode(Order, encode(first) + encode(second))
    assert merged.voucher == Voucher(code="a")
    assert merged.placed == Timestamp(seconds=5, nanos=7)


def test_numbers_are_read_packed_and_one_by_one():
    one, two = b"\x00" * 6 + b"\xf0\x3f", b"\x00" * 8
    assert decode(Order, b"\x71" + one + b"\x72\x10" + two + one + b"\x71" + two).weights == [1.0, 0.0, 1.0, 0.0]


def test_fields_may_come_in_any_order_and_with_tags_that_are_too_long():
    order = Order(id=3, from_="x", comment="y", signature=b"z")
    pieces = [encode(Order(id=3)), encode(Order(from_="x")), encode(Order(comment="y")), encode(Order(signature=b"z"))]
    assert decode(Order, b"".join(reversed(pieces))) == order
    assert decode(Order, b"\x88\x80\x00\x03") == Order(id=3)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Order(id=-1), "shop.v1.Order.id: -1 is no unsigned 64-bit integer"),
        (Order(id="1"), "shop.v1.Order.id: expected an integer, got str"),  # type: ignore[arg-type]
        (Order(lines=[OrderLine(), OrderLine(pieces=2**32)]), "shop.v1.Order.lines[1].pieces: 4294967296 is no"),
        (Order(labels={"k": 5}), "shop.v1.Order.labels['k']: expected text, got int"),  # type: ignore[dict-item]
        (Order(from_="\ud800"), "shop.v1.Order.from: text with a lone surrogate"),
        (Order(weights=["x"]), "shop.v1.Order.weights[0]: expected a number, got str"),  # type: ignore[list-item]
        (Order(voucher=Order()), "shop.v1.Order.voucher: expected Voucher, got Order"),  # type: ignore[arg-type]
        (Order(settings={"a": 2**53 + 1}), "shop.v1.Order.settings: 9007199254740993 is an integer that a double"),
        (Order(settings={1: 2}), "shop.v1.Order.settings: a key that is no text"),  # type: ignore[dict-item]
        (Order(settings=5), "shop.v1.Order.settings: expected a dict, got int"),  # type: ignore[arg-type]
        (Order(note=object()), "shop.v1.Order.note: object is no JSON value"),  # type: ignore[arg-type]
        (Order(signature="x"), "shop.v1.Order.signature: expected bytes, got str"),  # type: ignore[arg-type]
        (Order(comment=None), "shop.v1.Order.comment: expected text, got NoneType"),  # type: ignore[arg-type]
        (Order(lines=None), "shop.v1.Order.lines: expected a list, got NoneType"),  # type: ignore[arg-type]
    ],
)
def test_what_does_not_fit_is_named(message: Order, words: str):
    with pytest.raises(EncodeError) as caught:
        encode(message)
    assert str(caught.value).startswith(words)
    assert caught.value.path == words[len("shop.v1.Order.") :].partition(":")[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x08", "shop.v1.Order.id: it stops inside a field"),
        (b"\x08" + b"\xff" * 10 + b"\x01", "shop.v1.Order.id: a number of more than 10 bytes"),
        (b"\x1a\x05\x0a\x03ab", "shop.v1.Order.lines[0]: it stops inside the field"),
        (b"\x1a\x00\x1a\x03\x0a\x01\xff", "shop.v1.Order.lines[1].article: text that is not UTF-8"),
        (b"\x22\x04\x0a\x02\xc3\x28", "shop.v1.Order.labels[0]: text that is not UTF-8"),
        (b"\x72\x07" + b"\0" * 7, "shop.v1.Order.weights: a packed list whose length is no multiple of 8"),
        (b"\x7a\x01\x80", "shop.v1.Order.history: a packed list that ends inside a number"),
        (b"\x07", "shop.v1.Order: field number 0"),
        (b"\xe6\x3e", "shop.v1.Order: wire type 6"),
        (b"\xe4\x3e", "shop.v1.Order: the end of a group that was not begun"),
        (b"\xe3\x3e\x08\x01", "shop.v1.Order: a group does not end"),
        (b"\xff\xff\xff\xff\xff\x01", "shop.v1.Order: a tag of more than 5 bytes"),
        (b"\x8a\x01\xff\xff\xff\xff\x0f", "shop.v1.Order.from: it stops inside the field"),
    ],
)
def test_bytes_that_are_no_message_are_refused_with_the_path(content: bytes, words: str):
    with pytest.raises(DecodeError) as caught:
        decode(Order, content)
    assert str(caught.value) == words
    assert caught.value.content == content


def nested(levels: int) -> bytes:
    content = b""
    for _ in range(levels):
        content = b"\x12" + varint(len(content)) + content
    return content


def test_depth_is_limited():
    assert decode(Category, nested(MAX_DEPTH))
    with pytest.raises(DecodeError, match="more than 100 levels"):
        decode(Category, nested(MAX_DEPTH + 1))
    with pytest.raises(DecodeError, match="more than 100 levels"):
        decode(Category, b"\x1b" * 5000)
    with pytest.raises(DecodeError, match="levels"):
        decode(Category, nested(5000))
    value = b""
    for _ in range(200):
        value = b"\x32" + varint(len(value) + 2) + b"\x0a" + varint(len(value)) + value if value else b"\x08\x00"
    with pytest.raises(DecodeError, match="more than 100 levels"):
        decode(Order, b"\x5a" + varint(len(value)) + value)


def test_a_message_inside_itself_is_an_error():
    category = Category()
    category.children.append(category)
    with pytest.raises(EncodeError, match="too many levels"):
        encode(category)


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python it takes."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Callable[..., object]:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def test_merging_takes_work_in_proportion_to_the_bytes():
    piece = b"\x42\x04\xa2\x06\x01x"  # a voucher with one unknown field
    decode(Order, piece)
    few, many = (lines_run(lambda n=n: decode(Order, piece * n)) for n in (100, 400))  # type: ignore[misc]
    assert many < 4 * few
    voucher = decode(Order, piece * 400).voucher
    assert isinstance(voucher, Voucher)
    assert len(unknown_fields(voucher)) == 400 * 4
    assert len(voucher._unknown_fields) == 400  # kept in pieces: joining them each time would copy all of them


def reversed_fields(count: int) -> tuple[type[Message], bytes]:
    rows = tuple((number, f"f{number}", "string") for number in range(1, count + 1))
    names = {attribute: "" for _, attribute, _ in rows}
    annotations = dict.fromkeys(names, str)
    namespace: dict[str, object] = {**names, "__module__": __name__, "__annotations__": annotations}
    make: Callable[..., type[Message]] = type(Message)
    cls = make("Wide", (Message,), {**namespace, "__proto__": ("wide.Wide", rows)})
    return cls, b"".join(varint(number << 3 | 2) + b"\x01x" for number, _, _ in reversed(rows))


def test_fields_in_the_opposite_order_are_found_by_bisecting():
    work = {}
    for count in (64, 512):
        cls, content = reversed_fields(count)
        assert decode(cls, content) == decode(cls, encode(decode(cls, content)))
        work[count] = lines_run(lambda cls=cls, content=content: decode(cls, content)) / count  # type: ignore[misc]
    assert work[512] < 2.5 * work[64]


def test_codecs_may_be_made_by_many_threads_at_once():
    content = encode(full_order())
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            for cls in (Order, OrderLine, Category, Voucher):
                CODECS.pop(cls, None)
                _CODECS.pop(cls, None)
            start = threading.Barrier(6)

            def work(start: threading.Barrier = start) -> bytes:
                start.wait()
                return encode(decode(Order, content))

            with ThreadPoolExecutor(6) as pool:
                results = [pool.submit(work) for _ in range(6)]
            assert [result.result() for result in results] == [content] * 6
    finally:
        sys.setswitchinterval(before)


def test_lists_are_not_shared():
    Order().lines.append(OrderLine())
    assert Order().lines == []
    assert decode(Order, b"").lines is not decode(Order, b"").lines


def test_types_are_found_by_their_full_names():
    assert TYPES.find("shop.v1.Order.Line") is OrderLine
    assert TYPES.find("google.protobuf.Timestamp") is Timestamp
    with pytest.raises(LookupError, match="not in the registry"):
        TYPES.find("shop.v1.Nothing")
    assert full_order().attachment.unpack(TYPES) == Voucher(code="y")  # type: ignore[union-attr]
    assert Any.pack(Voucher()).unpack_as(Order) is None


def test_a_class_and_its_table_have_the_same_fields():
    class Wrong(Message):
        a: int = 0

        __proto__ = ("shop.v1.Wrong", ((1, "b", "int32"),))

    with pytest.raises(TypeError, match="different fields"):
        encode(Wrong())


def test_an_extension_reads_and_writes_among_the_unknown_fields():
    bonus = Extension[int]("shop.v1.bonus", "shop.v1.Order", (100, "value", "sint32", "optional"), __name__)
    tags = Extension[list[str]]("shop.v1.tags", "shop.v1.Order", (101, "value", "string", "repeated"), __name__)
    order = Order(id=1)
    assert bonus.get(order) is UNSET
    bonus.set(order, -3)
    tags.set(order, ["a", "b"])
    bonus.set(order, 4)
    again = decode(Order, encode(order))
    assert bonus.get(again) == 4
    assert tags.get(again) == ["a", "b"]
    bonus.clear(again)
    assert bonus.get(again) is UNSET
    with pytest.raises(TypeError, match="extends"):
        bonus.get(Voucher())  # type: ignore[arg-type, unused-ignore]


def test_names_of_a_spec_never_stand_in_compiled_text():
    """The text has our words and numbers only, so no name of a spec can become code."""
    for cls in (Order, OrderLine, Category):
        for function in (CODECS[cls].read, CODECS[cls].write):
            code = function.__code__
            names = {*code.co_names, *code.co_varnames, *code.co_consts}
            spec = {field.attribute for field in CODECS[cls].fields} | {field.json_name for field in CODECS[cls].fields}
            assert not names & spec
            assert not any(isinstance(one, str) and "shop" in one for one in names)


class Texts(Message):
    a: str = ""
    b: str = ""
    c: str = ""

    __proto__ = ("texts.Texts", ((1, "a", "string"), (2, "b", "string"), (15, "c", "string")))


@pytest.mark.parametrize("a", ["", "x", "é", "y" * 127, "y" * 128, "\x7f"])
@pytest.mark.parametrize("b", ["", "short", "z" * 3000])
@pytest.mark.parametrize("c", ["", "日本", "c"])
def test_texts_beside_each_other_are_written_as_single_ones(a: str, b: str, c: str):
    pieces = [
        varint(number << 3 | 2) + varint(len(text.encode())) + text.encode()
        for number, text in ((1, a), (2, b), (15, c))
        if text
    ]
    assert encode(Texts(a=a, b=b, c=c)) == b"".join(pieces)
    assert decode(Texts, b"".join(pieces)) == Texts(a=a, b=b, c=c)


def test_a_text_beside_others_is_checked():
    with pytest.raises(EncodeError, match=r"texts\.Texts\.b: expected text, got bytes"):
        encode(Texts(a="x", b=b"y", c="z"))  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [0, 5, "text", None, [1, 2]])
def test_what_is_not_bytes_is_no_message(content: object):
    with pytest.raises(TypeError, match="bytes-like"):
        decode(Voucher, content)  # type: ignore[arg-type]
