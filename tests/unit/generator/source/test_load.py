"""Files to sources, and where things stand in them."""

import codecs

import pytest

from specbind.generator.codes import Code
from specbind.generator.source import ReadError, load


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes, name: str = "spec.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refused(path, **options) -> ReadError:
    with pytest.raises(ReadError) as caught:
        load(path, **options)
    return caught.value


def test_files_that_cannot_be_read(tmp_path):
    assert refused(tmp_path / "missing.yaml").code is Code.UNREADABLE
    assert refused(tmp_path).code is Code.UNREADABLE
    assert refused(tmp_path / "a\0b").code is Code.UNREADABLE


@pytest.mark.parametrize("content", [b"", b" \n\t", b"# only a comment\n", codecs.BOM_UTF8])
def test_empty_files(file, content):
    assert refused(file(content)).code is Code.EMPTY


def test_size_is_bounded(file):
    assert refused(file("a: 12345"), limit=4).code is Code.TOO_LARGE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
@pytest.mark.parametrize(("name", "text"), [("s.json", '{"a": "é"}'), ("s.yaml", "a: é\n")])
def test_encodings_are_recognised(file, encoding, name, text):
    assert load(file(text.encode(encoding), name))[0].value == {"a": "é"}


def test_invalid_bytes_are_an_error_with_their_line(file):
    error = refused(file(b"a: 1\nb: \xff\n"))
    assert error.code is Code.NOT_TEXT
    assert error.offset == len("a: 1\nb: ")


def test_flow_yaml_is_not_taken_for_broken_json(file):
    assert load(file("{a: 1, b: [x]}"))[0].value == {"a": 1, "b": ["x"]}
    assert refused(file("{a: 1}", "s.json")).code is Code.SYNTAX


def test_repeated_keys_and_further_documents_are_findings(file):
    assert [code for code, _, _ in load(file("a: 1\na: 2\n---\nb: 1\n"))[1]] == [
        Code.DUPLICATE_KEY,
        Code.SEVERAL_DOCUMENTS,
    ]
    assert [pointer for _, _, pointer in load(file('{"a": 1, "a": 2}', "s.json"))[1]] == ["/a"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.json", '{\n "a": {\n  "x/y": [1,\n   {"b~": 1.10}]}}'),
        ("s.yaml", "#\na:\n  x/y: [1,\n   {b~: 1.10}]\n"),
    ],
)
def test_pointers_lead_to_lines_and_spellings(file, name, text):
    source, _ = load(file(text, name))
    assert source.locate("/a/x~1y") == (3, 3)
    assert source.locate("/a/x~1y/1/b~0") == (4, 5)
    assert source.locate("/a/x~1y/1/missing/deeper")[0] == 4
    assert source.spelling("/a/x~1y/1/b~0") == "1.10"


def test_lines_count_in_files_with_windows_line_ends(file):
    source, _ = load(file("a: 1\r\nb:\r\n  c: 2\r\n"))
    assert source.locate("/b/c") == (3, 3)


def test_values_nested_deeper_than_any_stack_are_an_error_and_never_a_crash(file):
    codes: list[Code] = []
    for depth in (300, 700, 950, 20_000):
        text = '{"a": ' + "[" * depth + "]" * depth + ', "b": 1, "b": 2}'
        try:
            source, found = load(file(text, "s.json"))
            codes += [code for code, _, _ in found]
            source.locate("/b")
        except ReadError as error:
            codes.append(error.code)
    assert codes[0] is Code.DUPLICATE_KEY
    assert codes[-1] is Code.TOO_DEEP
    assert set(codes) == {Code.DUPLICATE_KEY, Code.TOO_DEEP}
