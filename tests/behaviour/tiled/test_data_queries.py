"""Queries are encoded as the server reads them, and refuse to be taken for true or false."""

from __future__ import annotations

import datetime
from enum import StrEnum

import numpy as np
import pytest

from specbind.tiled import queries as q


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (q.FullText("dog cat"), {"filter[fulltext][condition][text]": "dog cat"}),
        (q.KeyLookup("a"), {"filter[lookup][condition][key]": "a"}),
        (q.KeysFilter(["a", "b"]), {"filter[keys_filter][condition][keys]": '["a","b"]'}),
        (
            q.Regex("a.b", "^x"),
            {
                "filter[regex][condition][key]": "a.b",
                "filter[regex][condition][pattern]": "^x",
                "filter[regex][condition][case_sensitive]": "true",
            },
        ),
        (q.Eq("a", "x"), {"filter[eq][condition][key]": "a", "filter[eq][condition][value]": '"x"'}),
        (q.Eq("a", None), {"filter[eq][condition][key]": "a", "filter[eq][condition][value]": "null"}),
        (q.NotEq("a", 1.5), {"filter[noteq][condition][key]": "a", "filter[noteq][condition][value]": "1.5"}),
        (
            q.Comparison("le", "a", 3),
            {
                "filter[comparison][condition][operator]": "le",
                "filter[comparison][condition][key]": "a",
                "filter[comparison][condition][value]": "3",
            },
        ),
        (q.Contains("a", "x"), {"filter[contains][condition][key]": "a", "filter[contains][condition][value]": '"x"'}),
        (q.In("a", [1, "b"]), {"filter[in][condition][key]": "a", "filter[in][condition][value]": '[1,"b"]'}),
        (q.NotIn("a", [1]), {"filter[notin][condition][key]": "a", "filter[notin][condition][value]": "[1]"}),
        (
            q.KeyPresent("a", exists=False),
            {"filter[keypresent][condition][key]": "a", "filter[keypresent][condition][exists]": "false"},
        ),
        (q.Like("a", "x%"), {"filter[like][condition][key]": "a", "filter[like][condition][pattern]": '"x%"'}),
        (
            q.SpecsQuery(["s"], ["t"]),
            {"filter[specs][condition][include]": '["s"]', "filter[specs][condition][exclude]": '["t"]'},
        ),
        (
            q.SpecQuery("s"),
            {"filter[specs][condition][include]": '["s"]', "filter[specs][condition][exclude]": "[]"},
        ),
        (q.AccessTagsFilter(["t"]), {"filter[access_tags_filter][condition][tags]": '["t"]'}),
        (q.StructureFamilyQuery("table"), {"filter[structure_family][condition][value]": "table"}),
    ],
)
def test_each_query_is_encoded_exactly(query: q.Query, wanted: dict[str, str]):
    assert dict(q.filter_params([query])) == wanted


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (q.Key("a.b") == 1, q.Eq("a.b", 1)),
        (q.Key("a.b") != 1, q.NotEq("a.b", 1)),
        (q.Key("a.b") < 1, q.Comparison("lt", "a.b", 1)),
        (q.Key("a.b") > 1, q.Comparison("gt", "a.b", 1)),
        (q.Key("a.b") <= 1, q.Comparison("le", "a.b", 1)),
        (q.Key("a.b") >= 1, q.Comparison("ge", "a.b", 1)),
        (1 < q.Key("a.b"), q.Comparison("gt", "a.b", 1)),  # noqa: SIM300 - the other way round is the test
    ],
)
def test_a_key_makes_queries(made: q.Query, wanted: q.Query):
    assert made.encode() == wanted.encode()
    assert type(made) is type(wanted)


def test_queries_of_one_kind_keep_their_order():
    found = q.filter_params([q.Key("a") == 1, q.Key("b") > 2, q.Key("c") == 3])
    assert [text for name, text in found if name == "filter[eq][condition][key]"] == ["a", "c"]
    assert [text for name, text in found if name == "filter[eq][condition][value]"] == ["1", "3"]


@pytest.mark.parametrize("condition", [q.Key("a") == 1, q.FullText("x"), q.Key("a")])
def test_no_query_is_true_or_false(condition: object):
    with pytest.raises(TypeError, match=r"no query|neither"):
        bool(condition)
    with pytest.raises(TypeError):
        _ = condition and q.FullText("y")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(3), "3"),
        (np.float32(0.5), "0.5"),
        (np.bool_(True), "true"),  # noqa: FBT003 - numpy's bool is the test
        ((1, 2), "[1,2]"),
        (datetime.date(2020, 1, 2), '"2020-01-02"'),
    ],
)
def test_values_that_have_a_json_form_are_taken(value: object, text: str):
    assert q.Eq("a", value).encode()["value"] == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x"])
def test_values_without_a_json_form_are_refused(value: object):
    with pytest.raises((TypeError, ValueError)):
        q.Eq("a", value).encode()


def test_a_text_is_no_list():
    with pytest.raises(TypeError, match="list"):
        q.In("a", "abc")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="list"):
        q.SpecsQuery("abc")  # type: ignore[arg-type]


def test_a_key_is_not_compared_with_a_query():
    with pytest.raises(TypeError, match="with a value"):
        _ = q.Key("a") == q.Key("b")


def test_an_operator_that_is_none_is_refused():
    with pytest.raises(ValueError, match="lt"):
        q.Comparison("<", "a", 1)  # type: ignore[arg-type]


def test_a_member_of_an_enum_is_its_value():
    class Family(StrEnum):
        table = "table"

    assert q.StructureFamilyQuery(Family.table).encode() == {"value": "table"}
    with pytest.raises(ValueError, match="'bad' is no structure family; there are array, awkward"):
        q.StructureFamilyQuery("bad")


def test_what_is_no_query_is_refused():
    with pytest.raises(TypeError, match="no query"):
        q.filter_params(["a"])  # type: ignore[list-item]
