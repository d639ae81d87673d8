"""The generated bindings read the same from a real server as JSON and as MessagePack."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.support.tiled_server import KEY, PASSWORD, USER

from specbind.bindings import tiled
from specbind.bindings.tiled import models
from specbind.bindings.tiled.auth import Apikey, OAuth2PasswordBearer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from specbind.tiled import aio

pytestmark = [pytest.mark.witness, pytest.mark.filterwarnings("ignore:.* is deprecated by the API")]

PACKED = "application/x-msgpack"
READS: dict[str, Callable[[tiled.Client, str], Awaitable[Any]]] = {
    "about": lambda c, _: c.server.with_raw_response.about(),
    "metadata": lambda c, path: c.nodes.with_raw_response.get(f"{path}/inner", include_data_sources=True),
    "root": lambda c, _: c.nodes.with_raw_response.get_root(fields=[models.EntryFields.STRUCTURE_FAMILY]),
    "search_root": lambda c, _: c.nodes.with_raw_response.search_root(page_limit=1),
    "search": lambda c, path: c.nodes.with_raw_response.search(path, page_limit=10),
    "search_deep": lambda c, path: c.nodes.with_raw_response.search_deep(path, max_depth=3),
    "distinct": lambda c, path: c.nodes.with_raw_response.distinct(path, metadata=["number"], counts=True, specs=True),
    "revisions": lambda c, path: c.nodes.with_raw_response.revisions(f"{path}/inner"),
}
USERS: dict[str, Callable[[tiled.Client], Awaitable[Any]]] = {
    "principals": lambda c: c.principals.with_raw_response.list(),
    "whoami": lambda c: c.auth.with_raw_response.whoami(),
    "api_key": lambda c: c.auth.with_raw_response.api_key(),
}


def plain(value: object) -> object:
    """A result with times as the text that JSON has: local ones, without an offset."""
    if isinstance(value, msgspec.Struct):
        return type(value).__name__, {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone().replace(tzinfo=None)).isoformat()
    return value


async def compared(url: str, key: str, read: Callable[[tiled.Client], Awaitable[Any]]) -> tuple[Any, Any]:
    """What is read as JSON and as MessagePack."""
    found = []
    for accept, media in (("", "application/json"), (PACKED, PACKED)):
        async with tiled.Client(url, auth=Apikey(f"Apikey {key}"), accept=accept) as client:
            answer = await read(client)
            assert answer.headers["Content-Type"].partition(";")[0] == media
            found.append(answer.parse())
    return found[0], found[1]


@pytest.fixture
async def path(catalog: str, place: aio.Container) -> str:
    """Path of a container that holds a container, which was changed once."""
    path = place.uri.partition("/metadata/")[2]
    async with tiled.Client(catalog, auth=Apikey(f"Apikey {KEY}"), accept=PACKED) as client:
        body = models.PostMetadataRequest(
            id="inner",
            structure_family=models.StructureFamily.CONTAINER,
            metadata={"number": 1, "deep": {"list": [1.5, None, "ä"]}},
            data_sources=[],
            specs=[models.SpecInput(name="a", version="1")],
        )
        assert (await client.nodes.create(path, body=body)).id == "inner"
        await client.nodes.replace_metadata(f"{path}/inner", body=models.PutMetadataRequest(metadata={"number": 2}))
    return path


@pytest.mark.parametrize("name", READS)
async def test_metadata_is_the_same(catalog: str, path: str, name: str):
    json, packed = await compared(catalog, KEY, lambda client: READS[name](client, path))
    assert plain(packed) == plain(json)
    assert packed


async def test_nodes_are_made_and_found_in_the_root(catalog: str):
    family = models.StructureFamily.CONTAINER
    async with tiled.Client(catalog, auth=Apikey(f"Apikey {KEY}")) as client:
        body = models.PostMetadataRequest(
            id="in_the_root", structure_family=family, metadata={}, data_sources=[], specs=[]
        )
        assert (await client.nodes.create_in_root(body=body)).id == "in_the_root"
        found = await client.nodes.search_root(filter_lookup_condition_key=["in_the_root"])
        assert [each.id for each in found.data or []] == ["in_the_root"]
        await client.nodes.delete("in_the_root")


@pytest.fixture
async def key(with_users: str) -> str:
    """A key of the user."""
    async with tiled.Client(with_users, accept=PACKED) as client:
        login = models.PasswordGrant(grant_type="password", username=USER, password=PASSWORD)
        tokens = await client.auth.password_token("toy", body=login)
    async with tiled.Client(with_users, auth=OAuth2PasswordBearer(tokens.access_token), accept=PACKED) as client:
        made = await client.auth.create_api_key(body=models.APIKeyRequestParams(expires_in=600, scopes=["inherit"]))
    assert made.secret
    return made.secret


@pytest.mark.parametrize("name", USERS)
async def test_principals_are_the_same(with_users: str, key: str, name: str):
    json, packed = await compared(with_users, key, USERS[name])
    assert plain(packed) == plain(json)
    assert packed


async def test_one_principal_is_the_same(with_users: str, key: str):
    async with tiled.Client(with_users, auth=Apikey(f"Apikey {key}")) as client:
        principal = await client.auth.whoami()
    assert principal is not None
    json, packed = await compared(with_users, key, lambda c: c.principals.with_raw_response.get(str(principal.uuid)))
    assert plain(packed) == plain(json)


async def test_a_time_is_a_time_with_an_offset_in_messagepack_alone(with_users: str, key: str):
    json, packed = await compared(with_users, key, USERS["api_key"])
    assert (json.expiration_time.tzinfo, packed.expiration_time.tzinfo) == (None, UTC)


async def test_errors_are_json_whatever_was_asked_for(catalog: str):
    async with tiled.Client(catalog, auth=Apikey(f"Apikey {KEY}"), accept=PACKED) as client:
        with pytest.raises(tiled.errors.NotFoundError) as caught:
            await client.nodes.get("nowhere")
    assert isinstance(caught.value.body, models.Detail)
