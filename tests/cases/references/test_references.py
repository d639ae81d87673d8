"""References of every kind: to whole parts of a document, into schemas, with members beside them."""

from __future__ import annotations

import pytest
from tests.support.exchange import BASE_URL, Reply, exchange, refusal, runtime_of, scripted

PET = {
    "name": "Tom",
    "place": {"city": "a"},
    "home": {"city": "b"},
    "owner": {"phone": "1"},
    "wide": {"name": "Ann"},
    "tree": {"value": 1, "children": [{"value": 2, "children": []}]},
}


async def put(sdk, content):
    body = sdk.models.Pet(name="Tom")
    return await exchange(sdk, lambda c: c.api.put_pet(4, body=body, dry=True), Reply(200, content))


async def test_a_path_item_its_parameters_and_its_body_may_be_elsewhere(sdk):
    done = await put(sdk, PET)
    assert (done.request.method, done.request.target) == ("PUT", "/pets/4?dry=true")
    assert done.request.content == b'{"name":"Tom"}'
    assert (await exchange(sdk, lambda c: c.api.get_copy(5), Reply(200, PET))).request.target == "/copies/5"


async def test_a_reference_into_a_schema_is_the_same_type(sdk):
    pet = (await put(sdk, PET)).value
    assert type(pet.home) is type(pet.place) is sdk.models.PetPlace
    found = await refusal(sdk, lambda c: c.api.put_pet(4, body=pet), Reply(404, {"city": "c"}))
    assert found.error.body == sdk.models.PetPlace(city="c")


async def test_members_beside_a_reference_count(sdk):
    pet = (await put(sdk, PET)).value
    assert pet.owner.phone == "1"
    with pytest.raises(TypeError, match="phone"):
        sdk.models.PetOwner(name="Ann")
    assert sdk.models.Owner(name="Ann").phone is runtime_of(sdk).UNSET


async def test_an_anchor_is_a_place(sdk):
    assert (await put(sdk, PET)).value.wide == sdk.models.Owner(name="Ann")


async def test_a_dynamic_reference_is_the_anchor_of_its_own_document(sdk):
    tree = (await put(sdk, PET)).value.tree
    assert tree.children == [sdk.models.Tree(value=2, children=[])]


async def test_a_header_may_be_elsewhere(sdk):
    transport = scripted(sdk, Reply(200, PET, headers=(("X-Version", "3"),)))
    async with sdk.Client(BASE_URL, transport=transport) as client:
        assert (await client.api.with_raw_response.get_copy(5)).typed_headers.x_version == 3


def test_nothing_is_lost_by_it(said):
    assert said == []
