"""Calls become requests without I/O."""

from __future__ import annotations

import pytest
from msgspec import UNSET
from multidict import CIMultiDict
from petstore._runtime.errors import DecodeError, RequestError, StatusError
from petstore._runtime.http import Response
from petstore._runtime.operation import Binary, Body, Cookie, Header, Json, Operation, Path, Query, Reply

TWICE = Operation(
    "o", "GET", ("/a/", Path("id", lambda: str), "/b/", Path("x", lambda: str), "/", Path("id", lambda: str))
)


def test_a_path_parameter_that_stands_twice_is_given_once():
    assert TWICE.build("http://x", ("1 2", "y")).url == "http://x/a/1%202/b/y/1%202"
    assert [parameter.name for parameter in TWICE.parameters] == ["id", "x"]


@pytest.mark.parametrize("arguments", [(), ("1",), ("1", "2", "3")])
def test_another_number_of_arguments_is_an_error(arguments):
    with pytest.raises(RequestError, match=f"2 arguments are needed, {len(arguments)} were given"):
        TWICE.build("http://x", arguments)


def test_content_type_may_follow_a_body():
    operation = Operation("o", "POST", ("/a",), body=Body(Json("application/json", lambda: int)))
    for arguments in ((1,), (1, UNSET), (1, "application/json")):
        assert operation.build("http://x", arguments).body == b"1"
    with pytest.raises(RequestError, match="1 arguments are needed, 3 were given"):
        operation.build("http://x", (1, UNSET, UNSET))


@pytest.mark.parametrize(
    "declared",
    [
        {"query": (Query("q", lambda: int | None, required=True),)},
        {"headers": (Header("q", lambda: int | None, required=True),)},
        {"cookies": (Cookie("q", lambda: int | None, required=True),)},
    ],
)
def test_none_for_what_is_required_is_an_error_where_it_cannot_be_written(declared):
    with pytest.raises(RequestError, match="'q' is required and must not be None"):
        Operation("o", "GET", ("/a",), **declared).build("http://x", (None,))


def test_none_is_written_as_json():
    query = (Query("q", lambda: int | None, required=True, media="application/json"),)
    assert Operation("o", "GET", ("/a",), query=query).build("http://x", (None,)).url == "http://x/a?q=null"


@pytest.mark.parametrize("codec", [Json("application/json", lambda: int), Binary("image/*")])
def test_an_answer_to_head_has_no_content(codec):
    operation = Operation("o", "HEAD", ("/a",), replies=(Reply("200", codec),))
    assert not operation.stream
    for media in ({"Content-Type": "application/json"}, {}):
        assert operation.parse(Response(200, CIMultiDict(media))) is None
    with pytest.raises(StatusError):
        operation.parse(Response(404, CIMultiDict()))
    with pytest.raises(DecodeError):
        Operation("o", "GET", ("/a",), replies=(Reply("200", Json("application/json", lambda: int)),)).parse(
            Response(200, CIMultiDict({"Content-Type": "application/json"}))
        )
