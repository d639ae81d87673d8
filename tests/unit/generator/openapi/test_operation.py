"""Operations, parameters, bodies, responses."""

import json

import pytest
from msgspec import UNSET

from specbind.generator.ir.model import (
    AnyType,
    HttpBinding,
    ListType,
    PathPiece,
    Presence,
    Ref,
    Scalar,
    ScalarKind,
)

STRING = Scalar(ScalarKind.STRING)
INTEGER = Scalar(ScalarKind.INTEGER)
BINARY = Scalar(ScalarKind.BINARY)
OK = "responses: {'200': {description: ok}}"


def test_an_operation_keeps_what_the_document_says(paths):
    read = paths(f"""
tags: [{{name: pets, description: All pets.}}]
paths:
  /pets/{{id}}/info:
    summary: shared
    get:
      operationId: getPet
      tags: [pets, more]
      summary: One pet.
      description: Long words.
      deprecated: true
      x-specbind-name: info
      parameters: [{{name: id, in: path, required: true, schema: {{type: integer}}}}]
      {OK}
""")
    (service,) = read.api.services
    assert (service.id, service.doc) == ("pets", "All pets.")
    (operation,) = service.operations
    assert operation.binding == HttpBinding(
        "GET", "/pets/{id}/info", (PathPiece("/pets/"), PathPiece(parameter="id"), PathPiece("/info"))
    )
    assert (operation.id, operation.name, operation.summary, operation.doc) == (
        "getPet",
        "info",
        "One pet.",
        "Long words.",
    )
    assert (operation.safe, operation.idempotent, operation.deprecated) == (True, True, True)
    assert operation.tags == ("pets", "more")
    assert operation.source == "#/paths/~1pets~1{id}~1info/get"
    assert read.codes == []


def test_services_are_in_order_of_appearance(paths):
    read = paths(f"""
paths:
  /a: {{get: {{tags: [z], {OK}}}, post: {{tags: [a], {OK}}}}}
  /b: {{get: {{{OK}}}, put: {{tags: [z], {OK}}}}}
""")
    assert [service.id for service in read.api.services] == ["z", "a", ""]


def test_operation_ids_are_made_and_kept_unique(paths):
    read = paths(f"""
paths:
  /pets/{{id}}: {{get: {{{OK}}}, delete: {{operationId: x, {OK}}}}}
  /pets/id: {{get: {{{OK}}}, put: {{operationId: x, {OK}}}}}
  /: {{get: {{{OK}}}}}
""")
    assert list(read.operations) == ["get_pets_by_id", "x", "get_pets_id", "x_2", "get_root"]
    assert read.codes.count("SB216") == 3
    assert read.codes.count("SB217") == 1


@pytest.mark.parametrize(
    ("method", "idempotent", "safe"),
    [("get", True, True), ("head", True, True), ("put", True, False), ("delete", True, False), ("post", False, False),
     ("patch", False, False), ("options", True, True), ("trace", True, True), ("query", True, True)],
)  # fmt: skip
def test_methods_say_what_may_be_repeated(paths, method, idempotent, safe):
    (operation,) = paths(f"paths: {{/a: {{{method}: {{{OK}}}}}}}").operations.values()
    assert (operation.binding.method, operation.idempotent, operation.safe) == (method.upper(), idempotent, safe)


def test_the_document_may_say_that_a_call_is_idempotent(paths):
    (operation,) = paths(f"paths: {{/a: {{post: {{x-specbind-idempotent: true, {OK}}}}}}}").operations.values()
    assert operation.idempotent


def test_additional_operations_of_3_2(paths):
    read = paths(f"paths: {{/a: {{additionalOperations: {{COPY: {{operationId: c, {OK}}}}}}}}}", version="3.2.0")
    assert read.operations["c"].binding.method == "COPY"


@pytest.mark.parametrize("method", ["", "TWO WORDS", "GET / HTTP/1.1\r\nX: y"])
def test_what_is_no_method_is_left_out(paths, method):
    entry = json.dumps(method)
    read = paths(f"paths: {{/a: {{additionalOperations: {{{entry}: {{operationId: c, {OK}}}}}}}}}", version="3.2.0")
    assert read.operations == {}
    assert read.codes == ["SB205"]


@pytest.mark.parametrize(
    ("location", "style", "explode"),
    [("query", "form", True), ("path", "simple", False), ("header", "simple", False), ("cookie", "form", True)],
)
def test_style_and_explode_are_resolved(paths, location, style, explode):
    read = paths(
        "paths: {'/a/{p}': {get: {operationId: o, parameters: [{name: p, in: " + location + ", schema: {type: string}}"
        + (", {name: p, in: path, schema: {}}" if location != "path" else "") + f"], {OK}}}}}}}"
    )  # fmt: skip
    parameter = next(found for found in read.operations["o"].parameters if found.location == location)
    assert (parameter.style, parameter.explode) == (style, explode)
    assert parameter.presence is (Presence.REQUIRED if location == "path" else Presence.OPTIONAL)


def test_parameters_keep_their_details(paths):
    read = paths("""
paths:
  /a:
    parameters:
      - {name: shared, in: query, schema: {type: string}}
      - {name: both, in: query, schema: {type: string}}
    get:
      operationId: o
      parameters:
        - {name: both, in: query, required: true, schema: {type: integer, default: 3}}
        - {name: deep, in: query, style: deepObject, explode: true, schema: {type: object}}
        - {name: json, in: query, content: {application/json: {schema: {type: array, items: {type: string}}}}}
        - {name: raw, in: query, allowReserved: true, allowEmptyValue: true, deprecated: true, schema: {type: string}}
        - {name: odd, in: query, style: label, schema: {type: string}}
        - {name: Accept, in: header, schema: {type: string}}
        - {name: bare, in: query}
        - {name: ids, in: query, style: pipeDelimited, schema: {type: array, items: {enum: [a, b]}}}
      responses: {}
""")
    found = {parameter.wire: parameter for parameter in read.operations["o"].parameters}
    assert list(found) == ["shared", "both", "deep", "json", "raw", "odd", "bare", "ids"]
    assert (found["both"].type, found["both"].default, found["both"].presence) == (INTEGER, 3, Presence.REQUIRED)
    assert (found["deep"].style, found["deep"].explode) == ("deepObject", True)
    assert (found["json"].media, found["json"].type) == ("application/json", ListType(STRING))
    assert (found["raw"].allow_reserved, found["raw"].allow_empty, found["raw"].deprecated) == (True, True, True)
    assert (found["odd"].style, found["bare"].type) == ("form", STRING)
    assert (found["ids"].explode, found["ids"].type) == (False, ListType(Ref("o.ids.item")))
    assert found["shared"].default is UNSET
    assert sorted(read.codes) == ["SB206", "SB222", "SB224", "SB228"]


def test_path_parameters_and_the_path_agree_or_it_is_a_finding(paths):
    read = paths(f"""
paths:
  /a/{{x}}/{{y}}:
    get: {{operationId: o, parameters: [{{name: y, in: path, required: true, schema: {{type: integer}}}}], {OK}}}
  /b:
    get: {{operationId: p, parameters: [{{name: z, in: path, required: true, schema: {{type: integer}}}}], {OK}}}
""")
    assert [(p.wire, p.type) for p in read.operations["o"].parameters] == [("x", STRING), ("y", INTEGER)]
    assert read.operations["p"].parameters == ()
    assert sorted(read.codes) == ["SB218", "SB219"]


def test_a_repeated_parameter_is_a_finding_and_the_first_counts(paths):
    read = paths(f"""
paths: {{/a: {{get: {{operationId: o, parameters: [
  {{name: p, in: query, schema: {{type: string}}}}, {{name: p, in: query, schema: {{type: integer}}}}], {OK}}}}}}}
""")
    assert [parameter.type for parameter in read.operations["o"].parameters] == [STRING]
    assert read.codes == ["SB221"]


def test_a_parameter_that_is_repeated_word_for_word_is_no_finding(paths):
    twice = "{name: p, in: query, schema: {type: string}}"
    read = paths(f"paths: {{/a: {{get: {{operationId: o, parameters: [{twice}, {twice}], {OK}}}}}}}")
    assert len(read.operations["o"].parameters) == 1
    assert read.codes == []


def test_shared_parameters_are_named_after_their_own_place(paths):
    read = paths(f"""
paths:
  /a: {{parameters: [{{name: q, in: query, schema: {{enum: [a, b]}}}}], get: {{operationId: o, {OK}}}}}
  /b: {{get: {{operationId: p, parameters: [{{$ref: '#/components/parameters/Sort'}}], {OK}}}}}
components: {{parameters: {{Sort: {{name: sort, in: query, schema: {{enum: [up, down]}}}}}}}}
""")
    assert set(read.definitions) == {"a.q", "Sort.parameter"}


def test_bodies(paths):
    read = paths("""
paths:
  /a:
    post:
      operationId: add
      requestBody:
        description: What to add.
        required: true
        content:
          application/json: {schema: {type: object, properties: {a: {type: string}}}}
          application/merge-patch+json: {schema: {type: object, properties: {a: {type: string}}}}
          application/x-www-form-urlencoded: {schema: {type: object, properties: {b: {type: string}}}}
          multipart/form-data:
            schema: {type: object, properties: {photo: {type: string, format: binary}, extra: {type: object}}}
            encoding:
              photo: {contentType: image/png, headers: {X-Id: {schema: {type: integer}}}}
              extra: {style: deepObject}
          image/png: {schema: {type: string}}
          application/octet-stream: {}
          text/plain: {}
      responses: {'204': {description: none}}
""")
    body = read.operations["add"].body
    assert (body.required, body.doc) == (True, "What to add.")
    types = {payload.media: payload.type for payload in body.payloads}
    assert types == {
        "application/json": Ref("add.body"),
        "application/merge-patch+json": Ref("add.body"),
        "application/x-www-form-urlencoded": Ref("add.body.x_www_form_urlencoded"),
        "multipart/form-data": Ref("add.body.form_data"),
        "image/png": BINARY,
        "application/octet-stream": BINARY,
        "text/plain": STRING,
    }
    photo, extra = body.payloads[3].parts
    assert (photo.wire, photo.media, photo.headers[0].wire, photo.headers[0].type) == (
        "photo",
        "image/png",
        "X-Id",
        INTEGER,
    )
    assert (extra.style, extra.explode) == ("deepObject", True)


def test_a_body_without_media_type_is_bytes(paths):
    read = paths(f"paths: {{/a: {{post: {{operationId: o, requestBody: {{}}, {OK}}}}}}}")
    assert read.operations["o"].body.payloads[0].type == BINARY
    assert "SB206" in read.codes


@pytest.mark.parametrize(
    ("statuses", "errors"),
    [
        ("200 default", [False, True]),
        ("default", [False]),
        ("404 default", [True, False]),
        ("302 default 5xx", [False, True, True]),
        ("2XX 4XX", [False, True]),
        ("101 200", [False, False]),
    ],
)
def test_which_responses_are_errors(paths, statuses, errors):
    responses = ", ".join(f"{status}: {{description: d}}" for status in statuses.split())
    read = paths(f"paths: {{/a: {{get: {{operationId: o, responses: {{{responses}}}}}}}}}")
    assert [response.error for response in read.operations["o"].responses] == errors
    assert [response.status for response in read.operations["o"].responses] == [
        status.upper() if "x" in status.lower() else status for status in statuses.split()
    ]


def test_responses_keep_headers_links_and_payloads(paths):
    read = paths("""
paths:
  /a:
    get:
      operationId: o
      responses:
        200:
          description: Good.
          headers: {X-Rate: {description: Left., schema: {type: integer}}, Content-Type: {schema: {type: string}}}
          content:
            application/json: {schema: {type: object, properties: {a: {type: string}}}}
            text/event-stream: {schema: {type: object, properties: {e: {type: string}}}}
            application/jsonl: {schema: {type: array, items: {type: integer}}}
          links: {next: {operationId: o}}
        400: {$ref: '#/components/responses/Bad'}
        nope: {description: x}
components:
  responses:
    Bad: {description: Bad., content: {application/json: {schema: {type: object, properties: {m: {type: string}}}}}}
""")
    good, bad = read.operations["o"].responses
    assert (good.status, good.doc, [header.wire for header in good.headers]) == ("200", "Good.", ["X-Rate"])
    assert [(link.name, link.operation) for link in good.links] == [("next", "o")]
    plain, events, lines = good.payloads
    assert (plain.type, plain.item) == (Ref("o.200"), None)
    assert events.item == events.type == Ref("o.200.event_stream")
    assert lines.item == INTEGER
    assert (bad.error, bad.payloads[0].type) == (True, Ref("Bad.response"))
    assert read.codes == ["SB229"]


def test_item_schemas_of_3_2(paths):
    read = paths(
        """
paths: {/a: {get: {operationId: o, responses: {'200': {description: d, content: {
  text/event-stream: {itemSchema: {type: object, properties: {e: {type: string}}}}}}}}}}
""",
        version="3.2.0",
    )
    (payload,) = read.operations["o"].responses[0].payloads
    assert (payload.item, payload.type) == (Ref("o.200.item"), ListType(Ref("o.200.item")))
    assert read.codes == []


def test_path_items_behind_references(paths):
    read = paths(f"""
paths: {{/a: {{$ref: '#/components/pathItems/P'}}}}
components: {{pathItems: {{P: {{get: {{operationId: o, {OK}}}}}}}}}
""")
    assert read.operations["o"].binding.path == "/a"


def test_no_operation_is_lost_over_a_malformed_part(paths):
    read = paths("""
paths:
  /a:
    get:
      operationId: o
      summary: [1]
      tags: x
      deprecated: maybe
      parameters: [{in: query}, 5, {$ref: '#/nope'}, {name: good, in: query, schema: {type: string}}]
      requestBody: 7
      responses: {200: [], default: {description: d, content: {application/json: {schema: 5}}, headers: []}}
      security: [x]
      servers: [{url: 5}]
""")
    operation = read.operations["o"]
    assert [parameter.wire for parameter in operation.parameters] == ["good"]
    assert [response.status for response in operation.responses] == ["200", "default"]
    assert operation.responses[1].payloads[0].type == AnyType(degraded=True)
    assert {"SB204", "SB205", "SB209", "SB113"} <= set(read.codes)


def test_servers_of_document_path_and_operation(paths):
    read = paths(f"""
servers:
  - {{url: 'https://{{region}}.example.com', variables: {{region: {{default: eu, enum: [eu, us]}}}}}}
  - {{url: 'javascript:alert(1)'}}
paths:
  /a:
    servers: [{{url: /path}}]
    get: {{operationId: o, {OK}}}
    put: {{operationId: p, servers: [{{url: /own}}], {OK}}}
""")
    (server,) = read.api.servers
    assert server.variables == (("region", "eu", ("eu", "us"), ""),)
    assert [read.operations[name].servers[0].url for name in "op"] == ["/path", "/own"]
    assert "SB225" in read.codes


def test_a_failure_schema_is_marked(schemas):
    read = schemas("E: {type: object, x-specbind-failure: true, properties: {error: {type: string}}}")
    assert read.definitions["E"].failure


def test_the_whole_query_string_as_one_parameter(paths):
    text = """
paths: {/a: {get: {operationId: o, responses: {200: {description: d}}, parameters: [
  {name: filter, in: querystring, content: {application/x-www-form-urlencoded: {schema: {
     type: object, properties: {a: {type: string}}}}}}MORE]}}}
"""
    read = paths(text.replace("MORE", ""), version="3.2.0")
    (parameter,) = read.operations["o"].parameters
    assert (parameter.location, parameter.media) == ("querystring", "application/x-www-form-urlencoded")
    assert parameter.type == Ref("o.filter")
    assert read.codes == []
    assert paths(text.replace("MORE", ", {name: q, in: query, schema: {type: string}}"), version="3.2.0").codes == [
        "SB232"
    ]


def test_methods_of_3_2(paths):
    read = paths(
        f"paths: {{/a: {{query: {{operationId: q, {OK}}}, additionalOperations: {{LINK: {{operationId: l, {OK}}}}}}}}}",
        version="3.2.0",
    )
    query, link = read.operations["q"], read.operations["l"]
    assert (query.binding.method, query.safe, query.idempotent) == ("QUERY", True, True)
    assert (link.binding.method, link.safe, link.idempotent) == ("LINK", False, False)
    assert read.codes == []


def test_parts_have_headers_of_their_own(paths):
    read = paths("""
paths:
  /a:
    post:
      operationId: o
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties: {f: {type: string, format: binary}, xs: {type: array, items: {type: string}}}
            encoding:
              f:
                contentType: 'image/png, image/jpeg'
                headers: {X-Sum: {required: true, schema: {type: integer}}, Content-Type: {schema: {type: string}}}
              xs: {style: pipeDelimited, explode: false}
      responses: {200: {description: d}}
""")
    file, many = read.operations["o"].body.payloads[0].parts
    assert (file.wire, file.media) == ("f", "image/png, image/jpeg")
    assert [(header.wire, header.type, header.presence) for header in file.headers] == [
        ("X-Sum", INTEGER, Presence.REQUIRED)
    ]
    assert (many.style, many.explode) == ("pipeDelimited", False)
