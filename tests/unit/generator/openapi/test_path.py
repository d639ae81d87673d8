"""Path templates stay paths below the base URL, whatever they say."""

import pytest

from specbind.generator.diagnostics import Diagnostics
from specbind.generator.ir.model import PathPiece
from specbind.generator.openapi.lower_path import read_template, skeleton
from specbind.generator.source import Report


@pytest.fixture
def template():
    def of(path: str):
        return read_template(path, "#/paths", Report(Diagnostics()))

    return of


def text_of(template) -> str:
    return "".join(piece.text or f"<{piece.parameter}>" for piece in template.pieces)


@pytest.mark.parametrize(
    ("path", "text", "query"),
    [
        ("/a/{b}/c", "/a/<b>/c", ""),
        ("/{a}.{b}", "/<a>.<b>", ""),
        ("/a b", "/a%20b", ""),
        ("/é", "/%C3%A9", ""),
        ("/a%20b%", "/a%20b%25", ""),
        ("/x'+str(1)+'", "/x'+str(1)+'", ""),
        ('/a"\n', "/a%22%0A", ""),
        ("/{open", "/%7Bopen", ""),
        ("/a}", "/a%7D", ""),
        ("/a?action=x y&v=1", "/a", "action=x%20y&v=1"),
        ("/a#part", "/a", ""),
        ("//evil.example/x", "/evil.example/x", ""),
        ("https://evil.example/x", "/https://evil.example/x", ""),
        ("\\\\evil\\x", "/evil%5Cx", ""),
        ("a", "/a", ""),
        ("", "/", ""),
        ("/a/../../b", "/b", ""),
        ("/a/%2e%2E/.%2e/b", "/b", ""),
        ("/a/b/..", "/a/", ""),
        ("/./a/.", "/a/", ""),
        ("/a/..b/...", "/a/..b/...", ""),
        ("@evil.example", "/@evil.example", ""),
        ("/{a?b#c}/d", "/<a?b#c>/d", ""),
    ],
)
def test_text_is_encoded_and_cut(template, path, text, query):
    found = template(path)
    assert text_of(found) == text
    assert found.query == query


def test_a_parameter_in_the_query_part_is_bound_to_its_key(template):
    found = template("/a?x=1&y={why}")
    assert (found.query, found.bound, found.names) == ("x=1", {"why": "y"}, ())


def test_names_are_taken_as_they_are(template):
    assert template("/y/{id.__class__}").pieces[1] == PathPiece(parameter="id.__class__")


def test_paths_that_differ_in_names_have_one_skeleton(template):
    assert skeleton(template("/a/{x}#1")) == skeleton(template("/a/{y}"))


def test_a_parameter_of_the_query_part_is_sent_in_the_query(paths):
    read = paths("""
paths:
  /a?y={why}&z=1:
    get:
      operationId: o
      parameters: [{name: why, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: ok}}
""")
    (parameter,) = read.operations["o"].parameters
    assert (parameter.wire, parameter.location, parameter.style) == ("y", "query", "form")
    assert read.operations["o"].binding.query == "z=1"
