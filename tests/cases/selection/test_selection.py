"""A part of a large API: what is chosen, and what that needs."""

from __future__ import annotations

import pytest
from tests.cases.cases import FOLDER
from tests.support.exchange import Reply, exchange, runtime_module

from specbind.generator.cli import main


async def test_what_is_chosen_works(sdk):
    pets = await exchange(sdk, lambda c: c.pets.list_pets(), Reply(200, [{"owner": {"name": "Ann"}}]))
    assert pets.value == [sdk.models.Pet(owner=sdk.models.Person(name="Ann"))]
    person = await exchange(sdk, lambda c: c.people.get_person(4), Reply(200, {"name": "Ann"}))
    assert (person.request.target, person.value.name) == ("/people/4", "Ann")


def test_what_is_not_chosen_is_not_there(sdk):
    client = sdk.SyncClient("https://api.test")
    assert not hasattr(client, "cars")
    assert not hasattr(client.pets, "drop_pets")


async def test_a_server_has_the_same_part(sdk):
    class Part(sdk.Server):
        async def get_person(self, id):
            return sdk.models.Person(name=f"n{id}")

    async with runtime_module(sdk, "server").serve(Part().application()) as url, sdk.Client(url) as client:
        assert (await client.people.get_person(4)).name == "n4"
    assert {endpoint.name for endpoint in sdk.Server.endpoints} == {"list_pets", "get_person"}


def test_types_that_nothing_uses_any_more_are_left_out(sdk, said):
    assert set(sdk.models.__all__) == {"Person", "Pet"}
    assert [finding.split()[0] for finding in said] == ["SB304"]


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        (["--include", "tag:cats"], "SB302", 1),
        (["--include", "pets"], "SB302", 1),
        (["--include", "tag:pets", "--include", "tag:cats"], "SB303", 0),
    ],
)
def test_a_selector_that_chooses_nothing_is_said(capsys, options, code, status):
    assert main(["inspect", str(FOLDER / "selection" / "spec.yaml"), *options]) == status
    assert code in capsys.readouterr().err
