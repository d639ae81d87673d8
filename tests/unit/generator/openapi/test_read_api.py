"""The entry: what is an OpenAPI document, and what becomes of one that is not."""

import hashlib

import pytest

from specbind.generator.diagnostics import Diagnostics, SpecError
from specbind.generator.ir.model import Ref, dump
from specbind.generator.openapi import read_api

MINIMAL = "openapi: 3.1.0\ninfo: {title: Pet Store, version: 2.0}\npaths: {}\n"


def refused(tmp_path, text: str, name: str = "spec.yaml") -> SpecError:
    path = tmp_path / name
    path.write_text(text)
    diagnostics = Diagnostics()
    with pytest.raises(SpecError) as caught:
        read_api(path, diagnostics)
    assert diagnostics.failed
    return caught.value


def test_name_version_and_hash(read):
    api = read(MINIMAL).api
    assert (api.name, api.title, api.version) == ("Pet Store", "Pet Store", "2.0")
    assert api.spec_sha256 == hashlib.sha256(MINIMAL.encode()).hexdigest()
    assert read(MINIMAL, name="pets").api.name == "pets"
    assert read("openapi: 3.0.0\npaths: {}\n").api.name == "spec"


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("<html>", "SB201", 1),
        ("- a\n", "SB201", 1),
        ("info: {}\n", "SB201", 1),
        ("\n\nswagger: '1.2'\n", "SB202", 3),
        ("info: {}\nopenapi: 4.0.0\n", "SB202", 2),
        ("openapi: three\n", "SB202", 1),
        ("openapi: 3.0.0\npaths: [\n", "SB105", 3),
        ("", "SB103", 0),
    ],
)
def test_documents_of_another_kind_are_refused_with_their_place(tmp_path, text, code, line):
    error = refused(tmp_path, text)
    assert error.diagnostic.code == (code if text else "SB104")
    assert error.diagnostic.place.line == line
    assert error.diagnostic.place.file.endswith("spec.yaml")
    assert len(str(error).splitlines()) <= 3


def test_an_unquoted_version_is_read(read):
    assert read("openapi: 3.0\npaths: {}\n").api.definitions == ()


def test_a_newer_minor_version_is_read_with_a_warning(read):
    assert read("openapi: 3.9.0\npaths: {}\n").codes == ["SB203"]


@pytest.mark.parametrize("text", ["openapi: 3.1.0\n", "openapi: 3.1.0\npaths:\ncomponents:\n", MINIMAL])
def test_almost_nothing_is_a_document_too(read, text):
    assert read(text).api.services == ()


def test_nesting_is_bounded_with_a_place(tmp_path):
    deep = "{type: string}"
    for _ in range(150):
        deep = f"{{items: {deep}}}"
    error = refused(tmp_path, f"openapi: 3.1.0\npaths: {{}}\ncomponents:\n  schemas:\n    X: {deep}\n")
    assert error.diagnostic.code == "SB106"
    assert error.diagnostic.place.pointer.startswith("#/components/schemas/X/items")
    assert error.diagnostic.place.line == 5


def test_two_readings_are_equal(read):
    text = MINIMAL.replace("paths: {}", "paths: {/a: {get: {responses: {200: {content: {application/json: {}}}}}}}")
    assert dump(read(text).api) == dump(read(text).api)


def test_files_are_read_where_they_are_allowed(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "pet.yaml").write_text(
        "Pet: {type: object, properties: {tag: {$ref: '../tag.yaml'}, self: {$ref: '#/Pet'}}}\n"
    )
    (tmp_path / "tag.yaml").write_text("type: object\nproperties: {n: {enum: [a, b]}}\n")
    (tmp_path / "op.yaml").write_text(
        "operationId: getPet\n"
        "responses: {200: {content: {application/json: {schema: {$ref: 'models/pet.yaml#/Pet'}}}}}\n"
    )
    path = tmp_path / "spec.yaml"
    path.write_text("openapi: 3.0.0\npaths: {/pet: {get: {$ref: op.yaml}}}\n")
    diagnostics = Diagnostics()
    api = read_api(path, diagnostics, allow_files=True)
    assert [definition.id for definition in api.definitions] == ["Pet", "tag", "tag.n"]
    assert [definition.source for definition in api.definitions] == [
        "models/pet.yaml#/Pet", "tag.yaml#", "tag.yaml#/properties/n",
    ]  # fmt: skip
    assert list(diagnostics) == []


def test_a_finding_in_another_file_names_that_file(tmp_path):
    (tmp_path / "pet.yaml").write_text("type: object\nproperties:\n  a: {$ref: '#/nope'}\n")
    path = tmp_path / "spec.yaml"
    path.write_text("openapi: 3.0.0\npaths: {}\ncomponents: {schemas: {P: {$ref: pet.yaml}}}\n")
    diagnostics = Diagnostics()
    read_api(path, diagnostics, allow_files=True)
    (found,) = diagnostics
    assert found.place.file.endswith("pet.yaml")
    assert (found.place.line, found.place.pointer) == (3, "#/properties/a")


def chain(length: int, link: str) -> str:
    links = [
        f"    S{n}: {link.replace('NEXT', f'#/components/schemas/S{n + 1}').replace('OWN', f'p{n}')}"
        for n in range(length)
    ]
    schemas = "\n".join([*links, f"    S{length}: {{type: object, properties: {{last: {{type: string}}}}}}"])
    return f"openapi: 3.1.0\npaths: {{}}\ncomponents:\n  schemas:\n{schemas}\n"


LINKS = (
    "{allOf: [{$ref: 'NEXT'}, {type: object, properties: {OWN: {type: string}}}]}",
    "{oneOf: [{$ref: 'NEXT'}, {type: object, properties: {OWN: {type: string}}}]}",
    "{anyOf: [{$ref: 'NEXT'}, {type: 'null'}]}",
    "{allOf: [{oneOf: [{$ref: 'NEXT'}]}, {properties: {OWN: {type: string}}}]}",
)


@pytest.mark.parametrize("link", LINKS)
def test_long_chains_of_schemas_are_read(read, link):
    found = read(chain(200, link))
    assert "S0" in found.definitions
    assert found.errors == []


def test_what_a_long_chain_inherits_is_whole(read):
    found = read(chain(200, LINKS[0]))
    assert set(found.fields("S0")) == {"last", *(f"p{n}" for n in range(200))}


@pytest.mark.parametrize("link", LINKS)
def test_chains_are_bounded_with_a_place(tmp_path, link):
    error = refused(tmp_path, chain(700, link))
    assert error.diagnostic.code == "SB106"
    assert error.diagnostic.place.pointer.startswith("#/components/schemas/S")


def test_a_named_schema_that_leads_to_another_file_gives_it_its_name(tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "spec.yaml").write_text("""
openapi: 3.1.0
info: {title: t, version: '1'}
paths: {}
components:
  schemas:
    Leaf: {$ref: more/leaf.yaml}
    Same: {$ref: more/leaf.yaml}
    Far: {$ref: 'more/index.yaml#/Far'}
    Own: {$ref: more/leaf.yaml, required: [tree]}
    Round: {$ref: 'more/index.yaml#/Round'}
""")
    (tmp_path / "more" / "leaf.yaml").write_text("{type: object, properties: {tree: {$ref: leaf.yaml}}}")
    (tmp_path / "more" / "index.yaml").write_text("Far: {$ref: far.yaml}\nRound: {$ref: 'other.yaml#/Round'}\n")
    (tmp_path / "more" / "other.yaml").write_text("Round: {$ref: 'index.yaml#/Round'}")
    (tmp_path / "more" / "far.yaml").write_text("{type: object, properties: {leaf: {$ref: leaf.yaml}}}")
    api = read_api(tmp_path / "spec.yaml", Diagnostics(), allow_files=True, allow_partial=True)
    kinds = {definition.id: type(definition).__name__ for definition in api.definitions}
    assert (kinds["Leaf"], kinds["Same"], kinds["Far"], kinds["Own"]) == ("Object", "Alias", "Object", "Object")
    assert not {"leaf", "far", "index", "other"} & kinds.keys()
    far = next(definition for definition in api.definitions if definition.id == "Far")
    assert far.fields[0].type == Ref("Leaf")
