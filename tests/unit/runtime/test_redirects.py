"""What a redirect may change, and what never leaves an origin."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict
from petstore._runtime.errors import RedirectError
from petstore._runtime.files import File
from petstore._runtime.http import Mark, Request
from petstore._runtime.payloads import FileBody
from petstore._runtime.redirects import redirected, without_credentials

HERE = "https://api.example/v1/pets?q=1&token=s3cr3t"


def request(method: str = "GET", body: object = None, url: str = HERE) -> Request:
    headers = CIMultiDict(
        {
            "Accept": "a/b",
            "Authorization": "Bearer x",
            "X-API-Key": "k",
            "Cookie": "c=1",
            "X-Custom": "y",
            "Range": "bytes=0-",
        }
    )
    if body is not None:
        headers["Content-Type"] = "text/plain"
    found = Request(method, url, headers, body)
    found.marks = (Mark("query", "token", "s3cr3t"), Mark("header", "X-API-Key", "k"))
    return found


@pytest.mark.parametrize(
    ("status", "method", "following", "has_body"),
    [
        (301, "POST", "GET", False),
        (302, "POST", "GET", False),
        (301, "PUT", "PUT", True),
        (302, "DELETE", "DELETE", True),
        (303, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (307, "POST", "POST", True),
        (308, "PUT", "PUT", True),
    ],
)
def test_the_status_says_whether_the_method_and_body_stay(status, method, following, has_body):
    found = redirected(request(method, b"x"), status, "/v2")
    assert (found.method, found.body is not None) == (following, has_body)
    assert ("Content-Type" in found.headers) is has_body


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("POST", b"x")])
def test_a_request_of_one_origin_goes_to_no_other_one(method, body):
    asked = request(method, body)
    asked.same_origin = True
    both = r"of https://api.example:443 .*, https://other.example:443; .* address"
    with pytest.raises(RedirectError, match=both) as told:
        redirected(asked.copy(), 302, "https://other.example/x?token=s3cr3t", hosts=("https://api.example/v1",))
    assert told.value.hosts == ("https://api.example/v1",)
    assert "s3cr3t" not in str(told.value)
    following = redirected(asked, 302, "/v2")
    assert following.same_origin


def test_a_head_stays_a_head():
    assert redirected(request("HEAD"), 303, "/v2").method == "HEAD"


@pytest.mark.parametrize(
    "location",
    ["https://other.example/x", "https://api.example:8443/x", "//other.example/x", "https://sub.api.example/"],
)
def test_every_credential_is_dropped_for_another_origin(location):
    found = redirected(request(), 302, location)
    assert dict(found.headers) == {"Accept": "a/b", "Range": "bytes=0-"}
    assert found.marks == ()
    assert "s3cr3t" not in found.url


def test_a_secret_in_the_location_does_not_go_to_another_origin():
    found = redirected(request(), 302, "https://other.example/x?a=1&token=s3cr3t&token=other")
    assert found.url == "https://other.example/x?a=1&token=other"


@pytest.mark.parametrize(
    "location", ["/v2/pets?a=b", "https://api.example:443/v2/pets?a=b", "HTTPS://API.example/v2/pets?a=b"]
)
def test_credentials_stay_within_the_origin(location):
    found = redirected(request(), 302, location)
    assert found.headers["X-API-Key"] == "k"
    assert found.url.endswith("/v2/pets?a=b&token=s3cr3t")
    assert len(found.marks) == 2


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_never_goes_to_another_origin(status):
    with pytest.raises(RedirectError, match="body to another origin"):
        redirected(request("POST", b"x"), status, "https://other.example/")


async def once():
    yield b"x"


def test_a_body_that_cannot_be_read_again_is_not_sent_again():
    with pytest.raises(RedirectError, match="cannot be read again"):
        redirected(request("POST", FileBody(File(once()))), 307, "/v2")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        (None, "no Location"),
        ("", "no Location"),
        ("javascript:alert(1)", "only http and https"),
        ("file:///etc/passwd", "only http and https"),
        ("http://api.example/v1", "from https to http"),
        ("https://169.254.169.254/latest", "link-local"),
        ("https://[fe80::1]/", "link-local"),
        ("https://0xa9fea9fe/", "link-local"),
        ("https://0xA9.0xfe.0xa9.0xfe/", "link-local"),
        ("https://2852039166/", "link-local"),
        ("https://169.254.43518/", "link-local"),
        ("https://0251.0376.0251.0376/", "link-local"),
        ("https://169.254.169.254./", "link-local"),
        ("https://[::ffff:169.254.169.254]/", "link-local"),
        ("https://[::ffff:a9fe:a9fe]/", "link-local"),
        ("https://[64:ff9b::a9fe:a9fe]/", "link-local"),
        ("https://[2002:a9fe:a9fe::]/", "link-local"),
        ("https://[::a9fe:a9fe]/", "link-local"),
        ("https://[fd00:ec2::254]/", "link-local"),
        ("https://100.100.100.200/", "link-local"),
        ("/a\r\nX-Evil: 1", "control characters"),
        ("/a b", "spaces"),
        ("\\\\other.example/", "backslashes"),
        ("https://x:99999/", "not a URL"),
        ("https://[::1", "not a URL"),
    ],
)
def test_a_bad_location_is_refused(location, says):
    with pytest.raises(RedirectError, match=says):
        redirected(request(), 302, location)


def test_a_name_and_password_in_the_location_are_not_used():
    assert redirected(request(), 302, "https://u:p@other.example/x").url == "https://other.example/x"


def test_the_fragment_is_dropped_and_text_outside_ascii_encoded():
    assert redirected(request(url="https://x/"), 302, "/ü?ü#f").url == "https://x/%C3%BC?%C3%BC&token=s3cr3t"


@pytest.mark.parametrize("name", ["User-Agent", "accept", "Range", "If-Match"])
def test_a_credential_in_a_header_that_is_otherwise_kept_is_dropped_for_another_origin(name):
    asked = request()
    asked.headers[name] = "s3cr3t"
    asked.marks = (Mark("header", name, "s3cr3t"),)
    assert name not in redirected(asked, 302, "https://other.example/x").headers


def test_credentials_are_taken_out_by_their_marks():
    asked = request()
    asked.headers["Cookie"] = "c=1; session%3B=k; d=2"
    asked.marks += (Mark("cookie", "session;", "k"),)
    bare = without_credentials(asked)
    assert bare.url == "https://api.example/v1/pets?q=1"
    assert (bare.headers["Cookie"], "X-API-Key" in bare.headers, bare.marks) == ("c=1; d=2", False, ())
    assert len(asked.marks) == 3
