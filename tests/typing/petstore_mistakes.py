"""What type checkers must refuse: every line marked so, and no other. Checked by `test_typing`, never run."""

# ruff: noqa: B018 - expressions that are looked at, never run

from __future__ import annotations

import petstore
from petstore import auth, models
from petstore._runtime.int_text import Int64Text


async def calls(client: petstore.Client) -> None:
    await client.pets.get_pet("1")  # wrong
    await client.pets.get_pet(1, 2)  # wrong
    await client.pets.get_pet(1, idz=[1])  # wrong
    await client.pets.get_pet(1, ids=["x"])  # wrong
    await client.pets.add_pet()  # wrong
    await client.pets.with_raw_response.get_pet("1")  # wrong
    (await client.pets.get_pet(1)).lives  # wrong
    client.dogs  # wrong
    petstore.Client(auth="token")  # wrong
    petstore.Client(time_out=3)  # wrong
    petstore.Cleint  # wrong
    models.Kat  # wrong


def synchronous(client: petstore.SyncClient) -> None:
    client.pets.get_pet("1")  # wrong
    client.pets.with_raw_response.get_pet(1).parse().lives  # wrong


def values(cat: models.Cat) -> int:
    models.Cat(pet_type="dog")  # wrong
    models.Cat(petType="cat")  # wrong
    return cat.lives  # wrong


async def features(client: petstore.Client) -> None:
    models.Labels(pet_id=1)  # wrong
    models.Labels()  # wrong
    models.Labels(pet_id=Int64Text(1), petId="1")  # wrong
    models.Labels(Int64Text(1))  # wrong
    models.Labels(pet_id=Int64Text(1), additional_properties={"x": "1"})  # wrong
    await client.feed.import_(body=["x"])  # wrong
    await client.feed.import_(body=models.Tick(n=1))  # wrong
    (await client.feed.with_raw_response.count()).typed_headers.x_other  # wrong
    auth.OAuthMachine()  # wrong
    auth.OAuthDevice("id")  # wrong
    client.servers[0].url(region=1)  # wrong
