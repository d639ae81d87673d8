"""Webhooks, callbacks and links: operations that lead to operations."""

from specbind.generator.ir.graph import all_operations
from specbind.generator.ir.model import Ref, Scalar, ScalarKind

STRING = Scalar(ScalarKind.STRING)
OK = "responses: {'200': {description: ok}}"


def test_webhooks_are_operations_without_a_path(paths):
    read = paths(f"""
webhooks: {{newPet: {{post: {{requestBody: {{content: {{application/json: {{schema: {{type: string}}}}}}}}, {OK}}}}}}}
paths: {{}}
""")
    (webhook,) = read.api.webhooks
    assert (webhook.id, webhook.binding.method, webhook.binding.pieces) == ("webhook_post_newPet", "POST", ())
    assert webhook.body.payloads[0].type == STRING


def test_callbacks_are_operations_of_their_operation(paths):
    read = paths(f"""
paths:
  /a:
    post:
      operationId: o
      callbacks:
        onData:
          '{{$request.query.url}}/data':
            post:
              requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{a: {{}}}}}}}}}}}}
              {OK}
            put: {{operationId: named, callbacks: {{deeper: {{x: {{get: {{{OK}}}}}}}}}, {OK}}}
      {OK}
""")
    (callback,) = read.operations["o"].callbacks
    assert (callback.name, callback.expression) == ("onData", "{$request.query.url}/data")
    post, put = callback.operations
    assert (post.id, post.binding.method, post.binding.pieces) == ("o_onData_post", "POST", ())
    assert post.body.payloads[0].type == Ref("o_onData_post.body")
    assert (put.id, put.callbacks) == ("named", ())
    assert set(read.codes) == {"SB216", "SB208"}
    assert list(all_operations(read.api)) == [read.operations["o"], post, put]


def test_a_shared_callback_is_one(paths):
    read = paths(f"""
paths:
  /a:
    post: {{operationId: o, callbacks: {{c: {{$ref: '#/components/callbacks/Ping'}}}}, {OK}}}
    put: {{operationId: p, callbacks: {{d: {{$ref: '#/components/callbacks/Ping'}}}}, {OK}}}
components: {{callbacks: {{Ping: {{'{{$url}}': {{post: {{{OK}}}}}}}}}}}
""")
    first, second = (read.operations[name].callbacks[0] for name in "op")
    assert first.operations == second.operations
    assert first.operations[0].id == "Ping_post"
    assert [found.id for found in all_operations(read.api)] == ["o", "Ping_post", "p"]


def test_a_callback_that_contains_its_own_operation_ends(paths):
    read = paths(f"""
paths: {{/a: {{post: {{operationId: o, callbacks: {{c: {{u: {{$ref: '#/paths/~1a'}}}}}}, {OK}}}}}}}
""")
    assert [found.id for found in all_operations(read.api)] == ["o", "o_2"]


def test_links_lead_to_operations(paths):
    read = paths("""
paths:
  /a/{id}:
    get:
      operationId: o
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        200:
          description: d
          links:
            byId: {operationId: o, parameters: {path.id: $response.body#/id, n: 5}, description: Again.}
            byRef: {operationRef: '#/paths/~1a~1{id}/get', requestBody: {x: 1}, server: {url: /v2}}
            shared: {$ref: '#/components/links/L'}
            away: {operationRef: 'https://b.example/api#/paths/~1x/get'}
            lost: {operationId: nobody}
components: {links: {L: {operationId: o}}}
""")
    links = {link.name: link for link in read.operations["o"].responses[0].links}
    assert links["byId"].parameters == (("path.id", "$response.body#/id"), ("n", 5))
    assert [links[name].operation for name in ("byId", "byRef", "shared", "away", "lost")] == ["o", "o", "o", "", ""]
    assert (links["byRef"].body, links["byRef"].server.url) == ({"x": 1}, "/v2")
    assert links["away"].reference.startswith("https://b.example")
    assert read.codes == ["SB230", "SB230"]
