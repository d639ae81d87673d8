"""Extensions and message sets, beside google's own library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format, message_factory
from msgspec import UNSET
from tests.support.compiled import compiled, google_pool
from tests.support.proto_package import Generated

HERE = Path(__file__).parent
POOL = google_pool(compiled([HERE / "sets.proto"], [HERE]))


class Ours:
    """The generated package."""

    def __init__(self, folder: Path) -> None:
        self.made = Generated(folder, "sets_beside_google", [HERE / "sets.proto"], [HERE])
        self.types = self.made.root.sets.v1
        self.proto = self.made.runtime("proto")
        self.registry = self.made.root.REGISTRY


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Ours:
    return Ours(tmp_path_factory.mktemp("sets"))


def google(name: str) -> Any:
    return message_factory.GetMessageClass(POOL.FindMessageTypeByName(f"sets.v1.{name}"))


def google_set() -> Any:
    theirs = google("Holder")(after="x")
    note = theirs.set.Extensions[POOL.FindExtensionByName("sets.v1.Note.note")]
    note.text = "hello"
    note.numbers.extend([1, 2])
    theirs.set.Extensions[POOL.FindExtensionByName("sets.v1.far")].at = 5
    return theirs


def our_set(ours: Ours) -> Any:
    types = ours.types
    holder = types.Holder(set=types.Set(), after="x")
    types.far.set(holder.set, types.Far(at=5))
    types.Note_note.set(holder.set, types.Note(text="hello", numbers=[1, 2]))
    return holder


def test_a_message_set_is_read_into_extensions(ours: Ours):
    holder = ours.proto.decode(ours.types.Holder, google_set().SerializeToString())
    assert ours.types.Note_note.get(holder.set) == ours.types.Note(text="hello", numbers=[1, 2])
    assert ours.types.far.get(holder.set) == ours.types.Far(at=5)
    assert ours.types.far.get(ours.types.Set()) is UNSET


def test_a_message_set_is_written_as_items(ours: Ours):
    content = ours.proto.encode(our_set(ours))
    assert google("Holder").FromString(content) == google_set()
    assert len(content) == google_set().ByteSize()
    assert ours.proto.decode(ours.types.Holder, content) == our_set(ours)


def test_items_may_come_in_any_form_and_are_merged(ours: Ours):
    first = b"\x0b\x1a\x03\x0a\x01a\x10\xf9\xbb\x5e\x0c"  # the message before its number
    second = b"\x0b\x10\xf9\xbb\x5e\x20\x01\x1a\x02\x10\x07\x0c"  # with an unknown field
    third = b"\xca\xdf\xf3\x05\x02\x10\x08"  # as a plain extension
    note = POOL.FindExtensionByName("sets.v1.Note.note")
    for content in (first, second, third):
        theirs = google("Set").FromString(content).Extensions[note]
        found = ours.types.Note_note.get(ours.proto.decode(ours.types.Set, content))
        assert ours.proto.value_or_default(found, "text") == theirs.text
        assert found.numbers == list(theirs.numbers)
    content = first + second + third  # some of google's libraries take the last one, others merge
    message = ours.proto.decode(ours.types.Set, content)
    assert ours.types.Note_note.get(message) == ours.types.Note(text="a", numbers=[7, 8])
    assert ours.proto.encode(message) == content
    ours.types.Note_note.clear(message)
    assert message == ours.types.Set()


def test_items_of_no_type_and_of_unknown_types_are_kept(ours: Ours):
    content = b"\x0b\x10\x09\x1a\x01x\x0c" + b"\x0b\x1a\x01x\x0c" + b"\x0b\x10\xf9\xbb\x5e\x0c"
    message = ours.proto.decode(ours.types.Set, content)
    assert ours.types.far.get(message) is UNSET
    assert ours.proto.encode(message) == content


def test_a_message_set_in_json(ours: Ours):
    text = json_format.MessageToJson(google_set(), descriptor_pool=POOL)
    assert json.loads(ours.proto.to_json(our_set(ours), registry=ours.registry)) == json.loads(text)
    assert ours.proto.from_json(ours.types.Holder, text, registry=ours.registry) == our_set(ours)


def test_a_group_of_another_message_is_no_item(ours: Ours):
    content = b"\x0b\x10\x65\x1a\x01x\x0c"  # as an item of the type 101
    message = ours.proto.decode(ours.types.Plain, content)
    ours.types.words.clear(message)
    assert ours.types.words.get(message) is UNSET
    assert ours.proto.encode(message) == content


def test_what_was_set_is_equal_to_what_is_read(ours: Ours):
    types = ours.types
    message = types.Plain(id=1)
    types.words.set(message, ["a", "b"])
    types.numbers.set(message, [1, 2])
    types.title.set(message, "t")
    assert ours.proto.decode(types.Plain, ours.proto.encode(message)) == message
    other = types.Plain(id=1)
    types.title.set(other, "t")
    types.numbers.set(other, [1, 2])
    types.words.set(other, ["a", "b"])
    assert other == message
    assert google("Plain").FromString(ours.proto.encode(other)).SerializeToString() == ours.proto.encode(other)


def test_what_was_set_and_cleared_is_as_it_was(ours: Ours):
    types = ours.types
    message = types.Plain(id=1)
    types.title.set(message, "t")
    types.words.set(message, [])
    types.title.clear(message)
    assert message == types.Plain(id=1)
    assert repr(message) == repr(types.Plain(id=1))


def test_a_value_that_was_given_is_a_copy(ours: Ours):
    types = ours.types
    message = types.Plain()
    types.words.set(message, ["a"])
    types.words.get(message).append("b")
    assert types.words.get(message) == ["a"]


def test_messages_know_the_registry_of_their_package(ours: Ours):
    text = ours.proto.to_json(our_set(ours))
    assert "[sets.v1.far]" in text
    assert ours.proto.from_json(ours.types.Holder, text) == our_set(ours)
    assert ours.proto.from_dict(ours.types.Holder, ours.proto.to_dict(our_set(ours))) == our_set(ours)
    packed = ours.proto.wellknown.Any.pack(our_set(ours))
    assert packed.unpack() == our_set(ours)
    assert ours.proto.from_json(type(packed), ours.proto.to_json(packed)) == packed


def test_another_registry_can_be_given(ours: Ours):
    none = ours.proto.Registry()
    assert ours.proto.to_json(our_set(ours), registry=none) == '{"set":{},"after":"x"}'
    with pytest.raises(ours.proto.DecodeError, match="no extension of this name is in the registry"):
        ours.proto.from_json(ours.types.Holder, '{"set": {"[sets.v1.far]": {}}}', registry=none)
    with pytest.raises(LookupError, match="not in the registry"):
        ours.proto.wellknown.Any.pack(our_set(ours)).unpack(none)


def test_names_of_a_package_that_are_no_registry_are_passed_over(ours: Ours, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ours.types, "REGISTRY", ours.types.Far, raising=False)
    assert ours.made.runtime("proto.registry").registry_of(ours.types.Holder) is ours.registry
