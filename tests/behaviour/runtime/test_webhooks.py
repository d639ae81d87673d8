"""Webhooks are received by a typed server, or read from what any server received."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import petstore
import pytest
from aiohttp import ClientSession
from petstore._runtime import DecodeError, RequestError
from petstore._runtime.model import Model
from petstore._runtime.operation import Body, Form, Header, Json, Multipart, Operation, Reply
from petstore._runtime.server import Endpoint, serve
from petstore._runtime.webhook_server import BaseWebhooks
from petstore._runtime.webhooks import Webhook, parse_webhook


class Sale(Model, rename={"pet_id": "petId"}):
    pet_id: int
    price: float | None = None


PET_SOLD: Operation[None] = Operation(
    "petSold",
    "POST",
    ("/petSold",),
    headers=(Header("X-Delivery", lambda: str, required=True),),
    body=Body(
        Json("application/json", lambda: Sale),
        Form("application/x-www-form-urlencoded", lambda: Sale),
        Multipart("multipart/form-data", lambda: Sale),
        required=True,
    ),
    replies=(Reply("204"),),
)
PET_GONE: Operation[None] = Operation("petGone", "POST", ("/petGone",), replies=(Reply("200"),))
SOLD: Webhook[Sale] = Webhook(PET_SOLD)


class Webhooks(BaseWebhooks):
    endpoints = (Endpoint("pet_sold", PET_SOLD, ("x_delivery", "body")), Endpoint("pet_gone", PET_GONE))

    async def pet_sold(self, *, x_delivery: str, body: Sale) -> None:  # noqa: ARG002 - as generated
        raise self.not_implemented("petSold")

    async def pet_gone(self) -> None:
        raise self.not_implemented("petGone")


class Receiver(Webhooks):
    paths = {"pet_gone": "/other/place"}  # noqa: RUF012 - as users write it

    def __init__(self) -> None:
        self.sales: list[tuple[str, Sale]] = []

    async def pet_sold(self, *, x_delivery: str, body: Sale) -> None:
        self.sales.append((x_delivery, body))

    async def pet_gone(self) -> None:
        return


async def test_a_webhook_is_received_at_its_name_or_where_it_is_put():
    receiver = Receiver()
    delivery = {"X-Delivery": "d"}
    async with serve(receiver.application(base_path="/hooks")) as url, ClientSession() as session:
        async with session.post(f"{url}/hooks/petSold", json={"petId": 1}, headers=delivery) as response:
            assert response.status == 204
        async with session.post(f"{url}/hooks/petSold", json={"petId": "x"}, headers=delivery) as response:
            assert response.status == 400
        async with session.post(f"{url}/hooks/petSold", json={"petId": 1}) as response:
            assert response.status == 400
        for path, status in (("other/place", 200), ("petGone", 404)):
            async with session.post(f"{url}/hooks/{path}") as response:
                assert response.status == status
    assert receiver.sales == [("d", Sale(1))]


async def test_a_webhook_that_nobody_wrote_says_so():
    async with serve(Webhooks().application()) as url, ClientSession() as session:
        response = await session.post(f"{url}/petGone")
        assert response.status == 501


@pytest.mark.parametrize("paths", [{"pet_lost": "/x"}, {"pet_gone": "x"}, {"pet_gone": "/x?y"}])
def test_a_path_that_cannot_be_is_refused(paths):
    class Wrong(Webhooks):
        pass

    Wrong.paths = paths
    with pytest.raises(RequestError, match="webhook"):
        Wrong().application()


def test_a_body_is_read_without_a_server():
    assert parse_webhook(SOLD, {"content-type": "application/json"}, b'{"petId":1,"price":2.5}') == Sale(1, 2.5)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert parse_webhook(SOLD, form, b"petId=1&price=2.5") == Sale(1, 2.5)
    optional = Operation("x", "POST", ("/",), body=Body(Json("application/json", lambda: int)))
    assert parse_webhook(Webhook(optional), {}, b"") is msgspec.UNSET


@pytest.mark.parametrize(
    ("media", "body", "said"),
    [
        ("application/json", b'{"petId":"x"}', r"the body does not fit at \$\.petId"),
        ("application/json", b"{", "the body is not JSON"),
        ("application/x-www-form-urlencoded", b"petId=x", r"does not fit at \$\.petId"),
        ("text/csv", b"1", "'text/csv' and application/json or"),
        (None, b"", "required and missing"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(media, body, said):
    with pytest.raises(DecodeError, match=said):
        parse_webhook(SOLD, {} if media is None else {"Content-Type": media}, body)


def test_what_cannot_be_read_without_a_server_is_said():
    with pytest.raises(RequestError, match="by a server only"):
        parse_webhook(SOLD, {"Content-Type": "multipart/form-data; boundary=x"}, b"--x--")
    with pytest.raises(RequestError, match="has no body"):
        parse_webhook(Webhook(PET_GONE), {}, b"")


def test_reading_needs_no_aiohttp():
    code = "import sys, petstore._runtime.webhooks; print('aiohttp' in sys.modules)"
    folder = Path(petstore.__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
