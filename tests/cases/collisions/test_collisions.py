"""Names that would be the same, or that mean something in Python or in our own code."""

from __future__ import annotations

import importlib
import pkgutil

import msgspec
import pytest
from tests.support.exchange import BASE_URL, Reply, exchange

WIRE = {
    "str": "a", "int": 1, "list": [1], "bool": True, "dict": {"k": "v"}, "self": "s", "class": "c", "UNSET": "u",
    "date": "2024-01-01", "fooBar": "1", "foo_bar": "2", "foo-bar": "3", "1st": "f", "": "e", "$ref": "r", "é": "é",
    "日": "n", "__init__": "i", "model_": {"x": 1},
}  # fmt: skip


def test_every_module_is_there(sdk):
    for module in pkgutil.walk_packages(sdk.__path__, f"{sdk.__name__}."):
        importlib.import_module(module.name)


async def test_every_member_has_a_field_of_its_own(sdk):
    value = (await exchange(sdk, lambda c: c.import_.import_(), Reply(200, WIRE))).value
    assert msgspec.json.decode(msgspec.json.encode(value)) == WIRE
    assert (value.foo_bar, value.foo_bar_2, value.foo_bar_3) == ("1", "2", "3")


async def test_every_argument_is_sent_under_its_own_name(sdk):
    def call(client):
        return client.things.list(
            "c", "p", id_2=1, timeout_=2, self_="s", foo_bar="-", foo_bar_2="_", body="b", float=0.5, models_="m",
            body_2=[1.5], timeout=3,
        )  # fmt: skip

    done = await exchange(sdk, call, Reply(200, [1]))
    assert done.request.target == "/a/c/p?id=1&timeout=2&self=s&foo-bar=-&foo_bar=_&body=b&float=0.5&models=m"
    assert done.request.content == b"[1.5]"


RESOURCES = {
    "things_2": "list",
    "client": "str",
    "import_": "import_",
    "close_": "with_raw_response_",
}


@pytest.mark.parametrize(("resource", "method"), RESOURCES.items())
async def test_tags_and_ids_never_hide_what_a_client_does(sdk, resource, method):
    reply = {"str": Reply(200, "x"), "import_": Reply(200, WIRE)}.get(method, Reply(204))
    done = await exchange(sdk, lambda c: getattr(getattr(c, resource), method)(*_arguments(method)), reply)
    assert len(done.sent) == 1


def _arguments(method):
    return ("c", "p") if method == "list" else ()


def test_types_keep_the_order_of_the_document_when_told_apart(sdk):
    assert (sdk.models.AB.__doc__.split()[-1], sdk.models.AB_2.__doc__.split()[-1]) == (
        "#/components/schemas/a-b",
        "#/components/schemas/a.b",
    )


async def test_the_client_still_closes(sdk):
    client = sdk.Client(BASE_URL)
    await client.close()
