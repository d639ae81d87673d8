"""Text of a spec reaches the output through a writer or not at all."""

import pytest
from jinja2 import Environment, UndefinedError

from specbind.generator.emit.environment import make_environment
from specbind.generator.emit.text import Code, SpecText, UnsafeTextError, code, compose, identifier, join


@pytest.fixture
def environment(tmp_path):
    def of(template: str) -> Environment:
        (tmp_path / "page.jinja").write_text(template)
        return make_environment(tmp_path, {}).get_template("page.jinja")

    return of


def test_code_is_printed(environment):
    assert environment("a {{ x }}").render(x=code("b")) == "a b"


@pytest.mark.parametrize("value", ["plain", SpecText("text"), 1, None, True])
def test_anything_but_code_is_refused(environment, value):
    with pytest.raises(UnsafeTextError):
        environment("{{ x }}").render(x=value)


@pytest.mark.parametrize("expression", ["x ~ x", "x + x", "x | upper", "x | indent", "'text'", "[x] | join"])
def test_code_loses_its_type_in_jinja_expressions(environment, expression):
    with pytest.raises(UnsafeTextError):
        environment("{{ " + expression + " }}").render(x=code("b"))


def test_an_undefined_name_is_an_error(environment):
    with pytest.raises(UndefinedError):
        environment("{{ missing }}").render()


def test_spec_text_has_no_string_form():
    text = SpecText("evil()")
    for turn in (str, format, "{}".format, lambda value: f"{value}"):
        with pytest.raises(UnsafeTextError):
            turn(text)
    assert repr(SpecText("a\u202eb" * 100)) == "SpecText('" + "a\\u202eb" * 20 + "')"


@pytest.mark.parametrize("text", ["", "1a", "a b", "a\n", "é", "a.b", "a;b"])
def test_identifier_refuses_what_is_no_name(text):
    with pytest.raises(UnsafeTextError):
        identifier(text)


def test_compose_and_join_take_code_only():
    assert compose("{}[{}]", code("list"), code("int")) == "list[int]"
    assert isinstance(join(", ", [code("a"), code("b")]), Code)
    with pytest.raises(UnsafeTextError):
        compose("{}", "plain")  # type: ignore[arg-type]
    with pytest.raises(UnsafeTextError):
        join(", ", ["plain"])  # type: ignore[list-item]
