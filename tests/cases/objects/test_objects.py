"""Members of objects: absent, null, renamed, read-only and write-only."""

from __future__ import annotations

import msgspec
import pytest
from tests.support.exchange import Reply, exchange, refusal, runtime_of


def test_absent_members_are_not_written(sdk):
    note = sdk.models.Note(text="a", author=None)
    assert msgspec.json.encode(note) == b'{"text":"a","author":null}'


def test_null_is_written(sdk):
    note = sdk.models.Note(text="a", author="b", reply_to=None)
    assert msgspec.json.decode(msgspec.json.encode(note)) == {"text": "a", "author": "b", "reply-to": None}


def test_required_members_must_be_given(sdk):
    with pytest.raises(TypeError, match="author"):
        sdk.models.Note(text="a")


async def test_wire_names_come_back_under_python_names(sdk):
    note = {"text": "a", "author": None, "dueDate": "tomorrow", "reply-to": 7, "place": {"lat": 1, "lon": 2.5}}
    done = await exchange(
        sdk, lambda c: c.api.add_note(body=sdk.models.NoteInput(text="a", author="me")), Reply(200, note)
    )
    assert (done.value.due_date, done.value.reply_to, done.value.place.lat) == ("tomorrow", 7, 1.0)
    assert done.request.content == b'{"text":"a","author":"me"}'


async def test_absent_and_null_are_told_apart(sdk):
    unset = runtime_of(sdk).UNSET
    done = await exchange(
        sdk,
        lambda c: c.api.add_note(body=sdk.models.NoteInput(text="a", author="me")),
        Reply(200, {"text": "", "author": None}),
    )
    assert done.value.author is None
    assert done.value.reply_to is unset
    assert done.value.priority is unset  # a default of the spec is a statement about the server


async def test_types_with_read_only_or_write_only_members_are_two(sdk):
    body = sdk.models.NoteInput(text="a", author="me", secret="s")
    done = await exchange(sdk, lambda c: c.api.add_note(body=body), Reply(200, {"text": "a", "author": None, "id": 4}))
    assert (type(done.value), done.value.id) == (sdk.models.Note, 4)
    assert msgspec.json.decode(done.request.content) == {"text": "a", "author": "me", "secret": "s"}
    assert "id" not in sdk.models.NoteInput.__struct_fields__
    assert "secret" not in sdk.models.Note.__struct_fields__


async def test_unknown_members_are_let_through(sdk):
    reply = Reply(200, {"text": "a", "author": None, "later": [1]})
    assert (await exchange(sdk, lambda c: c.api.add_note(body=sdk.models.NoteInput(text="a", author="b")), reply)).value


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"text": "a"}, "$"),
        ({"text": 1, "author": None}, "$.text"),
        ({"text": "a", "author": None, "place": {"lat": "x", "lon": 1}}, "$.place.lat"),
        ({"text": "a", "author": None, "dueDate": None}, "$.dueDate"),
    ],
)
async def test_an_answer_that_does_not_fit_says_where(sdk, answer, path):
    body = sdk.models.NoteInput(text="a", author="b")
    found = await refusal(sdk, lambda c: c.api.add_note(body=body), Reply(200, answer))
    assert isinstance(found.error, runtime_of(sdk).DecodeError)
    assert found.error.path == path
