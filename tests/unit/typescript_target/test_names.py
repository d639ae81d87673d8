"""Names of any text are identifiers of TypeScript, and of the usual form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbind.generator.emit.text import identifier
from specbind.generator.targets.typescript.names import package_name, shape_name, type_name, value_name
from specbind.generator.targets.typescript.reserved import KEYWORDS


@given(st.text())
def test_any_text_makes_names(text: str):
    for name in (type_name(text), value_name(text, "call")):
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
        assert name not in KEYWORDS
    assert type_name(text)[0].isupper()
    assert not value_name(text, "call")[0].isupper()
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", package_name(text))


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("getTaskInfo", "GetTaskInfo", "getTaskInfo"),
        ("get-pet.by id", "GetPetById", "getPetById"),
        ("HTTPServer", "HTTPServer", "httpServer"),
        ("delete", "Delete", "delete_"),
        ("3d", "Type3d", "call3d"),
        ("", "Type", "call"),
        ("日本", "U65e5U672c", "u65e5U672c"),
    ],
)
def test_names(text: str, type_: str, value: str):
    assert type_name(text) == type_
    assert value_name(text, "call") == value


def test_constants_that_differ_have_shapes_that_differ():
    assert shape_name(identifier("getPet_2")) == "GetPet_2"
