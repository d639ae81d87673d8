"""One change of a call: operation, parameter, body, answer, security, server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.generator.compat.versions import Document, changes, compared

BASE = Document()
ID = BASE.parameters
LIMIT = "{name: limit, in: query, schema: {type: integer}}"
TAGS = "{name: tag, in: query, schema: {type: array, items: {type: string}}}"
GET = "  /pets:\n    get: {operationId: listPets, responses: {}}\n"
OK = BASE.responses
KEYS = "securitySchemes: {key: {type: apiKey, name: X-Key, in: header}, token: {type: http, scheme: bearer}}"
HOOK = "webhooks: {{born: {{post: {{operationId: born, {0} responses: {{}}}}}}}}\n"


def of(**parts: str) -> Document:
    return replace(BASE, **parts)


def body(content: str, more: str = "") -> Document:
    return of(body=f"requestBody: {{content: {{{content}}}{more}}},")


def limited(extra: str) -> Document:
    return of(parameters=f"{ID}, {LIMIT[:-1]}, {extra}}}")


# old, new, what is found; then what is found with old and new swapped
ONE_CHANGE = [
    (BASE, of(paths=GET), "OPERATION_ADDED addition", "OPERATION_REMOVED breaking"),
    (BASE, of(method="put"), "OPERATION_MOVED breaking, OPERATION_REPEATABLE note", ""),
    (BASE, of(path="/animals/{id}"), "OPERATION_MOVED breaking", "OPERATION_MOVED breaking"),
    (
        BASE, of(operation="operationId: createPet, tags: [pets]"),
        "OPERATION_RENAMED source", "OPERATION_RENAMED source",
    ),
    (
        BASE, of(operation="operationId: addPet, tags: [animals]"),
        "OPERATION_REGROUPED source", "OPERATION_REGROUPED source",
    ),
    (BASE, of(operation=f"{BASE.operation}, deprecated: true"), "DEPRECATED addition", "UNDEPRECATED note"),
    (BASE, of(parameters=f"{ID}, {LIMIT}"), "PARAMETER_ADDED addition", "PARAMETER_REMOVED breaking"),
    (
        BASE, of(parameters=f"{ID}, {LIMIT.replace('in: query', 'in: query, required: true')}"),
        "PARAMETER_ADDED_REQUIRED breaking", "PARAMETER_REMOVED breaking",
    ),
    (
        of(parameters=f"{ID}, {LIMIT}"), limited("required: true"),
        "VALUE_REQUIRED breaking", "VALUE_OPTIONAL addition",
    ),
    (
        of(parameters=f"{ID}, {LIMIT}"), of(parameters=f"{ID}, {LIMIT.replace('query', 'header')}"),
        "PARAMETER_MOVED breaking", "PARAMETER_MOVED breaking",
    ),
    (
        of(parameters=f"{ID}, {TAGS}"), of(parameters=f"{ID}, {TAGS.replace('query', 'query, explode: false')}"),
        "PARAMETER_STYLE breaking", "PARAMETER_STYLE breaking",
    ),
    (
        BASE, of(path="/pets/{pet}", parameters=ID.replace("name: id", "name: pet")),
        "PARAMETER_RENAMED source", "PARAMETER_RENAMED source",
    ),
    (
        of(parameters=f"{ID}, {LIMIT}"), of(parameters=f"{ID}, {LIMIT.replace('integer', 'string')}"),
        "TYPE_CHANGED breaking", "TYPE_CHANGED breaking",
    ),
    (of(body=""), BASE, "BODY_ADDED addition", "BODY_REMOVED breaking"),
    (
        of(body=""), body("application/json: {schema: {type: string}}", ", required: true"),
        "BODY_ADDED_REQUIRED breaking", "BODY_REMOVED breaking",
    ),
    (
        BASE, body("application/json: {schema: {type: string}}", ", required: true"),
        "VALUE_REQUIRED breaking", "VALUE_OPTIONAL addition",
    ),
    (
        BASE, body("application/json: {schema: {type: string}}, text/plain: {schema: {type: string}}"),
        "MEDIA_ADDED addition", "MEDIA_REMOVED breaking",
    ),
    (BASE, of(responses=f'{OK}, "404": {{description: none}}'), "ERROR_ADDED addition", "ERROR_REMOVED note"),
    (BASE, of(responses=f'{OK}, "202": {{description: later}}'), "ANSWER_ADDED breaking", "ANSWER_REMOVED breaking"),
    (
        BASE, of(responses=OK.replace("ok,", "ok, headers: {X-Rate: {schema: {type: integer}}},")),
        "PARAMETER_ADDED addition", "PARAMETER_REMOVED breaking",
    ),
    (BASE, of(rest="servers: [{url: 'https://a.example/'}]\n"), "SERVER_ADDED addition", "SERVER_REMOVED breaking"),
    (BASE, of(info='{title: Other, version: "1"}'), "TITLE note", "TITLE note"),
    (BASE, of(info='{title: Small, version: "1", description: new}'), "OTHER note", "OTHER note"),
    (
        BASE, of(components=KEYS),
        "SCHEME_ADDED addition, SCHEME_ADDED addition", "SCHEME_REMOVED source, SCHEME_REMOVED source",
    ),
    (
        of(components=KEYS), of(components=KEYS.replace("X-Key", "X-Other")),
        "SCHEME_CHANGED breaking", "SCHEME_CHANGED breaking",
    ),
    (
        of(components=KEYS), of(components=KEYS, operation=f"{BASE.operation}, security: [{{key: []}}]"),
        "SECURITY_REMOVED breaking", "SECURITY_ADDED addition",
    ),
    (
        of(components=KEYS, operation=f"{BASE.operation}, security: [{{key: []}}]"),
        of(components=KEYS, operation=f"{BASE.operation}, security: [{{key: []}}, {{token: []}}]"),
        "SECURITY_ADDED addition", "SECURITY_REMOVED breaking",
    ),
    (BASE, of(rest=HOOK.format("")), "OPERATION_ADDED addition", "OPERATION_REMOVED breaking"),
]  # fmt: skip


def words(found: list[tuple[str, str]]) -> str:
    return ", ".join(f"{rule} {impact}" for rule, impact in found)


@pytest.mark.parametrize(("old", "new", "there", "back"), ONE_CHANGE)
def test_one_change_is_one_finding_and_the_reverse_another(old, new, there, back):
    assert words(changes(old, new)) == there
    if back:
        assert words(changes(new, old)) == back


def test_what_a_webhook_brings_is_received():
    content = "requestBody: {content: {application/json: {schema: {type: %s}}}},"
    old, new = (of(rest=HOOK.format(content % kind)) for kind in ("integer", "number"))
    assert changes(old, new) == [("TYPE_WIDENED", "breaking")]
    assert changes(new, old) == [("TYPE_NARROWED", "source")]


def test_a_range_covers_a_status_that_is_stated_later():
    wide = OK.replace('"200"', '"2XX"')
    assert changes(of(responses=wide), of(responses=f"{wide}, {OK}")) == [("OTHER", "note")]


def test_an_operation_that_gets_servers_of_its_own_leaves_those_of_the_document():
    all_ = "servers: [{url: /a}]\n"
    old, new = of(rest=all_), of(rest=all_, operation=f"{BASE.operation}, servers: [{{url: /b}}]")
    assert changes(old, new) == [("SERVER_REMOVED", "breaking"), ("SERVER_ADDED", "addition")]
    assert changes(old, of(rest=all_, operation=f"{BASE.operation}, servers: [{{url: /a}}]")) == [("OTHER", "note")]


def test_two_operations_on_one_path_but_for_its_names_are_both_compared():
    twin = "  /pets/{name}:\n    post: {operationId: other, %sresponses: {}}\n"
    old, new = of(paths=twin % ""), of(paths=twin % "deprecated: true, ")
    assert changes(old, old) == []
    assert changes(old, new) == [("DEPRECATED", "addition")]
    assert changes(old, BASE) == [("OPERATION_REMOVED", "breaking")]


def test_declared_answers_where_none_were_change_what_a_call_returns():
    assert changes(of(responses=""), BASE) == [("ANSWER_STATED", "source")]
    assert changes(BASE, of(responses="")) == [("ANSWER_REMOVED", "breaking")]


CALLBACK = "callbacks: {%s: {'{$request.body#/url}': {post: {operationId: %s, responses: {}}}}}"


def test_callbacks_are_told_apart_by_name():
    two = f"{(CALLBACK % ('one', 'first'))[:-1]}, {(CALLBACK % ('two', 'second'))[12:]}"
    old = of(operation=f"{BASE.operation}, {two}")
    assert changes(old, old) == []
    assert changes(old, of(operation=f"{BASE.operation}, {CALLBACK % ('one', 'first')}")) == [
        ("OPERATION_REMOVED", "breaking")
    ]


def test_a_charset_that_is_meant_anyway_and_a_slash_at_the_end_of_a_server_are_no_changes():
    json = "application/json: {schema: {type: string}}"
    charset = changes(body(json), body(json.replace("json", "json; charset=UTF-8")))
    first, second = (Document(rest=f"servers: [{{url: 'https://a.test/v1{end}'}}]\n") for end in ("", "/"))
    assert {weight for _, weight in charset + changes(first, second)} <= {"note"}


def test_a_server_that_is_no_longer_first_is_a_note():
    one, two = (of(rest=f"servers: [{order}]\n") for order in ("{url: /a}, {url: /b}", "{url: /b}, {url: /a}"))
    assert changes(one, two) == [("SERVER_DEFAULT", "note")]


def test_a_scope_more_is_a_way_less():
    scheme = "securitySchemes: {o: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {r: '', w: ''}}}}}"
    one, two = (
        of(components=scheme, operation=f"{BASE.operation}, security: [{{o: [{scopes}]}}]") for scopes in ("r", "r, w")
    )
    assert ("SECURITY_REMOVED", "breaking") in changes(one, two)
    assert ("SECURITY_REMOVED", "breaking") not in changes(two, one)


def test_a_finding_names_its_place_and_the_operations_that_it_touches():
    schemas = "schemas: {Pet: {type: object, properties: {age: {type: %s}}}}"
    pet = '{$ref: "#/components/schemas/Pet"}'
    uses = of(
        body=f"requestBody: {{content: {{application/json: {{schema: {pet}}}}}}},",
        paths=GET.replace(
            "responses: {}", f'responses: {{"200": {{description: ok, content: {{a/json: {{schema: {pet}}}}}}}}}'
        ),
    )
    (found,) = compared(
        replace(uses, components=schemas % "string"), replace(uses, components=schemas % "boolean")
    ).findings
    assert found.source == "#/components/schemas/Pet/properties/age"
    assert found.operations == ("addPet", "listPets")
    assert found.flows == ("received", "sent")
    assert found.message == "Pet.age: was string, is boolean"


@pytest.mark.parametrize(
    ("new", "bump"),
    [
        (BASE, "none"),
        (of(info='{title: Other, version: "1"}'), "patch"),
        (of(paths=GET), "minor"),
        (of(operation="operationId: createPet"), "major"),
        (of(method="put"), "major"),
    ],
)
def test_the_heaviest_finding_decides_the_bump(new, bump):
    assert compared(BASE, new).bump == bump
