"""Links stand in the model for those who read it; calls are as they are without them."""

from __future__ import annotations

import json

import pytest
from tests.cases.cases import FOLDER
from tests.support.exchange import Reply, exchange

from specbind.generator.cli import main


@pytest.fixture
def links(capsysbinary):
    """The links of `addUser` as `specbind ir` prints them, by name."""
    assert main(["ir", str(FOLDER / "links" / "spec.yaml")]) == 0
    model = json.loads(capsysbinary.readouterr().out)
    operations = {each["id"]: each for service in model["services"] for each in service["operations"]}
    (response,) = operations["addUser"]["responses"]
    return {link["name"]: link for link in response["links"]}


def test_a_link_names_its_operation_and_what_to_give_it(links):
    assert links["self"]["operation"] == "getUser"
    assert links["self"]["parameters"] == [["id", "$response.body#/id"]]
    assert links["self"]["doc"] == "The user again."


def test_a_link_by_place_names_its_operation_too(links):
    assert links["photo"]["operation"] == "setPhoto"
    assert links["photo"]["body"] == "$request.body"


def test_a_shared_link_is_followed(links):
    assert (links["shared"]["operation"], links["shared"]["doc"]) == ("addUser", "One more.")


async def test_calls_are_not_changed_by_links(sdk):
    user = (await exchange(sdk, lambda c: c.api.add_user(), Reply(201, {"id": 4}))).value
    done = await exchange(sdk, lambda c: c.api.get_user(user.id), Reply(200, {"id": 4}))
    assert (done.request.target, done.value) == ("/users/4", user)
