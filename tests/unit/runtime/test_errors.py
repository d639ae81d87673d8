"""Errors say what happened to which call, and never a secret."""

from __future__ import annotations

import pickle

import aiohttp
import pytest
from multidict import CIMultiDict
from petstore import models
from petstore._runtime import errors
from petstore._runtime.aiohttp_errors import cause_of, translated
from petstore._runtime.http import Mark, Request
from petstore._runtime.redaction import is_secret, redact_text, redact_url, visible_headers
from petstore._runtime.timeout import Timeout


def signed() -> Request:
    request = Request(
        "GET", "https://u:p@api.example/pets?q=1&token=s3cr3t&X-Amz-Signature=abc&uuid=7", operation_id="getPet"
    )
    request.marks = (Mark("query", "token", "s3cr3t"),)
    return request


def test_an_error_names_the_call_without_secrets():
    error = errors.TruncatedError("it stopped").at(signed())
    assert str(error) == ("GET https://api.example/pets?q=1&token=***&X-Amz-Signature=***&uuid=7 (getPet): it stopped")
    assert "s3cr3t" not in repr(error)


ALL = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_in_the_tree_and_its_drawing(kind):
    assert issubclass(kind, errors.Error)
    assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", ALL)
def test_every_error_can_be_pickled(kind):
    error = kind("it stopped").at(signed())
    found = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(found) is kind
    assert (str(found), found.__dict__.keys()) == (str(error), error.__dict__.keys())


def test_a_status_error_keeps_all_when_it_is_pickled():
    headers = CIMultiDict([("Retry-After", "3"), ("Set-Cookie", "a"), ("Set-Cookie", "b")])
    body = models.Problem(error="x")
    error = errors.status_error(signed(), 429, headers, body=body, content=b'{"error":"x"}')
    found = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (found.status, found.body, found.content, found.retry_after) == (429, body, b'{"error":"x"}', 3.0)
    assert found.headers.getall("set-cookie") == ["a", "b"]


def test_errors_are_also_what_python_calls_them():
    assert issubclass(errors.RequestError, ValueError)
    assert issubclass(errors.DeadlineError, TimeoutError)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "2"}, 2.0),
        ({"Retry-After": "86400"}, 86400.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "NaN"}, None),
        ({"Retry-After": "abc"}, None),
        ({"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"Retry-After": "Fri, 20 Nov 2026 09:00:00 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"Retry-After": "Fri, 99 Nov 2026 09:00:00 GMT"}, None),
    ],
)
def test_retry_after_is_read_as_seconds(headers, seconds):
    assert errors.retry_after(CIMultiDict(headers)) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "Invalid token s3cr3t-value",
        '{"api_key": "s3cr3t-value"}',
        '{"password":"s3cr3t-value", "a": 1}',
        "Authorization: Bearer s3cr3t-value",
        "see https://x/?signature=s3cr3t-value&a=1",
        "https://joe:s3cr3t-value@host/",
        "{'apiKey': 's3cr3t-value'}",
        "Set-Cookie: session=s3cr3t-value",
    ],
)
def test_secrets_that_a_server_echoes_are_hidden(text):
    shown = redact_text(text, ("s3cr3t-value",) if text.startswith("Invalid") else ())
    assert "s3cr3t" not in shown
    assert "***" in shown or "joe" not in shown


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.ClientOSError(32, "Can not write request body for http://h/x?k=s3cr3t"),
        aiohttp.InvalidURL("http://h/x?k=s3cr3t"),
        aiohttp.ClientPayloadError("http://h/x?k=s3cr3t"),
        ValueError("bad http://h/x?k=s3cr3t"),
        aiohttp.ClientError("http://h/x?k=s3cr3t"),
    ],
)
def test_urls_in_the_texts_of_aiohttp_are_not_passed_on(error):
    found = translated(error, Timeout())
    assert isinstance(found, errors.Error)
    assert "s3cr3t" not in str(found)
    assert cause_of(error) is None


def test_a_long_secret_is_hidden_before_the_text_is_cut():
    content = b"x" * 490 + b" secret-0123456789"
    assert "secret-01" not in errors.excerpt(content, ("secret-0123456789",))


def test_an_excerpt_is_one_bounded_printable_line():
    shown = errors.excerpt(b"a\r\nb\x00\xff" + b"x" * 10_000)
    assert len(shown) <= 500
    assert shown.isprintable()


@pytest.mark.parametrize(
    "name", ["token", "access_token", "X-API-Key", "apiKey", "key", "client_secret", "sig", "passwd"]
)
def test_names_of_secrets_are_known(name):
    assert is_secret(name)


@pytest.mark.parametrize("name", ["monkey", "keyword", "page", "design", "uuid"])
def test_other_names_are_not_hidden(name):
    assert not is_secret(name)


def test_a_url_without_a_query_stays_as_it_is():
    assert redact_url("https://x/a%20b") == "https://x/a%20b"


def test_only_listed_headers_are_logged():
    assert visible_headers({"Content-Type": "a", "X-Api-Key": "b", "Cookie": "c"}) == {
        "Content-Type": "a",
        "X-Api-Key": "***",
        "Cookie": "***",
    }
