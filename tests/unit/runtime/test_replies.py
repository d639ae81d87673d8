"""An answer is read as what is declared for its status and media type, or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from petstore import models
from petstore._runtime import errors
from petstore._runtime.operation import Binary, Json, Operation, Reply, Text
from petstore._runtime.replies import select_codec
from petstore._runtime.scripted import answer
from petstore.operations.pets import GET_PET

if TYPE_CHECKING:
    from petstore._runtime.http import Response

CAT = b'{"petType":"cat"}'


def ready(status: int, content: bytes = b"", media: str | None = None, **headers: str) -> Response:
    found = {name.replace("_", "-"): text for name, text in headers.items()}
    if media is not None:
        found["Content-Type"] = media
    response = answer(status, content, headers=found)
    response.content = content
    response.source = None
    return response


@pytest.mark.parametrize(
    ("media", "chosen"),
    [
        ("application/json", 0),
        ("Application/JSON; charset=utf-8", 0),
        ("application/problem+json", 0),
        ("image/png", 1),
        ("text/plain", 2),
        ("text/csv", None),
        ("application/octet-stream", 0),
        (None, 0),
    ],
)
def test_the_media_type_picks_the_codec(media, chosen):
    codecs = (Json("application/json", lambda: dict), Binary("image/*"), Text("text/plain"))
    assert select_codec(codecs, media) is (None if chosen is None else codecs[chosen])


def test_an_exact_media_type_goes_before_a_range():
    codecs = (Binary("*/*"), Json("application/vnd.x+json", lambda: dict))
    assert select_codec(codecs, "application/vnd.x+json") is codecs[1]
    assert select_codec(codecs, "text/html") is codecs[0]


@pytest.mark.parametrize("media", ["application/json", "application/vnd.pet+json; v=1", None, "text/plain"])
def test_json_is_read_whatever_it_calls_itself(media):
    assert GET_PET.parse(ready(200, CAT, media)) == models.Cat(pet_type="cat")


def test_an_answer_of_another_media_type_is_refused_with_both_names():
    with pytest.raises(errors.DecodeError, match=r"'text/html' and application/json is declared.*<h1>Hi") as caught:
        GET_PET.parse(ready(200, b"<h1>Hi</h1>", "text/html"))
    assert caught.value.content == b"<h1>Hi</h1>"
    assert caught.value.status == 200


def test_an_empty_answer_where_an_object_is_due_is_refused():
    with pytest.raises(errors.DecodeError, match="no content"):
        GET_PET.parse(ready(200, b"", "application/json"))


def test_an_undeclared_success_is_refused():
    with pytest.raises(errors.DecodeError, match="status 202, which is not declared"):
        GET_PET.parse(ready(202, CAT, "application/json"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequestError),
        (401, errors.UnauthorizedError),
        (403, errors.ForbiddenError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (418, errors.StatusError),
        (422, errors.UnprocessableError),
        (429, errors.RateLimitError),
        (500, errors.ServerError),
        (599, errors.ServerError),
    ],
)
def test_an_error_status_is_raised_with_its_typed_body(status, kind):
    with pytest.raises(errors.StatusError) as caught:
        GET_PET.parse(ready(status, b'{"error": "no"}', "application/json", X_Request_Id="r-1"))
    assert type(caught.value) is kind
    assert caught.value.body == models.Problem(error="no")
    assert (caught.value.status, caught.value.request_id) == (status, "r-1")
    assert caught.value.operation == "getPet"


def test_an_error_page_of_a_proxy_is_a_status_error_with_its_bytes():
    with pytest.raises(errors.ServerError, match=r"502: <html>.*bad gateway") as caught:
        GET_PET.parse(ready(502, b"<html>\n bad gateway", "text/html"))
    assert caught.value.body is None
    assert caught.value.content == b"<html>\n bad gateway"


def test_an_error_body_that_does_not_fit_keeps_its_status_and_says_why():
    with pytest.raises(errors.NotFoundError) as caught:
        GET_PET.parse(ready(404, b'{"error": 5}', "application/json"))
    assert caught.value.body is None
    assert isinstance(caught.value.__cause__, errors.DecodeError)


def test_a_failure_is_raised_whatever_its_status():
    with pytest.raises(errors.StatusError) as caught:
        GET_PET.parse(ready(200, b'{"error": "soft", "uuid": "x"}', "application/json"))
    assert caught.value.status == 200
    assert caught.value.body == models.Problem(error="soft")


def test_ranges_and_default_are_used_where_the_status_is_not_declared():
    operation: Operation[str] = Operation(
        "get",
        "GET",
        ("/",),
        replies=(
            Reply("2xx", Text("text/plain")),
            Reply("4XX", Json("application/json", lambda: dict[str, int]), error=True),
            Reply("default", Text("text/plain"), error=True),
        ),
    )
    assert operation.parse(ready(203, b"x", "text/plain")) == "x"
    with pytest.raises(errors.StatusError) as caught:
        operation.parse(ready(451, b'{"a": 1}', "application/json"))
    assert caught.value.body == {"a": 1}
    with pytest.raises(errors.ServerError) as caught:
        operation.parse(ready(503, b"busy", "text/plain"))
    assert caught.value.body == "busy"


def test_a_success_default_does_not_take_errors_for_successes():
    operation: Operation[str] = Operation("get", "GET", ("/",), replies=(Reply("default", Text("text/plain")),))
    assert operation.parse(ready(200, b"x", "text/plain")) == "x"
    with pytest.raises(errors.ServerError):
        operation.parse(ready(500, b"x", "text/plain"))


@pytest.mark.parametrize("status", [204, 205])
def test_an_answer_without_content_is_none(status):
    operation: Operation[None] = Operation("del", "DELETE", ("/",), replies=(Reply(str(status)),))
    assert operation.parse(ready(status, b"ignored")) is None


def test_media_types_without_end_do_not_fill_the_memory():
    operation: Operation[dict] = Operation(
        "g", "GET", ("/",), replies=(Reply("200", Json("application/json", lambda: dict)),)
    )
    for number in range(500):
        operation.parse(ready(200, b"{}", f"application/json; n={number}"))
    assert len(operation._replies.choices) <= 64


def test_media_types_that_differ_in_parameters_are_told_apart():
    codecs = (Json("application/json", lambda: dict), Json("application/json; v=2", lambda: list))
    assert select_codec(codecs, "application/json;v=2") is codecs[1]
    assert select_codec(codecs, "application/json; charset=utf-8") is codecs[0]


@pytest.mark.parametrize("content", [b'{"petType":', b'{"petType":1}', b"\xff\xfe", b"[" * 100_000, b""])
def test_a_bad_answer_after_a_good_one_is_refused_in_the_same_words(content: bytes):
    operation = Operation("one", "GET", ("/",), replies=(Reply("200", Json("application/json", lambda: models.Cat)),))
    with pytest.raises(errors.DecodeError) as first:
        operation.parse(ready(200, content, "application/json"))
    operation.parse(ready(200, CAT, "application/json"))
    with pytest.raises(errors.DecodeError) as then:
        operation.parse(ready(200, content, "application/json"))
    assert str(then.value) == str(first.value)
    assert then.value.path == first.value.path


def test_a_failure_after_a_good_answer_is_one():
    reply = Reply("200", Json("application/json", lambda: models.Cat, failure=lambda: dict, failure_members=("code",)))
    operation = Operation("one", "GET", ("/",), replies=(reply,))
    operation.parse(ready(200, CAT, "application/json"))
    with pytest.raises(errors.StatusError):
        operation.parse(ready(200, b'{"petType":"cat","code":1,"message":"no"}', "application/json"))


def test_a_byte_order_mark_after_a_good_answer_is_passed_over():
    operation = Operation("one", "GET", ("/",), replies=(Reply("200", Json("application/json", lambda: models.Cat)),))
    good = operation.parse(ready(200, CAT, "application/json"))
    assert operation.parse(ready(200, b"\xef\xbb\xbf" + CAT, "application/json")) == good
