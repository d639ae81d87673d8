"""What OpenAPI 3.2 adds to paths: the method QUERY and further methods."""

from __future__ import annotations

from tests.support.exchange import Reply, exchange, runtime_module


async def test_a_query_has_a_body(sdk):
    body = sdk.models.Search(name="Tom")
    done = await exchange(sdk, lambda c: c.api.search_pets(body=body), Reply(200, ["Tom"]))
    assert (done.request.method, done.request.content) == ("QUERY", b'{"name":"Tom"}')
    assert done.value == ["Tom"]


async def test_methods_of_any_name(sdk):
    assert (await exchange(sdk, lambda c: c.api.link_pets(), Reply(204))).request.method == "LINK"
    assert (await exchange(sdk, lambda c: c.api.purge_pets(), Reply(204))).request.method == "PURGE"


async def test_a_server_receives_them(sdk):
    called = []

    class Pets(sdk.Server):
        async def search_pets(self, *, body):
            return [body.name, "Tim"]

        async def link_pets(self):
            called.append("LINK")

    async with runtime_module(sdk, "server").serve(Pets().application()) as url, sdk.Client(url) as client:
        assert await client.api.search_pets(body=sdk.models.Search(name="Tom")) == ["Tom", "Tim"]
        await client.api.link_pets()
    assert called == ["LINK"]


async def test_cookies_as_they_are_and_reserved_letters_in_a_path(sdk):
    received = []

    class Files(sdk.Server):
        async def get_file(self, name, *, theme=None, tags=None):
            received.append((name, theme, tags))

    given = ("a:b@c/d?e", 'x "y"=%41', ["a", "b%2C"])
    async with runtime_module(sdk, "server").serve(Files().application()) as url, sdk.Client(url) as client:
        await client.api.get_file(given[0], theme=given[1], tags=given[2])
    assert received == [given]
    done = await exchange(sdk, lambda c: c.api.get_file(given[0], theme=given[1], tags=given[2]), Reply(204))
    assert done.request.url.endswith("/files/a:b@c%2Fd%3Fe")
    assert done.request.headers["Cookie"] == 'theme=x "y"=%41; tags=a,b%2C'


def test_a_query_may_be_repeated_and_others_may_not(api):
    operations = {each.id: each for service in api.services for each in service.operations}
    assert [operations[name].safe for name in ("searchPets", "linkPets", "purgePets")] == [True, False, False]


def test_a_method_with_a_member_of_its_own_is_read_and_said(api, said):
    assert "addPet" in {each.id for service in api.services for each in service.operations}
    assert "SB234 #/paths/~1pets/additionalOperations/POST" in said
