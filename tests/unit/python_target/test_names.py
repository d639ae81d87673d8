"""Python names made of spec text."""

import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbind.generator.targets.python import reserved
from specbind.generator.targets.python.names import class_name, constant_name, value_name


@pytest.mark.parametrize(
    ("text", "value", "class_"),
    [
        ("getTaskInfo", "get_task_info", "GetTaskInfo"),
        ("HTTPServer", "http_server", "HTTPServer"),
        ("X-Trace-Id", "x_trace_id", "XTraceId"),
        ("createUserID", "create_user_id", "CreateUserID"),
        ("v1beta1", "v1beta1", "V1beta1"),
        ("class", "class_", "Class"),
        ("none", "none", "None_"),
        ("3d", "value_3d", "Type3d"),
        ("", "value_", "Type"),
        ("日本", "u65e5_u672c", "U65e5U672c"),
        ("a.b/c d", "a_b_c_d", "ABCD"),
        ("TaskInfo.status", "task_info_status", "TaskInfoStatus"),
    ],
)
def test_names_follow_the_conventions_of_python(text, value, class_):
    assert value_name(text) == value
    assert class_name(text) == class_


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("available", "AVAILABLE"),
        ("in-progress", "IN_PROGRESS"),
        (10, "VALUE_10"),
        (-1, "MINUS_1"),
        ("+1", "PLUS_1"),
        ("-1", "MINUS_1"),
        ("<=", "LESS_EQUAL"),
        ("", "EMPTY"),
        ("1.5", "VALUE_1_5"),
    ],
)
def test_constants_are_named_after_values(value, name):
    assert constant_name(value) == name


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_every_text_gives_a_name(text):
    for make in (value_name, class_name, constant_name):
        name = make(text)
        assert name.isascii()
        assert name.isidentifier()
        assert not keyword.iskeyword(name)
        assert not name.startswith("_")
        assert len(name) <= 81


def test_the_list_of_keywords_is_whole():
    assert set(keyword.kwlist) <= reserved.KEYWORDS
