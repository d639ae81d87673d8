"""What is published although OpenAPI forbids it: read as it is meant, or looser with a finding; no operation lost."""

import pytest

from specbind.generator.ir.model import AnyType, Ref, Scalar, ScalarKind

STRING = Scalar(ScalarKind.STRING)


def test_methods_are_read_in_any_case(paths):
    read = paths("paths: {/a: {GET: {operationId: o}, Post: {operationId: p}, post: {operationId: q}}}")
    assert list(read.operations) == ["q", "o"]
    assert read.operations["o"].binding.method == "GET"


def test_null_is_as_good_as_absent(paths):
    read = paths("""
paths:
  /a:
    post: null
    get:
      operationId: o
      parameters: [null]
      requestBody: null
      tags: null
      security: null
      responses: {200: null, 204: {content: null, headers: null}}
  /b: null
components: {schemas: {X: {type: object, properties: null, required: null, items: null, enum: null, allOf: null}}}
""")
    assert [response.status for response in read.operations["o"].responses] == ["200", "204"]
    assert read.errors == []
    assert {"SB204", "SB209"}.isdisjoint(read.codes)


@pytest.mark.parametrize("paths_are", ["[{get: {}}]", "x", "7"])
def test_paths_that_are_no_map_are_a_loss(read, paths_are):
    assert read(f"openapi: 3.1.0\npaths: {paths_are}\n").errors == ["SB205"]


def test_names_that_begin_like_extensions_are_names(paths):
    read = paths("""
paths:
  /a:
    get:
      operationId: o
      security: [{x-key: []}]
      responses: {200: {content: {x-world/x-3dmf: {schema: {type: string}}}}}
webhooks: {x-moved: {post: {operationId: w, responses: {}}}}
components: {securitySchemes: {x-key: {type: apiKey, in: header, name: X-Key}}}
""")
    assert [scheme.id for scheme in read.api.security_schemes] == ["x-key"]
    assert [payload.media for payload in read.operations["o"].responses[0].payloads] == ["x-world/x-3dmf"]
    assert [operation.id for operation in read.api.webhooks] == ["w"]
    assert "SB226" not in read.codes


def test_lists_that_are_something_else_are_taken_for_what_they_mean(paths):
    read = paths("""
servers: {url: https://one.example}
paths:
  /a:
    get:
      operationId: o
      tags: pets
      security: {key: []}
      parameters: {q: {name: q, in: query, schema: {type: string}}}
      responses: {200: {content: {application/json: {schema: {$ref: '#/components/schemas/X'}}}}}
    put: {operationId: p, security: [key], responses: {204: {}}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: K}}
  schemas: {X: {type: object, required: a, properties: {a: {allOf: {type: string}}}}}
""")
    operation = read.operations["o"]
    assert operation.tags == ("pets",)
    assert [parameter.wire for parameter in operation.parameters] == ["q"]
    assert operation.security == read.operations["p"].security
    assert len(operation.security[0]) == 1
    assert read.fields("X") == {"a": STRING}
    assert read.field("X", "a").presence.value == "required"
    assert read.api.servers[0].url == "https://one.example"
    assert set(read.codes) == {"SB204"}


def test_a_malformed_answer_or_media_type_stays_one(paths):
    read = paths("paths: {/a: {get: {operationId: o, responses: {200: [], 400: {content: {application/json: []}}}}}}")
    found = read.operations["o"].responses
    assert [response.status for response in found] == ["200", "400"]
    assert found[1].payloads[0].type == AnyType()
    assert read.errors == []


def test_references_are_followed_through_references(paths):
    read = paths("""
paths:
  /a: {$ref: '#/components/pathItems/P'}
  /b: {get: {operationId: b, responses: {200: {content: {application/json: {schema: {
    $ref: '#/paths/~1a/get/responses/200/content/application~1json/schema'}}}}}}}
components:
  pathItems: {P: {get: {operationId: a, responses: {200: {$ref: '#/components/responses/R'}}}}}
  responses: {R: {content: {application/json: {schema: {type: object, properties: {x: {type: string}}}}}}}
  schemas:
    Y: {$ref: '#/components/schemas/Z'}
    Z: {type: object, properties: {p: {type: array, items: {type: string, enum: [a, b]}}}}
    X: {type: object, properties: {q: {$ref: '#/components/schemas/Y/properties/p/items'}}}
    C: {$ref: '#/components/schemas/C/properties/c'}
""")
    types = [read.operations[name].responses[0].payloads[0].type for name in "ab"]
    assert types[0] == types[1]
    assert read.fields("X") == {"q": Ref("Z.p.item")}
    assert read.found("SB236").place.pointer == "#/components/schemas/C"


def test_a_boolean_default_that_is_quoted_is_meant_as_one(schemas):
    read = schemas(
        "X: {type: object, properties: {a: {type: boolean, default: 'False'}, b: {type: boolean, default: n}}}"
    )
    assert read.field("X", "a").default is False
    assert read.codes == ["SB212"]


def test_a_key_that_stands_twice_is_a_loss_where_operations_stand_and_a_finding_below(read):
    text = "openapi: 3.1.0\npaths: {/a: {get: {description: x, description: y}}}\n"
    assert read(text).errors == []
    assert read(text).codes[0] == "SB120"
    assert read("openapi: 3.1.0\npaths: {/a: {get: {}}, /a: {post: {}}}\n").errors == ["SB109"]
    assert read("openapi: 3.1.0\npaths: {/a: {get: {}, get: {}}}\n").errors == ["SB109"]


def test_a_member_that_is_required_by_a_word_is_not_invented(schemas):
    read = schemas("X: {type: object, required: 'yes', properties: {a: {type: string, required: 'true'}}}")
    assert list(read.fields("X")) == ["a"]
