"""What a hostile document could make a client do: leave its host or path, hang, or send what nobody gave."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit

import msgspec
from tests.support.exchange import Reply, exchange, refused_or_not, runtime_of
from tests.support.packages import document, generated
from tests.support.witness import shared_path

NOTHING = {"responses": {"204": {"description": "Done."}}}
BASE = "https://host.test/base"

ESCAPES = [
    "//evil.test/x", "/\\evil.test/x", "/@evil.test/x", "/.evil.test", "/:80/x", "///evil.test", "/x?to=//evil.test",
    "/x#@evil.test", "/../up", "/a/../../up", "/%2e%2e/up", "/a b\r\nHost: evil.test", "/http://evil.test/", "/;x",
    "/\t/evil.test",
]  # fmt: skip


def test_every_request_goes_below_the_base(tmp_path):
    paths = {
        path: {
            "servers": [{"url": "https://evil.test"}],
            "get": {"operationId": f"op{n}", "servers": [{"url": "//evil.test"}], **NOTHING},
        }
        for n, path in enumerate(ESCAPES)
    }
    spec = document(paths, servers=[{"url": "https://evil.test/"}], security=[{"token": []}])
    spec["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    with generated(tmp_path, spec, "--without-core") as sdk:
        runtime = runtime_of(sdk)
        transport = runtime.ScriptedTransport(lambda _: runtime.answer(204))
        with sdk.SyncClient(BASE, transport=transport, auth=sdk.Token("secret")) as client:
            for n in range(len(ESCAPES)):
                getattr(client.api, f"op{n}")()
        assert len(transport.requests) == len(ESCAPES)
        for sent in transport.requests:
            parts = urlsplit(sent.url)
            assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "host.test", ""), sent.url
            assert parts.path.startswith("/base/"), sent.url
            assert sent.url.isascii()
            assert not set(sent.url) & set(" \r\n\t\\"), sent.url
            assert ".." not in parts.path.split("/"), sent.url
            assert "evil" not in str(sent.headers)


async def test_a_path_value_stays_in_its_segment(tmp_path):
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "X-Way", "in": "header", "schema": {"type": "string"}},
    ]
    spec = document({"/users/{id}/posts": {"get": {"operationId": "posts", "parameters": parameters, **NOTHING}}})
    with generated(tmp_path, spec, "--without-core") as sdk:
        for value in (
            "../admin?x=1#",
            "a/b",
            "%2e%2e",
            "..",
            ".",
            "",
            "\\",
            "a\r\nb",
            "//evil.test",
            "\u2024\u2024",
            "é",
        ):
            done = await refused_or_not(sdk, lambda c, value=value: c.api.posts(value), Reply(204), base_url=BASE)
            if done.error is not None:
                assert isinstance(done.error, runtime_of(sdk).RequestError)
                assert done.sent == []
                continue
            segments = urlsplit(done.request.url).path.split("/")
            assert (segments[:3], segments[4:]) == (["", "base", "users"], ["posts"])
            assert unquote(segments[3]) == value
            assert segments[3] not in {"", ".", ".."}
        for text in ("a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0"):
            done = await refused_or_not(sdk, lambda c, text=text: c.api.posts("a", x_way=text), Reply(204))
            assert isinstance(done.error, runtime_of(sdk).RequestError)
            assert done.sent == []


DEFAULTS = {
    "text": 'it\'s "quoted" \\ {{7*7}} \n \u2028 é',
    "number": 1.5,
    "whole": -(2**63),
    "flag": False,
    "list": ["a", "b"],
    "nothing": None,
    "when": "2024-01-01",
}
TYPES = {
    "text": {"type": "string"}, "number": {"type": "number"}, "whole": {"type": "integer"}, "flag": {"type": "boolean"},
    "list": {"type": "array", "items": {"type": "string"}}, "nothing": {"type": ["string", "null"]},
    "when": {"type": "string", "format": "date"},
}  # fmt: skip


async def test_defaults_are_kept_in_the_model_and_never_sent(tmp_path, capsysbinary):
    from specbind.generator.cli import main  # noqa: PLC0415  # next to its only use

    schema = {"type": "object", "properties": {name: {**TYPES[name], "default": DEFAULTS[name]} for name in TYPES}}
    parameters = [{"name": name, "in": "query", "schema": schema["properties"][name]} for name in TYPES]
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    spec = document(
        {"/x": {"post": {"operationId": "x", "parameters": parameters, "requestBody": body, **NOTHING}}},
        {"Thing": schema},
    )
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec))
    assert main(["ir", str(path)]) == 0
    api = json.loads(capsysbinary.readouterr().out)
    (thing,) = api["definitions"]
    assert {field["wire"]: field["default"] for field in thing["fields"]} == DEFAULTS
    (operation,) = api["services"][0]["operations"]
    assert {parameter["wire"]: parameter["default"] for parameter in operation["parameters"]} == DEFAULTS
    with generated(tmp_path, spec, "--without-core") as sdk:
        done = await exchange(sdk, lambda c: c.api.x(body=sdk.models.Thing()), Reply(204))
        assert (done.request.target, done.request.content) == ("/x", b"{}")


def test_patterns_are_never_run(tmp_path):
    spec = json.loads(shared_path("hostile", "openapi/o18-redos-pattern.json").read_text())
    with generated(tmp_path, spec, "--without-core") as sdk:
        text = "a" * 40 + "!"
        value = msgspec.json.decode(msgspec.json.encode({"id": 1, "name": text}), type=sdk.models.Pet)
        assert value.name == text  # it does not match, so the pattern was not asked


async def test_every_operation_of_colliding_ids_is_reachable(tmp_path):
    spec = json.loads(shared_path("hostile", "openapi/o35-name-collisions.json").read_text())
    with generated(tmp_path, spec, "--without-core") as sdk:
        resource = sdk.Client(BASE).pets
        methods = [name for name in vars(type(resource)) if not name.startswith(("_", "with_"))]
        targets = []
        for method in methods:
            call = lambda c, method=method: getattr(c.pets, method)()  # noqa: E731  # it binds the loop's name
            targets.append((await exchange(sdk, call, Reply(200, {"id": "a"}))).request.path)
        assert sorted(targets) == sorted(spec["paths"])
