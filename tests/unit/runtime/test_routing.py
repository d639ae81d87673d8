"""A server finds the operation of a path."""

from __future__ import annotations

import pytest
from petstore._runtime.operation import Operation, Path
from petstore._runtime.routing import Match, Router

ID = Path("id", lambda: str)
OPERATIONS = [
    Operation("one", "GET", ("/things/", ID)),
    Operation("mine", "GET", ("/things/mine",)),
    Operation("info", "GET", ("/things/", ID, "/info")),
    Operation("other", "GET", ("/things/mine/", ID)),
    Operation("file", "GET", ("/files/", ID, ".json")),
    Operation("any", "GET", ("/files/", ID)),
    Operation("make", "POST", ("/things/mine",)),
    Operation("drop", "DELETE", ("/things/", ID)),
    Operation("space", "GET", ("/a%20b/(x)+",)),
]


@pytest.mark.parametrize(
    ("method", "path", "operation", "texts"),
    [
        ("GET", "/v1/things/7", "one", ("7",)),
        ("GET", "/v1/things/mine", "mine", ()),
        ("POST", "/v1/things/mine", "make", ()),
        ("DELETE", "/v1/things/mine", "drop", ("mine",)),
        ("HEAD", "/v1/things/mine", "mine", ()),
        ("GET", "/v1/things/a%2Fb", "one", ("a%2Fb",)),
        ("GET", "/v1/things/%6dine", "mine", ()),
        ("GET", "/v1/things/mine/info", "other", ("info",)),
        ("GET", "/v1/things/x/info", "info", ("x",)),
        ("GET", "/v1/files/x.json", "file", ("x",)),
        ("GET", "/v1/files/x.xml", "any", ("x.xml",)),
        ("GET", "/v1/a%20b/(x)+", "space", ()),
        ("GET", "/v1/a%20b/%28x)%2b", "space", ()),
        ("GET", "/v1/things/p%2Cq,r", "one", ("p%2Cq,r",)),  # delimiters between items stay apart from those in them
        ("GET", "/v1/things/p%2cq", "one", ("p%2Cq",)),
    ],
)
def test_the_most_literal_path_is_found(method, path, operation, texts):
    found = Router(OPERATIONS, "/v1/").find(method, path)
    assert isinstance(found, Match)
    assert (OPERATIONS[found.endpoint].id, found.texts) == (operation, texts)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/things/mine", {"GET", "POST", "DELETE"}),
        ("GET", "/v1/things/", set()),
        ("GET", "/things/7", set()),
        ("GET", "/v1/things/7/", set()),
        ("GET", "/v1/a%20b/xx", set()),
    ],
)
def test_what_is_not_there_names_the_methods_that_are(method, path, allowed):
    assert Router(OPERATIONS, "/v1").find(method, path) == allowed
