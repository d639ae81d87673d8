"""Parameters are written exactly, and read back as they were."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from enum import Enum
from urllib.parse import unquote

import msgspec
import pytest
from msgspec import UNSET, UnsetType
from multidict import CIMultiDict
from petstore._runtime.errors import RequestError
from petstore._runtime.operation import Operation
from petstore._runtime.parameters import Cookie, Header, Path, Query, scalar_text
from petstore._runtime.parsing import BadValueError, parse_cookie, parse_header, parse_path, parse_query, split_query


class Point(msgspec.Struct, rename={"upper_left": "upperLeft"}):
    x: int
    upper_left: bool


class Tagged(msgspec.Struct, rename={"within": "in"}):
    within: list[str]
    x: str | list[str]
    y: list[str] | UnsetType = UNSET


class Colour(Enum):
    RED = "re d"


COLOURS = ["blue", "bl/ack"]
RGB = {"R": 100, "G": 200}
OBJECT = dict[str, int]


@pytest.mark.parametrize(
    ("style", "explode", "kind", "value", "text"),
    [
        ("simple", False, int, 5, "5"),
        ("simple", False, str, "a b/c?d#e%", "a%20b%2Fc%3Fd%23e%25"),
        ("simple", False, str, "é", "%C3%A9"),
        ("simple", False, bool, True, "true"),
        ("simple", False, list[str], COLOURS, "blue,bl%2Fack"),
        ("simple", True, list[str], COLOURS, "blue,bl%2Fack"),
        ("simple", False, OBJECT, RGB, "R,100,G,200"),
        ("simple", True, OBJECT, RGB, "R=100,G=200"),
        ("label", False, str, "blue", ".blue"),
        ("label", False, list[str], COLOURS, ".blue,bl%2Fack"),
        ("label", True, list[str], COLOURS, ".blue.bl%2Fack"),
        ("label", False, OBJECT, RGB, ".R,100,G,200"),
        ("label", True, OBJECT, RGB, ".R=100.G=200"),
        ("matrix", False, str, "blue", ";color=blue"),
        ("matrix", False, list[str], COLOURS, ";color=blue,bl%2Fack"),
        ("matrix", True, list[str], COLOURS, ";color=blue;color=bl%2Fack"),
        ("matrix", False, OBJECT, RGB, ";color=R,100,G,200"),
        ("matrix", True, OBJECT, RGB, ";R=100;G=200"),
        ("simple", False, Point, Point(1, upper_left=False), "x,1,upperLeft,false"),
    ],
)
def test_path_styles_are_written_and_read_back(style, explode, kind, value, text):
    parameter = Path("color", lambda: kind, style=style, explode=explode)
    assert parameter.write(value) == text
    assert parse_path(parameter, text) == value


@pytest.mark.parametrize(
    ("style", "explode", "kind", "value", "text"),
    [
        ("form", True, str, "a&b=c+d", "color=a%26b%3Dc%2Bd"),
        ("form", True, str, "", "color="),
        ("form", True, list[str], COLOURS, "color=blue&color=bl%2Fack"),
        ("form", False, list[str], ["a,b", "c"], "color=a%2Cb,c"),
        ("form", True, OBJECT, RGB, "R=100&G=200"),
        ("form", False, OBJECT, RGB, "color=R,100,G,200"),
        ("spaceDelimited", False, list[str], COLOURS, "color=blue%20bl%2Fack"),
        ("spaceDelimited", True, list[str], COLOURS, "color=blue&color=bl%2Fack"),
        ("pipeDelimited", False, list[str], COLOURS, "color=blue%7Cbl%2Fack"),
        ("pipeDelimited", False, OBJECT, RGB, "color=R%7C100%7CG%7C200"),
        ("deepObject", True, OBJECT, RGB, "color%5BR%5D=100&color%5BG%5D=200"),
        ("deepObject", True, dict[str, dict[str, int]], {"a": {"b&": 1}}, "color%5Ba%5D%5Bb%26%5D=1"),
        ("deepObject", True, dict[str, list[int]], {"a": [1, 2]}, "color%5Ba%5D=1&color%5Ba%5D=2"),
        ("deepObject", True, dict[str, list[int]] | None, {"a": [1]}, "color%5Ba%5D=1"),
        ("deepObject", True, dict[str, dict[str, list[str]]], {"a": {"b": ["1"]}}, "color%5Ba%5D%5Bb%5D=1"),
        (
            "deepObject",
            True,
            Tagged,
            Tagged(["a"], "b", ["c", "d"]),
            "color%5Bin%5D=a&color%5Bx%5D=b&color%5By%5D=c&color%5By%5D=d",
        ),
        ("tabDelimited", False, list[str], COLOURS, "color=blue%09bl%2Fack"),
        ("tabDelimited", False, OBJECT, RGB, "color=R%09100%09G%09200"),
        ("form", True, float, 1e16, "color=1e%2B16"),
        (
            "form",
            True,
            datetime.datetime,
            datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC),
            "color=2026-01-02T00%3A00%3A00Z",
        ),
        ("form", True, uuid.UUID, uuid.UUID(int=1), "color=00000000-0000-0000-0000-000000000001"),
        ("form", True, Decimal, Decimal("1.50"), "color=1.50"),
        ("form", True, Colour, Colour.RED, "color=re%20d"),
        ("form", True, list[bool], [True, False], "color=true&color=false"),
    ],
)
def test_query_styles_are_written_and_read_back(style, explode, kind, value, text):
    parameter = Query("color", lambda: kind, style=style, explode=explode)
    assert "&".join(f"{name}={part}" for name, part in parameter.write(value)) == text
    assert parse_query(parameter, split_query(text), frozenset({"color"})) == value


def test_a_query_parameter_of_a_media_type_is_that_media_type():
    parameter = Query("filter", lambda: dict[str, list[int]], media="application/json")
    assert parameter.write({"a": [1]}) == [("filter", "%7B%22a%22%3A%5B1%5D%7D")]
    assert parse_query(parameter, split_query("filter=%7B%22a%22%3A%5B1%5D%7D")) == {"a": [1]}


@pytest.mark.parametrize(
    ("value", "text"),
    [("a/b:c?d@e", "a/b:c?d@e"), ("a&b#c+d e", "a%26b%23c%2Bd%20e"), ("50%25", "50%25"), ("50%", "50%25")],
)
def test_reserved_characters_stay_where_the_spec_allows_them(value, text):
    assert Query("q", lambda: str, allow_reserved=True).write(value) == [("q", text)]


@pytest.mark.parametrize(
    "parameter",
    [
        Query("q", lambda: list[str], style="pipeDelimited", explode=False),
        Query("q", lambda: list[str], style="spaceDelimited", explode=False),
        Header("q", lambda: list[str]),
    ],
)
def test_an_item_with_its_delimiter_in_it_is_refused(parameter):
    with pytest.raises(RequestError, match="delimiter"):
        parameter.write(["a| ,b"])


def test_none_counts_as_undefined():
    assert Query("q", lambda: list[str]).write(["a", None, "b"]) == [("q", "a"), ("q", "b")]
    assert Query("q", lambda: str).write(None) == []
    assert Query("q", lambda: list[str]).write([]) == []


@pytest.mark.parametrize(
    ("style", "value"),
    [("simple", value) for value in ("", ".", "..", None, [], ["."])]
    + [("label", value) for value in ("", ".", None, [], ["."])],
)
def test_a_path_value_that_would_name_another_resource_is_refused(style, value):
    operation = Operation("getThing", "GET", ("/things/", Path("thingId", lambda: str, style=style)))
    with pytest.raises(RequestError, match=r"getThing: .*'thingId'.*another resource"):
        operation.build("http://x", [value])


def test_a_path_value_never_leaves_its_segment():
    operation = Operation("get", "GET", ("/things/", Path("id", lambda: str), "/info"))
    request = operation.build("http://x", ["../../admin?a=b#c\\d%2e"])
    assert request.url == "http://x/things/..%2F..%2Fadmin%3Fa%3Db%23c%5Cd%252e/info"


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_value_with_a_line_break_is_refused(value):
    operation = Operation("get", "GET", ("/",), headers=(Header("X-Trace", lambda: str),))
    with pytest.raises(RequestError, match="X-Trace"):
        operation.build("http://x", [value])
    with pytest.raises(RequestError, match="X-Other"):
        operation.build("http://x", [UNSET], {"X-Other": value})


@pytest.mark.parametrize("name", ["X-A: b\r\nX-Evil", "X A", "X:A", "", "é"])
def test_a_name_that_cannot_be_a_header_is_refused(name):
    operation = Operation("get", "GET", ("/",), headers=(Header(name, lambda: str),))
    with pytest.raises(RequestError, match="name of a header"):
        operation.build("http://x", ["v"])
    with pytest.raises(RequestError, match="name of a header"):
        operation.build("http://x", [UNSET], {name: "v"})


@pytest.mark.parametrize(
    ("explode", "kind", "value", "text"),
    [
        (False, list[int], [1, 2], "1,2"),
        (False, OBJECT, RGB, "R,100,G,200"),
        (True, OBJECT, RGB, "R=100,G=200"),
        (False, bool, False, "false"),
    ],
)
def test_header_parameters_are_written_and_read_back(explode, kind, value, text):
    parameter = Header("X-A", lambda: kind, explode=explode)
    assert parameter.write(value) == text
    assert parse_header(parameter, text) == value


@pytest.mark.parametrize(
    ("explode", "kind", "value", "pairs"),
    [
        (True, str, "a;b=c", ["c=a%3Bb%3Dc"]),
        (False, list[int], [1, 2], ["c=1,2"]),
        (True, list[int], [1, 2], ["c=1", "c=2"]),
    ],
)
def test_cookie_parameters_are_written_and_read_back(explode, kind, value, pairs):
    parameter = Cookie("c", lambda: kind, explode=explode)
    assert parameter.write(value) == pairs
    assert parse_cookie(parameter, [tuple(pair.split("=", 1)) for pair in pairs]) == value


@pytest.mark.parametrize(
    ("explode", "kind", "value", "pairs"),
    [
        (True, str, 'x y/z=%41,"ü"', ['c=x y/z=%41,"ü"']),
        (True, str, "", ["c="]),
        (False, list[str], ["a%2Cb", "c"], ["c=a%2Cb,c"]),
        (True, list[int], [1, 2], ["c=1", "c=2"]),
        (True, list[int], [], []),
        (False, OBJECT, RGB, ["c=R,100,G,200"]),
        (True, OBJECT, RGB, ["R=100", "G=200"]),
        (True, int | None, None, []),
    ],
)
def test_cookies_of_the_style_cookie_are_written_as_they_are(explode, kind, value, pairs):
    parameter = Cookie("c", lambda: kind, style="cookie", explode=explode)
    assert parameter.write(value) == pairs
    if pairs:
        assert parse_cookie(parameter, [tuple(pair.split("=", 1)) for pair in pairs]) == value


@pytest.mark.parametrize(
    "value", ["a;b", "a\r\nX: y", "a\tb", "\0", " a", "a ", ["a", "b;c"], {"k;": "v"}, {"k=": "v"}]
)
def test_what_would_end_a_cookie_is_refused(value):
    with pytest.raises(RequestError, match="cookie"):
        Cookie("c", lambda: object, style="cookie").write(value)


def test_a_joined_cookie_refuses_its_delimiter_and_a_name_that_is_none():
    with pytest.raises(RequestError, match="delimiter"):
        Cookie("c", lambda: list[str], style="cookie", explode=False).write(["a,b"])
    with pytest.raises(RequestError, match="name of a cookie"):
        Cookie("a; b", lambda: str, style="cookie").write("x")


def test_cookies_of_the_client_stay_beside_those_of_the_operation():
    operation = Operation("get", "GET", ("/",), cookies=(Cookie("c", lambda: str),))
    headers = CIMultiDict({"Cookie": "session=abc"})
    assert operation.build("http://x", ["1"], headers=headers).headers.getall("Cookie") == ["session=abc; c=1"]
    assert operation.build("http://x", [UNSET], headers=headers).headers["Cookie"] == "session=abc"
    assert headers["Cookie"] == "session=abc"
    assert operation.build("http://x", ["1"], {"Cookie": "all=mine"}, headers=headers).headers["Cookie"] == "all=mine"


RESERVED = ":[]@!$&'()*+,;="


@pytest.mark.parametrize(
    ("style", "explode", "kind", "value", "text"),
    [
        ("simple", False, str, f"a{RESERVED}b", f"a{RESERVED}b"),
        ("simple", False, str, "a/b?c#d%20e%f ü", "a%2Fb%3Fc%23d%20e%25f%20%C3%BC"),
        ("simple", False, str, "%2E%2Ex", "%2E%2Ex"),
        ("label", False, str, "a/b:c", ".a%2Fb:c"),
        ("matrix", False, str, "a/b:c", ";p=a%2Fb:c"),
        ("simple", False, list[str], ["a,b:c", "d;=e"], "a%2Cb:c,d%3B%3De"),
        ("matrix", True, list[str], ["a;b", "c@d"], ";p=a%3Bb;p=c@d"),
        ("simple", True, dict[str, str], {"k": "a=b/c"}, "k=a%3Db%2Fc"),
    ],
)
def test_reserved_characters_stay_in_a_segment_but_do_not_end_it(style, explode, kind, value, text):
    parameter = Path("p", lambda: kind, style=style, explode=explode, allow_reserved=True)
    assert parameter.write(value) == text
    assert parse_path(parameter, text) == (unquote(value) if isinstance(value, str) else value)


@pytest.mark.parametrize("value", ["", ".", "..", "%2e%2E", "%2e", ".%2e"])
def test_a_segment_with_reserved_characters_names_no_other_resource(value):
    with pytest.raises(RequestError, match="another resource"):
        Path("p", lambda: str, allow_reserved=True).write(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_without_text_are_refused(value):
    operation = Operation("get", "GET", ("/",), query=(Query("q", lambda: float),))
    with pytest.raises(RequestError, match="'q'"):
        operation.build("http://x", [value])


def test_a_required_parameter_is_missed_by_name():
    operation = Operation("get", "GET", ("/", Path("a", lambda: str)), query=(Query("q", lambda: int, required=True),))
    with pytest.raises(RequestError, match="get: the query parameter 'q' is missing"):
        operation.build("http://x", ["v", UNSET])
    with pytest.raises(RequestError, match="get: the path parameter 'a' is missing"):
        operation.build("http://x", [UNSET, 1])


def test_extra_query_and_headers_replace_those_of_the_same_name():
    operation = Operation(
        "get",
        "GET",
        ("/",),
        query=(Query("a", lambda: int), Query("b", lambda: int)),
        headers=(Header("X-A", lambda: str),),
    )
    request = operation.build("http://x", [1, 2, "old"], {"x-a": "new", "X-B": "b"}, {"a": [8, 9], "c": "d e"})
    assert request.url == "http://x/?b=2&a=8&a=9&c=d%20e"
    assert request.headers["X-A"] == "new"
    assert request.headers.getall("X-A") == ["new"]
    assert request.headers["X-B"] == "b"


@pytest.mark.parametrize(
    ("kind", "raw"), [(int, "q=x"), (list[int], "q=1&q=x"), (bool, "q=maybe"), (datetime.datetime, "q=yesterday")]
)
def test_a_value_that_does_not_fit_is_refused_by_name(kind, raw):
    with pytest.raises(BadValueError, match="query parameter 'q'"):
        parse_query(Query("q", lambda: kind), split_query(raw))


def test_an_absent_parameter_is_unset_unless_it_is_required():
    assert parse_query(Query("q", lambda: int), []) is UNSET
    with pytest.raises(BadValueError, match="missing"):
        parse_query(Query("q", lambda: int, required=True), [])


def test_a_deep_object_cannot_nest_without_end():
    with pytest.raises(BadValueError, match="levels"):
        parse_query(Query("q", lambda: dict, style="deepObject"), split_query("q" + "[a]" * 50 + "=1"))


def test_null_has_no_text():
    with pytest.raises(RequestError, match="null"):
        scalar_text(None)
