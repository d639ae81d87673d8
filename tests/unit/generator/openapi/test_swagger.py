"""Swagger 2.0: read to the same model as OpenAPI 3."""

import json

import pytest
import yaml
from tests.support.witness import shared_path

from specbind.generator.diagnostics import Diagnostics, Severity
from specbind.generator.ir.model import (
    ApiKeyScheme,
    HttpScheme,
    ListType,
    NullableType,
    OAuthFlow,
    Ref,
    Scalar,
    ScalarKind,
    UnionType,
)
from specbind.generator.openapi import read_api
from specbind.generator.passes import run_passes

STRING = Scalar(ScalarKind.STRING)
BINARY = Scalar(ScalarKind.BINARY)
OK = "responses: {200: {description: d}}"
METHODS = frozenset(("get", "put", "post", "delete", "options", "head", "patch"))


@pytest.fixture
def swagger(read):
    """Read a document of 2.0 from YAML text."""

    def of(text: str, **options):
        return read(f"swagger: '2.0'\ninfo: {{title: T, version: '1'}}\n{text}", **options)

    return of


def operation(read, name: str = "o"):
    return read.operations[name]


@pytest.mark.parametrize(
    ("text", "urls", "codes"),
    [
        (
            "host: a.example\nbasePath: /v1/\nschemes: [http, https]",
            ["https://a.example/v1", "http://a.example/v1"],
            [],
        ),
        ("host: a.example:81\nschemes: [http]", ["http://a.example:81"], []),
        ("host: a.example", ["https://a.example"], ["SB206"]),
        ("basePath: v1", ["/v1"], []),
        ("schemes: [https]", [], []),
        ("host: 'a b'\nschemes: [https]", [], ["SB225"]),
    ],
)
def test_host_base_path_and_schemes_are_servers(swagger, text, urls, codes):
    read = swagger(f"paths: {{}}\n{text}\n")
    assert [server.url for server in read.api.servers] == urls
    assert read.codes == codes


def test_an_operation_with_schemes_has_servers_of_its_own(swagger):
    read = swagger(f"""
host: a.example
schemes: [https]
paths: {{/a: {{get: {{operationId: o, schemes: [http], {OK}}}, put: {{operationId: p, {OK}}}}}}}
""")
    assert [server.url for server in operation(read).servers] == ["http://a.example"]
    assert operation(read, "p").servers == ()


def test_parameters_are_their_own_schemas(swagger):
    read = swagger(f"""
parameters: {{limit: {{name: limit, in: query, type: integer, format: int32, default: 5, description: At most.}}}}
paths:
  /a/{{id}}:
    parameters: [{{name: id, in: path, required: true, type: string}}, {{name: h, in: header, type: boolean}}]
    get:
      operationId: o
      parameters:
        - {{$ref: '#/parameters/limit'}}
        - {{name: h, in: header, type: string, x-nullable: true}}
        - {{name: sort, in: query, type: string, enum: [up, down]}}
      {OK}
""")
    by_name = {parameter.wire: parameter for parameter in operation(read).parameters}
    assert list(by_name) == ["id", "limit", "h", "sort"]
    assert (by_name["limit"].type, by_name["limit"].default) == (Scalar(ScalarKind.INT32), 5)
    assert by_name["limit"].doc == "At most."
    assert by_name["h"].type == NullableType(STRING)
    assert by_name["sort"].type == Ref("o.sort")
    assert read.codes == []


@pytest.mark.parametrize(
    ("location", "word", "style", "explode"),
    [
        ("query", "", "form", False),
        ("query", "csv", "form", False),
        ("query", "ssv", "spaceDelimited", False),
        ("query", "tsv", "tabDelimited", False),
        ("query", "pipes", "pipeDelimited", False),
        ("query", "multi", "form", True),
        ("header", "csv", "simple", False),
        ("path", "csv", "simple", False),
    ],
)
def test_collection_formats_are_styles(swagger, location, word, style, explode):
    stated = f", collectionFormat: {word}" if word else ""
    read = swagger(f"""
paths: {{'/a/{{x}}': {{get: {{operationId: o, {OK}, parameters: [
  {{name: x, in: {location}, required: true, type: array, items: {{type: integer}}{stated}}}]}}}}}}
""")
    parameter = next(p for p in operation(read).parameters if p.location == location)
    assert parameter.type == ListType(Scalar(ScalarKind.INTEGER))
    assert (parameter.style, parameter.explode) == (style, explode)


@pytest.mark.parametrize(("location", "word"), [("path", "multi"), ("query", "semicolons"), ("header", "ssv")])
def test_a_collection_format_that_does_not_fit_is_said(swagger, location, word):
    read = swagger(f"""
paths: {{'/a/{{x}}': {{get: {{operationId: o, {OK}, parameters: [
  {{name: x, in: {location}, required: true, type: array, items: {{type: integer}}, collectionFormat: {word}}}]}}}}}}
""")
    assert "SB224" in read.codes


def test_form_fields_are_a_form(swagger):
    read = swagger(f"""
paths:
  /a:
    post:
      operationId: o
      consumes: [application/x-www-form-urlencoded]
      parameters:
        - {{name: a, in: formData, type: string, required: true, description: The a.}}
        - {{name: b, in: formData, type: array, items: {{type: string}}, collectionFormat: multi}}
        - {{name: c, in: formData, type: array, items: {{type: string}}}}
      {OK}
""")
    body = operation(read).body
    (payload,) = body.payloads
    assert (body.required, payload.media, payload.type) == (True, "application/x-www-form-urlencoded", Ref("o.body"))
    assert [(field.wire, field.presence.value, field.doc) for field in read.definitions["o.body"].fields] == [
        ("a", "required", "The a."), ("b", "optional", ""), ("c", "optional", ""),
    ]  # fmt: skip
    assert [(part.wire, part.style, part.explode) for part in payload.parts] == [
        ("b", "form", True), ("c", "form", False),
    ]  # fmt: skip
    assert operation(read).parameters == ()
    assert read.codes == []


@pytest.mark.parametrize(
    ("consumes", "expected", "codes"),
    [
        ("[multipart/form-data]", ["multipart/form-data"], []),
        ("[application/x-www-form-urlencoded, multipart/form-data]", ["multipart/form-data"], []),
        ("[application/json]", ["multipart/form-data"], ["SB206"]),
    ],
)
def test_files_make_a_multipart_body(swagger, consumes, expected, codes):
    read = swagger(f"""
paths: {{/a: {{post: {{operationId: o, consumes: {consumes}, {OK}, parameters: [
  {{name: f, in: formData, type: file}}, {{name: t, in: formData, type: string}}]}}}}}}
""")
    body = operation(read).body
    assert [payload.media for payload in body.payloads] == expected
    assert read.fields("o.body") == {"f": BINARY, "t": STRING}
    assert not body.required
    assert read.codes == codes


def test_two_form_types_have_one_definition(swagger):
    read = swagger(f"""
consumes: [application/x-www-form-urlencoded, multipart/form-data]
paths: {{/a: {{post: {{operationId: o, {OK}, parameters: [{{name: t, in: formData, type: string}}]}}}}}}
""")
    assert [payload.type for payload in operation(read).body.payloads] == [Ref("o.body")] * 2


def test_bodies_and_answers_have_the_media_types_of_the_operation_or_of_the_document(swagger):
    read = swagger("""
consumes: [application/json]
produces: [application/xml]
paths:
  /a:
    post:
      operationId: o
      produces: [application/json, text/csv]
      parameters: [{name: any, in: body, required: true, description: It., schema: {$ref: '#/definitions/P'}}]
      responses: {200: {description: d, schema: {$ref: '#/definitions/P'}}, 404: {$ref: '#/responses/No'}}
    get: {operationId: p, responses: {200: {description: d, schema: {type: object, properties: {a: {type: string}}}}}}
responses:
  No: {description: n, schema: {type: object, properties: {m: {type: string}}},
       headers: {X-Left: {type: integer, description: Left.}, X-Ids: {type: array, items: {type: string}}}}
definitions: {P: {type: object, properties: {n: {type: integer}}}}
""")
    found = operation(read)
    assert (found.body.required, found.body.doc) == (True, "It.")
    assert [(payload.media, payload.type) for payload in found.body.payloads] == [("application/json", Ref("P"))]
    good, bad = found.responses
    assert [(payload.media, payload.type) for payload in good.payloads] == [
        ("application/json", Ref("P")), ("text/csv", Ref("P")),
    ]  # fmt: skip
    assert (bad.error, bad.payloads[0].type) == (True, Ref("No.response"))
    assert [(header.wire, header.type, header.style, header.doc) for header in bad.headers] == [
        ("X-Left", Scalar(ScalarKind.INTEGER), "simple", "Left."), ("X-Ids", ListType(STRING), "simple", ""),
    ]  # fmt: skip
    assert [payload.media for payload in operation(read, "p").responses[0].payloads] == ["application/xml"]
    assert "p.200" in read.definitions
    assert read.codes == []


def test_without_media_types_json_is_taken_and_said_once(swagger):
    read = swagger("""
paths:
  /a:
    get: {operationId: o, responses: {200: {description: d, schema: {type: string}}}}
    put: {operationId: p, responses: {200: {description: d, schema: {type: string}}}}
""")
    assert operation(read).responses[0].payloads[0].media == "application/json"
    assert read.codes == ["SB206"]


def test_files_are_bytes_and_other_answers_are_not(swagger):
    read = swagger("""
produces: [application/json, application/zip]
paths:
  /a:
    get:
      operationId: o
      responses: {200: {description: d, schema: {type: file}}, default: {description: e, schema: {type: object}}}
    put:
      operationId: p
      produces: [application/zip]
      responses: {200: {description: d, schema: {type: file}}, default: {description: e, schema: {type: object}}}
""")
    for name in "op":
        good, bad = operation(read, name).responses
        assert [(payload.media, payload.type) for payload in good.payloads] == [("application/zip", BINARY)]
        assert [payload.media for payload in bad.payloads] == ["application/json"]


def test_a_string_in_a_binary_media_type_is_bytes(swagger):
    read = swagger("""
paths:
  /a:
    get:
      operationId: o
      produces: [image/png, application/octet-stream]
      responses: {200: {description: d, schema: {type: string}}}
    put:
      operationId: p
      produces: [image/png]
      responses: {200: {description: d, schema: {type: object}}}
""")
    (answer,) = operation(read, "o").responses
    assert [(payload.media, payload.type) for payload in answer.payloads] == [
        ("image/png", BINARY), ("application/octet-stream", BINARY),
    ]  # fmt: skip
    assert [payload.media for payload in operation(read, "p").responses[0].payloads] == ["application/json"]
    assert read.codes == ["SB233"]


def test_several_bodies_are_members_of_one_object(swagger):
    read = swagger(f"""
consumes: [application/json]
paths: {{/a: {{post: {{operationId: o, {OK}, parameters: [
  {{name: u, in: body, required: true, schema: {{type: string}}}}, {{name: p, in: body, type: string}}]}}}}}}
""")
    assert operation(read).body.payloads[0].type == Ref("o.body")
    assert read.fields("o.body") == {"u": STRING, "p": STRING}
    assert read.codes == ["SB206", "SB231"]


def test_a_body_beside_form_fields_is_said(swagger):
    read = swagger(f"""
consumes: [multipart/form-data]
paths: {{/a: {{post: {{operationId: o, {OK}, parameters: [
  {{name: u, in: body, schema: {{type: object}}}}, {{name: p, in: formData, type: string}}]}}}}}}
""")
    assert read.fields("o.body") == {"p": STRING}
    assert read.codes == ["SB231"]


def test_security_definitions(swagger):
    read = swagger(f"""
security: [{{b: []}}]
securityDefinitions:
  b: {{type: basic}}
  k: {{type: apiKey, in: query, name: token}}
  o: {{type: oauth2, flow: accessCode, authorizationUrl: 'https://a', tokenUrl: 'https://t', scopes: {{r: Read}}}}
  c: {{type: oauth2, flow: application, tokenUrl: 'https://t', scopes: {{}}}}
paths: {{/a: {{get: {{operationId: o, security: [{{o: [r]}}, {{k: []}}], {OK}}}, put: {{operationId: p, {OK}}}}}}}
""")
    basic, key, code, client = read.api.security_schemes
    assert basic == HttpScheme("b", "basic")
    assert key == ApiKeyScheme("k", "token", "query")
    assert code.flows == (OAuthFlow("authorizationCode", "https://a", token_url="https://t", scopes=(("r", "Read"),)),)
    assert [flow.flow for flow in client.flows] == ["clientCredentials"]
    assert operation(read).security == ((("o", ("r",)),), (("k", ()),))
    assert operation(read, "p").security == ((("b", ()),),)
    assert read.codes == []


def test_a_discriminator_makes_a_family_by_the_names_of_definitions(swagger):
    read = swagger("""
paths: {}
definitions:
  Pet: {type: object, discriminator: kind, required: [kind], properties: {kind: {type: string}}}
  Cat: {allOf: [{$ref: '#/definitions/Pet'}, {type: object, properties: {lives: {type: integer}}}]}
  Owner: {type: object, properties: {pet: {$ref: '#/definitions/Pet'}, age: {type: integer, x-nullable: true}}}
""")
    family = read.type("Pet")
    assert isinstance(family, UnionType)
    assert (family.discriminator, [variant.tags for variant in family.variants]) == ("kind", [("Cat",), ("Pet",)])
    assert read.fields("Owner") == {"pet": Ref("Pet"), "age": NullableType(Scalar(ScalarKind.INTEGER))}


def test_wrong_parts_are_said_with_their_place_and_lose_no_operation(swagger):
    read = swagger(f"""
consumes: [application/json]
produces: [application/json]
paths:
  /a:
    get:
      operationId: o
      parameters: [{{in: query}}, {{name: x, in: nowhere}}, 5, {{name: q, in: query, schema: {{type: integer}}}}]
      responses: {{200: {{description: d, schema: {{type: object, properties: {{p: {{type: float}}}}}}}}}}
    post: {{operationId: p, parameters: [{{name: uuid, in: body, schema: {{type: string}}}}], {OK}}}
""")
    assert [parameter.wire for parameter in operation(read).parameters] == ["q"]
    assert read.fields("o.200") == {"p": Scalar(ScalarKind.NUMBER)}
    assert operation(read, "p").body.payloads[0].type == STRING
    assert {"SB204", "SB208", "SB235"} == set(read.codes)
    assert read.found("SB208").place.line == 12


def test_a_missing_2_0_reference_is_a_loss(swagger):
    read = swagger(f"paths: {{/a: {{get: {{operationId: o, parameters: [{{$ref: '#/parameters/no'}}], {OK}}}}}}}")
    assert read.errors == ["SB113"]


def documents():
    paths = sorted(shared_path("corpus", "swagger2").iterdir())
    return [*paths, shared_path("upstream", "nodeodm-swagger.json")]


def test_public_documents_lower_completely():
    lacking = []
    for path in documents():
        text = path.read_text()
        raw = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
        expected = {
            (method.upper(), name) for name, item in raw["paths"].items() for method in item if method in METHODS
        }
        diagnostics = Diagnostics()
        api = run_passes(read_api(path, diagnostics), diagnostics)
        found = {
            (operation.binding.method, operation.binding.path)
            for service in api.services
            for operation in service.operations
        }
        errors = {item.code for item in diagnostics if item.severity is Severity.ERROR}
        if found != expected or not errors <= {"SB113"}:  # one document has references to nothing
            lacking.append((path.name, expected - found, errors))
    assert lacking == []


def test_a_document_and_its_conversion_to_3_0_mean_the_same():
    both = [
        read_api(shared_path("corpus", *parts), Diagnostics())
        for parts in (("swagger2", "kubernetes--api.json"), ("openapi", "kubernetes--converted.json"))
    ]
    first, second = (
        {operation.id: operation for service in api.services for operation in service.operations} for api in both
    )
    assert first.keys() == second.keys()
    for name, found in first.items():
        other = second[name]
        assert [p.type for p in found.parameters] == [p.type for p in other.parameters]
        assert (found.body and found.body.payloads) == (other.body and other.body.payloads)
        assert [r.payloads for r in found.responses] == [r.payloads for r in other.responses]
    assert [item.id for item in both[0].definitions] == [item.id for item in both[1].definitions]
