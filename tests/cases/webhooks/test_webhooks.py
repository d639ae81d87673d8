"""Webhooks and callbacks: calls that the API makes to its users."""

from __future__ import annotations

import datetime
import uuid

import aiohttp
import pytest
from tests.support.exchange import Reply, exchange, runtime_module, runtime_of

DELIVERY = "0f6ec7a2-1111-4222-8333-444455556666"


@pytest.fixture
def receiver(sdk):
    rejection = runtime_module(sdk, "server").Rejection

    class Receiver(sdk.Webhooks):
        paths = {"order_shipped": "/mine/shipped"}  # noqa: RUF012 - as users write it

        def __init__(self) -> None:
            self.seen: list[object] = []

        async def pet_sold(self, *, x_delivery, body):
            self.seen.append((x_delivery, body))

        async def order_shipped(self, *, body):
            if body.at.year < 2000:
                raise rejection(410)
            self.seen.append(body)
            return sdk.models.Receipt(ok=True)

    return Receiver()


@pytest.fixture
async def url(sdk, receiver):
    async with runtime_module(sdk, "server").serve(receiver.application()) as found:
        yield found


async def post(url: str, content: object, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=content, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_a_webhook_is_received_typed(sdk, receiver, url):
    sale = {"petId": 4, "price": 2.5, "id": "s-1"}  # the server made the id, as in any answer
    status, _ = await post(f"{url}/petSold", sale, **{"X-Delivery": DELIVERY})
    assert status == 204
    assert receiver.seen == [(uuid.UUID(DELIVERY), sdk.models.Sale(pet_id=4, price=2.5, id="s-1"))]


async def test_what_does_not_fit_never_reaches_the_method(receiver, url):
    assert (await post(f"{url}/petSold", {"petId": "x"}, **{"X-Delivery": DELIVERY}))[0] == 400
    assert (await post(f"{url}/petSold", {"petId": 4}))[0] == 400
    assert (await post(f"{url}/petSold", {"petId": 4}, **{"X-Delivery": "no uuid"}))[0] == 400
    assert receiver.seen == []


async def test_a_callback_is_received_where_the_user_puts_it_and_answered_as_declared(sdk, receiver, url):
    status, text = await post(f"{url}/mine/shipped", {"at": "2024-02-29T12:00:00Z"})
    assert (status, text) == (200, '{"ok":true}')
    noon = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
    assert receiver.seen == [sdk.models.Shipment(at=noon)]
    assert (await post(f"{url}/mine/shipped", {"at": "1999-01-01T00:00:00Z"}))[0] == 410


async def test_the_call_that_asks_for_a_callback_is_an_ordinary_one(sdk):
    body = sdk.models.OrderBody(callback="https://me.test/mine/shipped")
    done = await exchange(sdk, lambda c: c.api.order(body=body), Reply(202))
    assert done.request.content == b'{"callback":"https://me.test/mine/shipped"}'


def test_a_body_is_read_in_any_other_server(sdk):
    headers = {"Content-Type": "application/json"}
    found = sdk.parse_webhook(sdk.webhook_bodies.PET_SOLD, headers, b'{"petId":4,"id":"s-1"}')
    assert found == sdk.models.Sale(pet_id=4, id="s-1")
    with pytest.raises(runtime_of(sdk).DecodeError, match=r"\$\.at"):
        sdk.parse_webhook(sdk.webhook_bodies.ORDER_SHIPPED, headers, b'{"at":"soon"}')
