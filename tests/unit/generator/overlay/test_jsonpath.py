"""JSONPath as overlays use it."""

import pytest

from specbind.generator.openapi.overlay.jsonpath import Budget, BudgetSpentError, QueryError, parse

VALUE = {
    "info": {"title": "T", "x-level": 3, "x-on": True},
    "paths": {
        "/a": {"get": {"tags": ["x"], "parameters": [{"name": "p", "in": "query"}, {"name": "q", "in": "path"}]}},
        "/b": {"get": {"x-internal": False}, "post": {"deprecated": True}},
    },
    "limit": 3,
    "é a.b": {"'": 1},
    "list": [0, 1, [2, 3], None, {"n": None}],
}


def paths(query: str, value=VALUE) -> list[tuple[str | int, ...]]:
    return [path for path, _ in parse(query).find(value, Budget(10_000))]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("$", [()]),
        ("$.info.title", [("info", "title")]),
        ("$.info.x-level", [("info", "x-level")]),
        ("$ .info [ 'title' ]", [("info", "title")]),
        ("$.paths['/a'].get", [("paths", "/a", "get")]),
        ('$["paths"]["/b"]["post"]', [("paths", "/b", "post")]),
        (r"$['\u00e9 a.b']['\'']", [("é a.b", "'")]),
        ("$.paths.*.get", [("paths", "/a", "get"), ("paths", "/b", "get")]),
        ("$.paths[*]['get','post']", [("paths", "/a", "get"), ("paths", "/b", "get"), ("paths", "/b", "post")]),
        ("$.list[0]", [("list", 0)]),
        ("$.list[-1].n", [("list", 4, "n")]),
        ("$.list[9]", []),
        ("$.list.n", []),
        ("$.info[0]", []),
        ("$..name", [("paths", "/a", "get", "parameters", 0, "name"), ("paths", "/a", "get", "parameters", 1, "name")]),
        ("$..[1]", [("paths", "/a", "get", "parameters", 1), ("list", 1), ("list", 2, 1)]),
        ("$.list..*", [("list", 0), ("list", 1), ("list", 2), ("list", 3), ("list", 4), ("list", 2, 0), ("list", 2, 1),
                       ("list", 4, "n")]),
        ("$..get..tags", [("paths", "/a", "get", "tags")]),
        ("$['info','info']", [("info",)]),
        ("$.nothing.at.all", []),
    ],
)  # fmt: skip
def test_what_a_query_selects(query, expected):
    assert paths(query) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("@.name=='p'", [0]),
        ("@.name == 'p' && @.in == 'query'", [0]),
        ("@.name == 'q' || @.in == 'query'", [0, 1]),
        ("!(@.name == 'q')", [0, 2, 3]),
        ("!@.name", [2, 3]),
        ("@.name", [0, 1]),
        ("@.tags[?@ == 'x']", [2]),
        ("@..deep", [3]),
        ("@.n > 2", [2]),
        ("@.n >= 3 && @.n <= 3.0", [2]),
        ("@.n == $.limit", [2]),
        ("@.n != $.limit", [0, 1, 3]),
        ("@.on == true", [3]),
        ("@.on == 1", []),
        ("@.none == null", [3]),
        ("@.none == @.nothing", [0, 1, 2]),
        ("@.x == @.y", [0, 1, 2, 3]),
        ("@.name < 'q'", [0]),
        ("@.name < 5", []),
        ("'p' == @.name", [0]),
        ("@['tags'][0] == 'x'", [2]),
        ("$.limit == 3", [0, 1, 2, 3]),
        ("@.name == 'p' || @.name == 'q' && @.in == 'query'", [0]),
    ],
)
def test_filters(test, expected):
    items = [
        {"name": "p", "in": "query"},
        {"name": "q", "in": "path"},
        {"n": 3, "tags": ["x", "y"]},
        {"on": True, "none": None, "a": {"deep": 0}},
    ]
    assert paths(f"$.items[?{test}]", {"items": items, "limit": 3}) == [("items", index) for index in expected]


def test_a_filter_also_selects_members():
    assert paths("$.paths[?@.post.deprecated == true]") == [("paths", "/b")]


@pytest.mark.parametrize(
    "query",
    [
        "", "paths", "$.", "$..", "$.a b", "$.paths./a", "$[", "$[]", "$['a]", "$[a]", "$[1.5]", "$[01]", "$[0", "$[?]",
        "$[?@.a =]", "$[?@.a == ]", "$[?1]", "$[?'a']", "$[?@.* == 1]", "$[?@..a == 1]", "$[?length(@.a) == 1]",
        "$[?match(@.a, '(a+)+$')]", "$[?(@.a]", "$[?@.a == [1]]", "$.a.200", "@.a", r"$['\q']", "$" + "[0]" * 3000,
        "$[?" + "(" * 300 + "@" + ")" * 300 + "]", "$[?" + "!" * 300 + "@.a]", "$[1e3]", "$[" + "9" * 40 + "]", "$\0",
        "$[?@.a == " + "9" * 4301 + "]",
    ],
)  # fmt: skip
def test_what_is_no_query_is_refused_with_a_position(query):
    with pytest.raises(QueryError, match=r"\(character \d+\)"):
        parse(query)


def test_work_is_bounded():
    wide = {str(number): {"a": list(range(50))} for number in range(100)}
    query = parse("$..[?$..[?@ == 99]]")
    with pytest.raises(BudgetSpentError):
        query.find(wide, Budget(10_000))


def test_repeated_descent_gives_each_node_once():
    assert len(paths("$..*..*..*")) == len(set(paths("$..*..*..*")))
