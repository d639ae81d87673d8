"""`specbind diff`: what changed, for people and for tools, and an exit status for CI."""

import json

import pytest
from tests.support.witness import ROOT

from specbind.generator.cli import _parser, main

OLD = """\
openapi: 3.1.0
info: {title: Small, version: "1"}
paths:
  /pets/{id}:
    get:
      operationId: getPet
      tags: [pets]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}}
components:
  schemas:
    Pet: {type: object, properties: {name: {type: string}, age: {type: integer}}}
"""
SAME = OLD
TEXT = OLD.replace("title: Small", "title: Other")
MORE = OLD.replace("age: {type: integer}", "age: {type: integer}, kind: {type: string}")
RENAMED = OLD.replace("getPet", "findPet")
BROKEN = OLD.replace("age: {type: integer}", "age: {type: string}")


@pytest.fixture
def pair(tmp_path):
    def write(new: str, old: str = OLD) -> list[str]:
        (tmp_path / "old.yaml").write_text(old)
        (tmp_path / "new.yaml").write_text(new)
        return [str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")]

    return write


@pytest.mark.parametrize(
    ("new", "statuses", "bump"),
    [
        (SAME, {"breaking": 0, "source": 0, "any": 0, "never": 0}, "none"),
        (TEXT, {"breaking": 0, "source": 0, "any": 1, "never": 0}, "patch"),
        (MORE, {"breaking": 0, "source": 0, "any": 1, "never": 0}, "minor"),
        (RENAMED, {"breaking": 0, "source": 1, "any": 1, "never": 0}, "major"),
        (BROKEN, {"breaking": 1, "source": 1, "any": 1, "never": 0}, "major"),
    ],
)
def test_the_status_follows_the_heaviest_change(pair, capsys, new, statuses, bump):
    for threshold, status in statuses.items():
        assert main(["diff", *pair(new), "--fail-on", threshold]) == status
        assert capsys.readouterr().out.endswith(f"suggested version bump: {bump}\n")


def test_breaking_changes_fail_by_default(pair):
    assert main(["diff", *pair(BROKEN)]) == 1
    assert main(["diff", *pair(RENAMED)]) == 0


def test_a_change_is_told_with_its_line_in_the_new_document(pair, capsys):
    main(["diff", *pair(BROKEN)])
    said = capsys.readouterr().out.splitlines()
    assert said[0].endswith("new.yaml:12:60  breaking SD501  Pet.age: was integer, is string")
    assert said[1:3] == ["    at #/components/schemas/Pet/properties/age", "    in getPet"]


def test_what_was_removed_is_told_with_its_line_in_the_old_document(pair, capsys):
    main(["diff", *pair(OLD, BROKEN.replace("age", "weight"))])
    assert "old.yaml:12:60  breaking SD523  Pet.weight: the member is gone" in capsys.readouterr().out


def test_json_is_for_tools(pair, capsys):
    assert main(["diff", *pair(BROKEN), "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["bump"] == "major"
    assert said["counts"] == {"breaking": 1, "source": 0, "addition": 0, "note": 0}
    (change,) = said["changes"]
    assert change["code"] == "SD501"
    assert (change["document"], change["line"]) == ("new", 12)
    assert change["operations"] == ["getPet"]


def test_markdown_has_a_table_that_text_of_a_spec_cannot_leave(pair, capsys):
    evil = "x | y` <img src=a> [a](b) \\u000a# h \\u001b[31m"
    new = OLD.replace("age: {type: integer}", f'age: {{type: integer}}, "{evil}": {{type: string}}')
    assert main(["diff", *pair(new), "--format", "markdown"]) == 0
    said = capsys.readouterr().out
    (row,) = [line for line in said.splitlines() if line.startswith("| SD")]
    assert row.count("|") == 5
    assert not any(letter in row for letter in "`[]\x1b")
    assert "<img" not in row
    assert "### Additions" in said


def test_text_of_a_spec_cannot_steer_a_terminal(pair, capsys):
    new = OLD.replace("age: {type: integer}", 'age: {type: integer}, "\\u001b[31m\\u000a": {type: string}')
    main(["diff", *pair(new)])
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert len(said.splitlines()) == 4


def test_a_model_stands_for_its_document(pair, tmp_path, capsysbinary):
    old, new = pair(BROKEN)
    main(["ir", old])
    model = tmp_path / "old.json"
    model.write_bytes(capsysbinary.readouterr().out)
    assert main(["diff", str(model), old, "--fail-on", "any"]) == 0
    assert main(["diff", str(model), new]) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"schema": 99, "name": "a", "version": ""}', "SB005"),
        ('{"schema": 1, "name": 1}', "SB005"),
        ('{"schema": 1}', "SB005"),
        ("[" * 5000, "SB1"),
        ("{}", "SB201"),
        ("{", "SB105"),
    ],
)
def test_what_is_neither_document_nor_model_ends_in_status_2(pair, tmp_path, capsys, content, code):
    (tmp_path / "bad.json").write_text(content)
    for arguments in ([str(tmp_path / "bad.json"), pair(OLD)[1]], [pair(OLD)[0], str(tmp_path / "bad.json")]):
        assert main(["diff", *arguments]) == 2
        said = capsys.readouterr()
        assert code in said.err
        assert "bad.json" in said.err
        assert said.out == ""


def test_a_missing_document_ends_in_status_2(pair, tmp_path, capsys):
    assert main(["diff", pair(OLD)[0], str(tmp_path / "missing.yaml")]) == 2
    assert "SB101" in capsys.readouterr().err


def test_a_model_with_references_to_nothing_is_compared(tmp_path):
    model = tmp_path / "a.json"
    alias = '{"kind": "alias", "id": "A", "type": {"kind": "ref", "id": "%s"}}'
    for target in ("A", "B"):
        model.write_text(f'{{"schema": 1, "name": "a", "version": "", "definitions": [{alias % target}]}}')
        assert main(["diff", str(model), str(model), "--fail-on", "any"]) == 0


@pytest.mark.parametrize("depth", [50, 300, 900, 3000])
def test_a_model_may_nest_deep_or_is_refused(tmp_path, capsys, depth):
    model = tmp_path / "a.json"
    types = '{"kind": "list", "item": ' * depth + '{"kind": "any"}' + "}" * depth
    alias = f'{{"kind": "alias", "id": "A", "type": {types}}}'
    model.write_text(f'{{"schema": 1, "name": "a", "version": "", "definitions": [{alias}]}}')
    status = main(["diff", str(model), str(model), "--fail-on", "any"])
    assert status == 0 if depth == 50 else status in (0, 2)
    assert status == 0 or "SB" in capsys.readouterr().err


def test_findings_of_the_documents_are_shown_when_asked_for(pair, capsys):
    arguments = pair(OLD.replace("operationId: getPet\n", "\n"), OLD.replace("operationId: getPet\n", "\n"))
    assert main(["diff", *arguments]) == 0
    assert "SB216" not in capsys.readouterr().err
    assert main(["diff", *arguments, "-v"]) == 0
    assert capsys.readouterr().err.count("SB216") == 2


def test_the_commands_of_the_page_on_ci_are_understood():
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    lines = [line.strip().removeprefix("- run: ") for line in page.splitlines()]
    commands = [line.partition("#")[0].partition(">>")[0].split()[1:] for line in lines if line.startswith("specbind ")]
    assert {command[0] for command in commands} == {"check", "diff"}
    for command in commands:
        _parser(command).parse_args(command)


def test_an_overlay_is_applied_to_both(pair, tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(
        "overlay: 1.0.0\ninfo: {title: o, version: '1'}\n"
        "actions: [{target: $.components.schemas.Pet.properties.age, remove: true}]\n"
    )
    assert main(["diff", *pair(BROKEN), "--overlay", str(overlay), "--fail-on", "source"]) == 0


SENT = """\
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /x:
    post:
      operationId: x
      parameters:
        - {name: a, in: query, schema: {type: string, not: {const: q}}}
        - {name: b, in: query, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/M"}}}}
      responses: {"204": {description: ok}}
components:
  schemas:
    M: {allOf: [{$ref: "#/components/schemas/A"}, {type: object, properties: {x: {type: string, not: {const: z}}}}]}
    A: {type: object, properties: {q: {type: string}}}
"""
FIRST, SECOND = SENT.splitlines()[7:9]
PARTS = '{$ref: "#/components/schemas/A"}, {type: object, properties: {x: {type: string, not: {const: z}}}}'
SWAPPED = SENT.replace(PARTS, ", ".join(reversed(PARTS.split(", ", 1))))
OTHER = "not: {minLength: 1}"
NAMED = SENT.replace("{type: string, not: {const: q}}", '{$ref: "#/components/schemas/S"}')
NAMED += "    S: {type: string, not: {const: q}}\n"


def keywords(pair, capsys, old, new):
    """What `specbind diff` says of keywords, and whether it breaks."""
    broken = main(["diff", *pair(new, old)]) == 1
    lines = capsys.readouterr().out.splitlines()
    return broken, [line.partition("  ")[2] for line in lines if " SD514 " in line or " SD515 " in line]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(SENT, SENT.replace(f"{FIRST}\n{SECOND}", f"{SECOND}\n{FIRST}"), id="parameters"),
        pytest.param(SENT, SWAPPED, id="parts of allOf"),
        pytest.param(SENT, NAMED, id="a schema is given a name"),
        pytest.param(SENT, SENT.replace("M: {", "N: {").replace("schemas/M", "schemas/N"), id="another name"),
    ],
)
def test_keywords_that_stand_elsewhere_are_the_same(pair, capsys, old, new):
    assert keywords(pair, capsys, old, new)[1] == []
    assert keywords(pair, capsys, new, old)[1] == []


@pytest.mark.parametrize(
    ("new", "owner"),
    [
        pytest.param(SWAPPED.replace("not: {const: z}", OTHER), "M: ", id="parts of allOf"),
        pytest.param(NAMED.replace("not: {const: q}", OTHER), "", id="a schema is given a name"),
        pytest.param(
            SENT.replace("M: {", "N: {").replace("schemas/M", "schemas/N").replace("not: {const: z}", OTHER),
            "N: ",
            id="another name",
        ),
    ],
)
def test_keywords_that_stand_elsewhere_and_differ_break(pair, capsys, new, owner):
    broken, (said, *_) = keywords(pair, capsys, SENT, new)
    assert broken
    assert said.startswith(f"breaking SD514  {owner}the keyword 'not'")


def test_a_keyword_that_goes_from_one_parameter_to_another_is_gone_and_new(pair, capsys):
    new = SENT.replace("name: a,", "name: c,").replace("name: b,", "name: a,").replace("name: c,", "name: b,")
    broken, said = keywords(pair, capsys, SENT, new)
    assert broken
    assert [line.partition("  ")[0] for line in said] == ["breaking SD514", "addition SD515"]


def test_keywords_in_another_file_are_said_to_be_not_compared(tmp_path, capsys):
    for name, keyword, code in (("old", "", "200"), ("new", "not: {required: [q]}, ", "201")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "m.yaml").write_text(f"M: {{type: object, {keyword}properties: {{q: {{type: string}}}}}}\n")
        (folder / "a.yaml").write_text(
            SENT.partition("components:")[0]
            .replace("#/components/schemas/M", "m.yaml#/M")
            .replace('"204"', f'"{code}"')
        )
    main(["diff", "--allow-files", str(tmp_path / "old" / "a.yaml"), str(tmp_path / "new" / "a.yaml")])
    said = capsys.readouterr().out
    assert "note SD108" in said
    assert "in another file" in said


UNSEEN = OLD.replace("version: ", "x-other: 1, version: ")
NOT = OLD.replace("Pet: {type: object,", "Pet: {type: object, not: {required: [age]},")


@pytest.mark.parametrize("keyword", ["not: {type: 'null'}", "if: {minProperties: 1}", "dependentSchemas: {a: {}}"])
def test_keywords_that_only_validate_are_named_and_may_break(pair, capsys, keyword):
    name = keyword.partition(":")[0]
    new = OLD.replace("Pet: {type: object,", f"Pet: {{type: object, {keyword},")
    status = main(["diff", *pair(new), "--fail-on", "any"])
    said = capsys.readouterr().out
    assert status == 1
    assert f"SD514  Pet: the keyword {name!r} is new" in said
    assert f"at #/components/schemas/Pet/{name}" in said
    assert "SD108" not in said


def test_a_keyword_of_what_is_sent_breaks(pair, capsys):
    body = 'requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}'
    old, new = (text.replace("      tags: [pets]", f"      tags: [pets]\n      {body}") for text in (OLD, NOT))
    assert main(["diff", *pair(new, old)]) == 1
    said = capsys.readouterr().out
    assert "breaking SD514  Pet: the keyword 'not' is new" in said
    assert "    in getPet" in said


def test_a_keyword_that_changes_or_goes_is_named(pair, capsys):
    assert main(["diff", *pair(NOT.replace("[age]}", "[name]}"), NOT), "--fail-on", "any"]) == 1
    assert "the keyword 'not' has changed" in capsys.readouterr().out
    assert main(["diff", *pair(OLD, NOT), "--fail-on", "any"]) == 1
    assert "SD515  Pet: the keyword 'not' is gone" in capsys.readouterr().out
    assert main(["diff", *pair(NOT, NOT), "--fail-on", "any"]) == 0


@pytest.mark.parametrize(("form", "words"), [("text", "note SD108"), ("json", '"SD108"'), ("markdown", "| SD108 |")])
def test_documents_that_differ_in_what_is_not_compared_are_not_said_to_be_the_same(pair, capsys, form, words):
    assert main(["diff", *pair(UNSEEN), "--format", form, "--fail-on", "any"]) == 1
    said = capsys.readouterr().out
    assert words in said
    assert "no changes" not in said
    assert main(["diff", *pair(UNSEEN)]) == 0


TWO = OLD.replace(
    "components:",
    """\
  /internal/state:
    get:
      operationId: getState
      tags: [internal]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: string}}}}}
components:""",
)
BROKEN_INSIDE = TWO.replace("schema: {type: string}}}}}\ncomponents", "schema: {type: integer}}}}}\ncomponents")


@pytest.mark.parametrize(
    ("selection", "status"),
    [
        ([], 1),
        (["--include", "tag:pets"], 0),
        (["--include", "path:/internal/**"], 1),
        (["--exclude", "tag:internal"], 0),
        (["--exclude", "operation:getPet"], 1),
    ],
)
def test_selectors_choose_what_is_compared_in_both_documents(pair, selection, status):
    assert main(["diff", *pair(BROKEN_INSIDE, TWO), *selection]) == status


PROTOS = {
    "shop/order.proto": 'syntax = "proto3"; package shop; import "shop/item.proto"; message Order { Item item = 1; }\n'
    "service Shop { rpc Buy(Order) returns (Order); }",
    "shop/item.proto": 'syntax = "proto3"; package shop; import "base/money.proto";\n'
    "message Item { base.Money cost = 1; }",
}
MONEY = 'syntax = "proto3"; package base; message Money { int64 units = 1; }'


@pytest.fixture
def trees(tmp_path):
    """The folders of two versions, of which the new one has another type in an imported file, and one for both."""
    for version, files in {"old": PROTOS, "new": PROTOS, "shared": {"base/money.proto": MONEY}}.items():
        for name, text in files.items():
            path = tmp_path / version / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    item = tmp_path / "new" / "shop" / "item.proto"
    item.write_text(item.read_text().replace("base.Money cost = 1", "string cost = 1"))
    return tmp_path


@pytest.mark.parametrize("order", [["old", "new", "shared"], ["shared", "new", "old"]])
@pytest.mark.parametrize("named", ["shop/order.proto", "."])
def test_each_proto_imports_from_the_roots_that_are_not_the_other_ones(trees, capsys, order, named):
    def roots_of(*names):
        return [word for name in names for word in ("--proto-root", str(trees / name))]

    roots = roots_of(*order)
    both = [str(trees / version / named) for version in ("old", "new")]
    assert main(["diff", *both, *roots, "--format", "json"]) == 1
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert "breaking" in [change["impact"] for change in changes if "cost" in change["message"]]
    assert main(["diff", both[0], both[0], *roots_of("old", "shared")]) == 0


def test_protos_without_the_roots_of_their_imports_cannot_be_compared(trees, capsys):
    both = [str(trees / version / "shop" / "order.proto") for version in ("old", "new")]
    assert main(["diff", *both]) == 2
    assert "shop/item.proto" in capsys.readouterr().err
